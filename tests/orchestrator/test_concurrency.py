"""Calls at the same time share work, and an interrupted call leaves at once and can be taken up again."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from avatar.errors import AvatarError, ConfigurationError
from avatar.settings import Settings
from orchestrator.run import JobRequest, Progress, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, finished_chunks, write_sound

Requests = Callable[..., JobRequest]


def test_two_calls_of_one_request_draw_once(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    engine.wait_for = threading.Event()

    def release_when_the_other_waits(event: Progress) -> None:
        if event.stage == "waiting":
            assert engine.wait_for
            engine.wait_for.set()

    requests = [request_for(output=tmp_path / f"{number}.mp4") for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(run_job, r, settings, on_progress=release_when_the_other_waits) for r in requests]
        results = [call.result() for call in calls]
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]
    assert sorted(result.served for result in results) == [False, True]
    assert (tmp_path / "0.mp4").read_bytes() == (tmp_path / "1.mp4").read_bytes()


def test_different_jobs_run_side_by_side(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    sounds = [write_sound(tmp_path / f"{number}.wav", 0.8 + 0.4 * number) for number in range(4)]
    requests = [request_for(audio=sound, output=tmp_path / f"{sound.stem}.mp4") for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda request: run_job(request, settings), requests))
    assert [result.frames for result in results] == [20, 30, 40, 50]


def test_an_interrupted_call_stops_its_chunks_and_is_taken_up_again(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_chunk, stopped = threading.Event(), threading.Event()

    class Walk:
        """A future whose waiting is broken off, as Ctrl-C does, once a chunk is finished."""

        def result(self) -> None:
            assert first_chunk.wait(30)
            raise KeyboardInterrupt

    class Pool(ThreadPoolExecutor):
        def submit(self, *call: Any, **_: Any) -> Any:
            super().submit(*call)
            return Walk()

        def shutdown(self, *wait: Any, **how: Any) -> None:
            stopped.set()
            super().shutdown(*wait, **how)

    def hold_the_first_chunk(event: Progress) -> None:
        if event.stage == "video_generation" and event.done == 1:
            first_chunk.set()
            assert stopped.wait(30)

    with monkeypatch.context() as patch:
        patch.setattr("orchestrator.driving.ThreadPoolExecutor", Pool)
        with pytest.raises(KeyboardInterrupt):
            run_job(request_for(), settings, on_progress=hold_the_first_chunk)
    finished = finished_chunks(settings.data_dir)
    assert 1 <= len(finished) < 5
    result = run_job(request_for(), settings)
    assert result.frames == 50
    assert all(engine.drawn.count(chunk) == 1 for chunk in finished)


def test_a_finished_job_leaves_one_small_checkpoint(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    run_job(request_for(), settings)
    with sqlite3.connect(settings.data_dir / "checkpoints.sqlite") as connection:
        [(size,)] = connection.execute("SELECT LENGTH(checkpoint) + LENGTH(metadata) FROM checkpoints").fetchall()
        assert size < 100_000
    connection.close()


def test_checkpoints_of_a_long_job_stay_small(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    """150 chunks in three waves: each checkpoint replaces the one before."""
    sound = write_sound(tmp_path / "long.wav", 30.0)
    small = settings.model_copy(update={"chunk_seconds": 0.2, "render_workers": 2})
    result = run_job(request_for(audio=sound, fps="10"), small)
    assert (result.frames, len(engine.drawn)) == (300, 150)
    assert (settings.data_dir / "checkpoints.sqlite").stat().st_size < 1_000_000


def test_checkpoints_that_cannot_be_used_say_so(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "checkpoints.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(AvatarError, match=r"checkpoints\.sqlite"):
        run_job(request_for(), settings)


def test_a_data_folder_that_cannot_be_made_says_so(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    settings.data_dir.write_text("a file")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        run_job(request_for(), settings)
