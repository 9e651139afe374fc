"""Files of the service, whole or not at all."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx

from client.connection import Connection, Patience
from client.errors import AvatarServiceError


@dataclass(slots=True)
class Partial:
    """What has come of a file, the version that it is of (empty where that is not known), and its greatest size yet."""

    path: Path
    etag: str = ""
    most: int = 0


def download(connection: Connection, url: str, place: Path) -> None:
    """Fetches to a name beside `place`, goes on there after a loss of the connection, and renames when it is whole."""
    partial = Partial(place.with_name(f".{place.name}.{secrets.token_hex(6)}.part"))
    patience = connection.patience()
    try:
        while True:
            try:
                _fetch(connection, url, partial, patience)
                break
            except AvatarServiceError as error:
                if not error.is_passing:
                    raise
                patience.wait(error)
        partial.path.replace(place)
    finally:
        partial.path.unlink(missing_ok=True)


def _fetch(connection: Connection, url: str, partial: Partial, patience: Patience) -> None:
    """Appends what is missing where the service still has that version, else begins anew. Progress renews patience."""
    there = partial.path.stat().st_size if partial.etag else 0
    headers = {"Range": f"bytes={there}-", "If-Range": partial.etag} if there else {}
    with connection.stream(url, headers={"Accept-Encoding": "identity", **headers}) as response:
        mode = "ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb"
        partial.etag = response.headers.get("ETag", "")
        with partial.path.open(mode) as file:
            for block in response.iter_bytes():
                file.write(block)
                if file.tell() > partial.most:
                    partial.most = file.tell()
                    patience.renew()
