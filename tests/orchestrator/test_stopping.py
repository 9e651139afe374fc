"""Whoever put up a stop sign gets their cause back, and the job goes on from there another time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from avatar.errors import NoSuchFaceError
from avatar.settings import Settings
from orchestrator.checkpoints import open_checkpoints
from orchestrator.context import Cancelled, Progress, SteppedBack, Stopped, StopSign
from orchestrator.rendering import WarmSessions
from orchestrator.run import RUNNING_FILE, JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, write_sound

Requests = Callable[..., JobRequest]


def stop_after(chunks: int, sign: StopSign, cause: Exception | None) -> Callable[[Progress], None]:
    def look(progress: Progress) -> None:
        if progress.stage == "video_generation" and progress.done >= chunks:
            sign.put_up(cause)

    return look


def thread_of(settings: Settings) -> str:
    (folder,) = (settings.data_dir / "jobs").iterdir()
    return folder.name


def remembers(settings: Settings, thread_id: str) -> bool:
    with open_checkpoints(settings) as saver:
        return saver.get_tuple({"configurable": {"thread_id": thread_id}}) is not None


def is_running(settings: Settings, thread_id: str) -> bool:
    return (settings.data_dir / "jobs" / thread_id / RUNNING_FILE).exists()


@pytest.mark.parametrize(("cause", "stays_in_hand"), [(SteppedBack(), True), (Cancelled(), False), (None, True)])
def test_a_run_that_is_stopped_goes_on_where_it_was(
    cause: Stopped | None,
    stays_in_hand: bool,
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    tmp_path: Path,
) -> None:
    request = request_for(audio=write_sound(tmp_path / "long.wav", 8.0))
    sign = StopSign()
    with pytest.raises(type(cause) if cause else Stopped):
        run_job(request, settings, stop=sign, on_progress=stop_after(3, sign, cause))
    drawn = list(engine.drawn)
    assert 3 <= len(drawn) < 20
    thread_id = thread_of(settings)
    assert remembers(settings, thread_id)
    assert is_running(settings, thread_id) is stays_in_hand
    seen: list[Progress] = []
    result = run_job(request, settings, on_progress=seen.append)
    assert result.frames == 200
    assert sorted(engine.drawn) == list(range(20))
    assert seen[0] == Progress("video_generation", len(drawn), 20)
    assert [event for event in seen if event.stage == "video_generation"][-1] == Progress("video_generation", 20, 20)
    assert "audio_processing" not in result.seconds
    assert not is_running(settings, thread_id)


def test_of_a_failure_only_what_comes_before_the_motion_is_kept(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("orchestrator.nodes.assemble.assemble_video", fail)
    with pytest.raises(ValueError, match="broken"):
        run_job(request_for(), settings, stop=StopSign())
    thread_id = thread_of(settings)
    with open_checkpoints(settings) as saver:
        kept = saver.get_tuple({"configurable": {"thread_id": thread_id}})
    assert kept is not None
    values = {name for name, value in kept.checkpoint["channel_values"].items() if value}
    assert "performance" in values
    assert not values & {"render", "chunks", "errors"}
    assert not is_running(settings, thread_id)


def test_a_failure_before_the_director_is_forgotten(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with pytest.raises(NoSuchFaceError):
        run_job(request_for(face=5), settings, stop=StopSign())
    thread_id = thread_of(settings)
    assert not remembers(settings, thread_id)
    assert not is_running(settings, thread_id)


def test_a_call_that_waits_for_another_heeds_its_stop_sign(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    engine.wait_for, waits, sign = Event(), Event(), StopSign()

    def look(progress: Progress) -> None:
        if progress.stage == "waiting":
            waits.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run_job, request_for(), settings, on_begin=lambda _: waits.set())
        assert waits.wait(30)
        waits.clear()
        while engine.prepared == 0:
            assert not first.done()
        second = pool.submit(
            run_job, request_for(output=tmp_path / "second.mp4"), settings, on_progress=look, stop=sign
        )
        assert waits.wait(30)
        sign.put_up(SteppedBack())
        with pytest.raises(SteppedBack):
            second.result(30)
        engine.wait_for.set()
        assert first.result(30).frames == 50
    assert not (tmp_path / "second.mp4").exists()


def test_the_thread_is_told_and_portraits_stay_warm(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    warm, told = WarmSessions(2), list[str]()
    for seconds in (0.8, 1.2):
        sound = write_sound(tmp_path / f"{seconds}.wav", seconds)
        result = run_job(request_for(audio=sound), settings, warm=warm, on_begin=told.append)
        assert told[-1] == result.thread_id
    assert engine.prepared == 1
