"""A file appears whole or not at all."""

import errno
import hashlib
from pathlib import Path

import pytest

from avatar.errors import DiskSpaceError
from avatar.files import atomic_file, file_digest, require_free_space


def test_the_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "result.json"
    with atomic_file(target) as partial:
        partial.write_text("whole")
        assert partial.parent == target.parent
        assert partial.suffix == ".json"
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "result.txt"
    target.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        _write_half(target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def _write_half(target: Path) -> None:
    with atomic_file(target) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "result.txt"
    with atomic_file(target) as first, atomic_file(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_block_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "result.txt"):
        pass


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DiskSpaceError, match=r"result\.txt"), atomic_file(tmp_path / "result.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_the_digest_is_sha256_over_any_number_of_blocks(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    path = tmp_path / "content.bin"
    path.write_bytes(content)
    assert file_digest(path) == hashlib.sha256(content).hexdigest()


def test_too_little_room_is_said_in_plain_figures(tmp_path: Path) -> None:
    require_free_space(tmp_path / "not" / "there" / "yet", 1)
    with pytest.raises(DiskSpaceError, match=r"MB free, and about 1,000,000,000,000 MB are needed"):
        require_free_space(tmp_path, 10**18)
