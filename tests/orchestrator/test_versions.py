"""Another version of a video is made from what its run has kept, found by the video's file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.errors import NotFoundError
from avatar.settings import Settings
from avatar.telemetry import read_spans
from orchestrator.checkpoints import open_checkpoints
from orchestrator.graph_builder import build_graph
from orchestrator.run import SPANS_FILE, JobRequest, JobResult, run_job
from orchestrator.versions import SCORE_FILE, another_version
from tests.orchestrator.pipeline_fakes import CountingEngine, write_picture

Requests = Callable[..., JobRequest]


@pytest.fixture
def version(settings: Settings, tmp_path: Path) -> Callable[..., JobResult]:
    def make(video: Path | str | None, **changes: object) -> JobResult:
        return run_job(another_version(Path(video or ""), tmp_path / "out" / "other.mp4", changes, settings), settings)

    return make


def stages(settings: Settings, result: JobResult) -> set[str]:
    return {span.name for span in read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)}


def test_what_is_not_changed_stays(
    request_for: Requests, settings: Settings, engine: CountingEngine, version: Callable[..., JobResult]
) -> None:
    first = run_job(request_for(fps="30", controls={"smile": 0.5}, direction="calm"), settings)
    other = version(first.video, controls={"energy": 0.9})
    assert (other.fps, other.performance["controls"]["smile"], other.performance["controls"]["energy"]) == (
        "30",
        0.5,
        0.9,
    )
    assert "audio_processing" not in stages(settings, other)
    assert Path(first.video or "").exists()
    assert (other.video or "").endswith("other.mp4")


def test_a_version_has_versions(
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    version: Callable[..., JobResult],
    tmp_path: Path,
) -> None:
    other = version(run_job(request_for(), settings).video, seed=5)
    third = version(other.video, image=write_picture(tmp_path / "other.png", 200))
    assert {"audio_processing", "mistral_controller"} & stages(settings, third) == set()
    assert third.performance == other.performance


def test_a_direction_is_directed_anew(
    request_for: Requests, settings: Settings, engine: CountingEngine, version: Callable[..., JobResult]
) -> None:
    first = run_job(request_for(controls={"energy": 0.9}), settings)
    other = version(first.video, direction="very cheerful, smiles broadly")
    assert other.performance["controls"]["smile"] > first.performance["controls"]["smile"]
    assert other.performance["controls"]["energy"] == 0.9


def test_the_last_to_be_put_in_a_place_is_the_one_there(
    request_for: Requests, settings: Settings, engine: CountingEngine, version: Callable[..., JobResult]
) -> None:
    run_job(request_for(fps="30"), settings)
    run_job(request_for(), settings)
    assert version(run_job(request_for(fps="30"), settings).video, seed=5).fps == "30"


def test_a_video_that_was_made_elsewhere_is_not_known(
    request_for: Requests, settings: Settings, engine: CountingEngine, version: Callable[..., JobResult], tmp_path: Path
) -> None:
    run_job(request_for(), settings)
    with pytest.raises(NotFoundError, match=r"strange\.mp4"):
        version(tmp_path / "strange.mp4")


def test_a_job_that_waits_has_put_no_video_anywhere(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    asked = request_for(review=True)
    reviewed = run_job(request_for(review=True, performance=run_job(asked, settings).performance), settings)
    video = run_job(request_for(seed=1), settings).video
    for path in (settings.data_dir / "artifacts").glob("motion-*"):
        path.unlink()
    waiting = run_job(asked, settings)
    assert (waiting.status, waiting.thread_id) == ("waiting_review", reviewed.thread_id)
    other = another_version(Path(video or ""), tmp_path / "out" / "other.mp4", {}, settings)
    assert other.seed == 1


def test_a_run_that_ended_before_its_director_has_no_versions(
    request_for: Requests, settings: Settings, engine: CountingEngine, version: Callable[..., JobResult]
) -> None:
    video = run_job(request_for(), settings)
    with open_checkpoints(settings) as saver:
        saver.delete_thread(video.thread_id)
        graph = build_graph().compile(checkpointer=saver)
        half = {"request": {}, "program": "this"}
        graph.update_state({"configurable": {"thread_id": video.thread_id}}, half, as_node="__start__")
    with pytest.raises(NotFoundError):
        version(video.video)


def test_a_score_that_is_removed_at_the_same_time_is_passed_over(
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    version: Callable[..., JobResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = run_job(request_for(), settings).video
    going = settings.data_dir / "jobs" / "going" / SCORE_FILE
    going.parent.mkdir()
    going.write_text(video or "")
    read_text = Path.read_text

    def remove_and_read(path: Path, encoding: str | None = None, errors: str | None = None) -> str:
        if path == going:
            path.unlink()
        return read_text(path, encoding, errors)

    monkeypatch.setattr(Path, "read_text", remove_and_read)
    assert version(video, fps="30").status == "finished"
