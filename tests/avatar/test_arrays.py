import os
import threading
from pathlib import Path

import numpy as np
import pytest

from avatar.arrays import opened_arrays


def test_an_archive_is_read_by_one_thread_at_a_time(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.arange(3))
    inside, seen = threading.Event(), threading.Event()

    def read() -> None:
        inside.set()
        with opened_arrays(tmp_path / "a.npz") as stored:
            assert stored["one"].tolist() == [0, 1, 2]
            seen.set()

    reader = threading.Thread(target=read)
    with opened_arrays(tmp_path / "a.npz"):
        reader.start()
        assert inside.wait(20)
        assert not seen.wait(0.05)
    reader.join(20)
    assert seen.is_set()


def test_a_file_that_is_no_archive_does_not_keep_the_next_waiting(tmp_path: Path) -> None:
    (tmp_path / "no.npz").write_bytes(b"PK nothing")
    np.savez(tmp_path / "a.npz", one=np.arange(3))
    with pytest.raises((ValueError, OSError)), opened_arrays(tmp_path / "no.npz"):
        pass
    with opened_arrays(tmp_path / "a.npz") as stored:
        assert stored.files == ["one"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_reads_whatever_another_thread_was_at(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.arange(3))
    with opened_arrays(tmp_path / "a.npz"):
        child = os.fork()
        if not child:
            with opened_arrays(tmp_path / "a.npz") as stored:
                os._exit(int(stored["one"].sum()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
