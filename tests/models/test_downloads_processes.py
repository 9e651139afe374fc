import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from models.weights import WeightStore

if TYPE_CHECKING:
    from tests.models.conftest import Server

FETCH = """
import sys
from pathlib import Path
from models.weights import WeightStore
print("ready", flush=True)
print(WeightStore(Path(sys.argv[1]), Path(sys.argv[2])).fetch(["net"]))
"""


def start_fetching(server: "Server", folder: Path) -> "subprocess.Popen[str]":
    registry = folder.parent / "weights.yaml"
    registry.write_text(yaml.safe_dump({"files": [server.entry().model_dump()]}))
    command = [sys.executable, "-c", FETCH, str(folder), str(registry)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def wait_until_stalled(server: "Server", folder: Path) -> None:
    deadline = time.monotonic() + 30
    part = folder / "net.bin.part"
    while not part.exists() or part.stat().st_size < server.stall_at:
        assert time.monotonic() < deadline, "the file never began to arrive"
        time.sleep(0.01)


def test_a_killed_process_leaves_a_part_that_the_next_one_finishes(server: "Server", folder: Path) -> None:
    server.go_on.clear()
    process = start_fetching(server, folder)
    wait_until_stalled(server, folder)
    process.kill()
    process.communicate()
    server.go_on.set()
    assert not (folder / "net.bin").exists()
    store = WeightStore(folder, folder.parent / "weights.yaml")
    assert store.fetch(["net"]) == ("net",)
    assert (folder / "net.bin").read_bytes() == server.content
    assert not (folder / "net.bin.part").exists()
    assert server.asked == ["", f"bytes={server.stall_at}-"]


def test_two_processes_at_once_download_one_file_once(server: "Server", folder: Path) -> None:
    server.go_on.clear()
    first = start_fetching(server, folder)
    wait_until_stalled(server, folder)
    second = start_fetching(server, folder)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.5)
    server.go_on.set()
    told = [process.communicate()[0].strip() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert told == ["('net',)", "()"]
    assert (folder / "net.bin").read_bytes() == server.content
    assert not (folder / "net.bin.part").exists()
    assert server.asked == [""]
