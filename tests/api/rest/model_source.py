"""A registry whose files behind https come from a server of this machine instead."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from models.sources import REGISTRY_FILE
from tests.models.conftest import Server

FREE: Final = "face-landmarker"
GROUP: Final = "emotion"
NONCOMMERCIAL: Final = "wav2lip-gan"


@contextmanager
def model_server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()


def write_registry(path: Path, server: Server) -> Path:
    """The project's own registry, but that whatever has an address has the server's content and address."""
    entry = server.entry()
    content: dict[str, Any] = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    for file in content["files"]:
        if "url" in file["source"]:
            file |= {"size": entry.size, "sha256": entry.sha256, "source": {"url": server.url}}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
