"""What the owner of a job reads when it failed."""

import errno
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import (
    AudioError,
    AvatarError,
    ConfigurationError,
    DiskSpaceError,
    InputError,
    MissingExtraError,
    RenderError,
)
from avatar.settings import load_settings
from orchestrator.jobs.failures import failure_of


@pytest.mark.parametrize(
    ("error", "mendable"),
    [
        (AudioError("No sound.", cure="Give one."), True),
        (RenderError("Broken.", cure="Try."), False),
        (DiskSpaceError("Full.", cure="Free some."), False),
        (ConfigurationError("Wrong.", cure="Correct it."), False),
        (MissingExtraError("Missing.", cure="Install it."), False),
    ],
)
def test_a_known_error_speaks_for_itself(error: AvatarError, mendable: bool, tmp_path: Path) -> None:
    failure = failure_of(error, load_settings(data_dir=tmp_path), "job")
    assert (failure.kind, failure.message, failure.cure) == (type(error).__name__, error.message, error.cure)
    assert failure.mendable is mendable
    assert not (tmp_path / "logs").exists()


def test_too_little_memory_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(MemoryError) as caught:
        np.zeros(2**60, np.uint8)
    failure = failure_of(caught.value, load_settings(data_dir=tmp_path), "job")
    assert (failure.kind, failure.mendable) == ("MemoryError", False)
    assert "smaller resolution" in failure.cure


def test_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    assert failure_of(error, load_settings(data_dir=tmp_path), "job").kind == "DiskSpaceError"


def test_files_are_named_by_their_place_in_the_data_folder(tmp_path: Path) -> None:
    error = InputError(f"There is no picture at {tmp_path}/inputs/gone.jpg.", cure=f"Look into {tmp_path}/inputs.")
    failure = failure_of(error, load_settings(data_dir=tmp_path), "job")
    assert (failure.message, failure.cure) == ("There is no picture at inputs/gone.jpg.", "Look into inputs.")


def test_the_unexpected_is_written_down(tmp_path: Path) -> None:
    try:
        raise ZeroDivisionError("by nothing\nand more")
    except ZeroDivisionError as error:
        failure = failure_of(error, load_settings(data_dir=tmp_path), "0123")
    assert failure.message == "Something failed that should not have: ZeroDivisionError: by nothing."
    log = tmp_path / "logs" / "job-0123.txt"
    assert "logs/job-0123.txt" in failure.cure
    assert str(tmp_path) not in failure.cure
    assert "test_failures.py" in log.read_text()


def test_a_log_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    failure = failure_of(ValueError("odd"), load_settings(data_dir=tmp_path), "0123")
    assert "ValueError: odd" in failure.message
    assert "could not be written" in failure.cure
