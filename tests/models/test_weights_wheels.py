import hashlib
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar.errors import DiskSpaceError, DownloadError, WeightsError
from models import wheels
from models.downloads import Transfer
from models.weights import WeightStore

MEMBERS = {"mesh": b"the mesh" * 5000, "iris": b"the iris" * 3000}
WHEEL = "faces-1.0-cp39-cp39-win_arm64.whl"
"""For a Python and a platform that this is not, wherever the test runs."""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    place = tmp_path / "shelf"
    place.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
    return place


def write_wheel(shelf: Path, **spoiled: bytes) -> Path:
    path = shelf / WHEEL
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**MEMBERS, **spoiled}.items():
            archive.writestr(f"faces/{name}.bin", content)
        archive.writestr("faces-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: faces\nVersion: 1.0\n")
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: cp39-cp39-win_arm64\n"
        archive.writestr("faces-1.0.dist-info/WHEEL", tag)
        archive.writestr("faces-1.0.dist-info/RECORD", "")
    return path


def store_of(folder: Path, **changes: Any) -> WeightStore:
    wheel = {"name": "faces", "package": "faces", "version": "1.0", "python": "3.9", "platform": "win_arm64"}
    files = [
        {
            "key": key,
            "purpose": "A network.",
            "group": "face",
            "required": True,
            "file": f"{key}.bin",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "licence": "MIT",
            "commercial": True,
            "source": {"wheel": "faces", "member": f"faces/{key}.bin"},
        }
        for key, content in MEMBERS.items()
    ]
    registry = folder.parent / "weights.yaml"
    registry.write_text(yaml.safe_dump({"wheels": [{**wheel, "size": 50_000, **changes}], "files": files}))
    return WeightStore(folder, registry)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_one_download_of_a_wheel_brings_all_its_members(
    shelf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    popen = subprocess.Popen

    def counted(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        started.append(command)
        return popen(command, **options)

    monkeypatch.setattr(subprocess, "Popen", counted)
    write_wheel(shelf)
    store, seen = store_of(folder), list[Transfer]()
    assert store.fetch(["iris", "mesh"], seen.append) == ("iris", "mesh")
    assert len(started) == 1
    assert {key: store.path(key).read_bytes() for key in MEMBERS} == MEMBERS
    assert names(folder) == {"mesh.bin", "iris.bin", ".faces.wheel.lock"}
    assert seen[-1] == Transfer("faces 1.0", 50_000, 50_000)


def test_only_what_is_missing_is_taken_from_the_wheel(shelf: Path, folder: Path) -> None:
    write_wheel(shelf, iris=b"not the iris any more")
    store = store_of(folder)
    (folder / "iris.bin").write_bytes(MEMBERS["iris"])
    assert store.fetch(["mesh", "iris"]) == ("mesh",)


@pytest.mark.parametrize("spoiled", [MEMBERS["iris"][:-1] + b"!", MEMBERS["iris"][:-1], MEMBERS["iris"] + b"more"])
def test_a_member_that_is_wrong_is_deleted_and_named(spoiled: bytes, shelf: Path, folder: Path) -> None:
    write_wheel(shelf, iris=spoiled)
    with pytest.raises(WeightsError, match=r"iris\.bin \(iris\) arrived wrong and was deleted: ") as caught:
        store_of(folder).fetch(["mesh", "iris"])
    assert not caught.value.retryable
    assert names(folder) == {"mesh.bin", ".faces.wheel.lock"}


def test_a_member_that_is_not_there_is_told(shelf: Path, folder: Path) -> None:
    path = write_wheel(shelf)
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name != "faces/iris.bin"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
    with pytest.raises(WeightsError, match=rf"iris\.bin \(iris\): {re.escape(WHEEL)} has no member faces/iris\.bin\."):
        store_of(folder).fetch(["iris"])


def test_a_wheel_with_damaged_members_is_told(shelf: Path, folder: Path) -> None:
    path = write_wheel(shelf)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("faces/mesh.bin").header_offset + 50
    content = bytearray(path.read_bytes())
    content[start : start + 8] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(
        WeightsError, match=rf"{re.escape(WHEEL)} is not a sound wheel: .*pip cache purge`, then `python"
    ):
        store_of(folder).fetch(["mesh"])


def test_a_truncated_wheel_is_told_in_pips_words(shelf: Path, folder: Path) -> None:
    path = write_wheel(shelf)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(WeightsError, match=r"pip says: ERROR: .*faces.*models download mesh") as caught:
        store_of(folder).fetch(["mesh"])
    assert len(str(caught.value).splitlines()) == 1


def test_a_wheel_that_is_offered_nowhere_is_told_in_one_line(shelf: Path, folder: Path) -> None:
    write_wheel(shelf)
    with pytest.raises(WeightsError) as caught:
        store_of(folder, version="2.0").fetch(["mesh", "iris"])
    assert not caught.value.retryable
    assert re.fullmatch(
        r"mesh\.bin, iris\.bin \(from the wheel of faces 2\.0\) cannot be downloaded: pip finds it nowhere for "
        r"Python 3\.9 on win_arm64\. Look at pip's index in .*, then `python main\.py models download mesh iris`\.",
        str(caught.value),
    )


def test_no_network_is_told_in_one_line_with_the_command_for_later(
    shelf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(DownloadError) as caught:
        store_of(folder).fetch(["mesh", "iris"])
    assert str(caught.value) == (
        "mesh.bin, iris.bin (from the wheel of faces 1.0) cannot be downloaded: pip cannot reach its package index. "
        "When you are online, run `python main.py models download mesh iris`."
    )
    assert names(folder) == {".faces.wheel.lock"}


def test_a_python_without_pip_is_told(shelf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(folder.parent / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(next((folder.parent / "bare").glob("*/python"))))
    with pytest.raises(WeightsError, match=r"this Python has no pip\. Run `python -m ensurepip`, then `python main"):
        store_of(folder).fetch(["mesh"])


@pytest.mark.parametrize(
    ("output", "kind", "message"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", DiskSpaceError, "the disk is full"),
        ("WARNING: Retrying (...) SSLError: CERTIFICATE_VERIFY_FAILED", DownloadError, "PIP_CERT"),
        ("error: network-connection-error", DownloadError, "cannot reach its package index"),
        ("ReadTimeoutError: Read timed out.", DownloadError, "cannot reach its package index"),
        ("first\nERROR: It broke.\nsecond\n", WeightsError, r"pip says: ERROR: It broke\. "),
        ("", WeightsError, "pip says: nothing"),
    ],
)
def test_what_pip_says_is_condensed(
    output: str,
    kind: type[Exception],
    message: str,
    shelf: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say = f"import sys; print({output!r}); sys.exit(1)"
    monkeypatch.setattr(wheels, "_command", lambda *_: [sys.executable, "-c", say])
    with pytest.raises(kind, match=message) as caught:
        store_of(folder).fetch(["mesh"])
    assert type(caught.value) is kind
    assert len(str(caught.value).splitlines()) == 1


def test_what_a_killed_process_left_is_cleared_away(shelf: Path, folder: Path) -> None:
    left = folder / ".faces.fetch-abc"
    left.mkdir()
    (left / "pip.log").write_text("half")
    other = folder / ".faces-small.fetch-abc"
    other.mkdir()
    write_wheel(shelf)
    store_of(folder).fetch(["mesh"])
    assert not left.exists()
    assert other.exists()


def test_an_interruption_ends_pip_and_leaves_nothing(
    shelf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def remember(*arguments: Any, popen: Callable[..., Any] = subprocess.Popen, **options: Any) -> Any:
        children.append(popen(*arguments, **options))
        return children[-1]

    def interrupt(_: Transfer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", remember)
    monkeypatch.setattr(wheels, "_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(KeyboardInterrupt):
        store_of(folder).fetch(["mesh"], interrupt)
    assert children[0].returncode not in (None, 0)
    assert names(folder) == {".faces.wheel.lock"}
