"""Another video of a speech begins with what an earlier job has worked out, and plays what it is to play."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.telemetry import read_spans
from avatar.types import Image, Portrait, RenderChunk, Size
from orchestrator.checkpoints import open_checkpoints
from orchestrator.forking import HEARD_ANEW
from orchestrator.run import SPANS_FILE, JobRequest, JobResult, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, use_fakes, write_picture
from video_processor.renderers.base import RendererCapabilities

Requests = Callable[..., JobRequest]

SMILE = BLENDSHAPES.index("mouthSmileLeft")
EARLY_STAGES = ("audio_processing", "portrait_analysis", "emotion_detection", "mistral_controller")


@dataclass
class SmilingEngine:
    """Paints how much the face smiles, and the rest of the motion, into every frame."""

    drawn: list[int] = field(default_factory=list)

    @property
    def capabilities(self) -> RendererCapabilities:
        return RendererCapabilities("puppet", 1, "paints what it plays")

    def prepare(self, portrait: Portrait, size: Size) -> "SmilingSession":
        return SmilingSession(self, portrait.image)


@dataclass
class SmilingSession:
    engine: SmilingEngine
    image: Image

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        for shapes in chunk.own_motion.blendshapes:
            image = self.image.copy()
            image[:48] = round(float(shapes[SMILE]) * 250)
            image[48:64] = round(float(shapes.mean()) * 250)
            yield image
        self.engine.drawn.append(chunk.index)


@pytest.fixture
def smiling(monkeypatch: pytest.MonkeyPatch) -> SmilingEngine:
    engine = SmilingEngine()
    use_fakes(monkeypatch.setattr, engine)
    return engine


@pytest.fixture
def fork_of(request_for: Requests) -> Callable[..., JobRequest]:
    """A request that begins with what the job of that result has worked out."""

    def make(result: JobResult, **changes: Any) -> JobRequest:
        return request_for(forked_from={"job": "a job", "thread": result.thread_id}, **changes)

    return make


def stages(settings: Settings, result: JobResult) -> Counter[str]:
    """How often each stage before the motion has run for that video."""
    spans = read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)
    return Counter(span.name for span in spans if span.name in EARLY_STAGES)


def frames_of(result: JobResult) -> Any:
    with av.open(result.video or "") as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]).astype(float)


def with_smile(performance: dict[str, Any], smile: float) -> dict[str, Any]:
    edited = deepcopy(performance)
    edited["controls"]["smile"] = smile
    return edited


def test_another_performance_is_played_without_another_look_at_the_speech(
    request_for: Requests, fork_of: Requests, settings: Settings, smiling: SmilingEngine, tmp_path: Path
) -> None:
    """The frames are those of a run that has seen nothing before, so no chunk is an old one."""
    first = run_job(request_for(), settings)
    before = frames_of(first)
    edited = with_smile(first.performance, 0.9)
    smiling.drawn.clear()
    forked = run_job(fork_of(first, performance=edited), settings)
    assert stages(settings, first) == dict.fromkeys(EARLY_STAGES, 1)
    assert stages(settings, forked) == {"mistral_controller": 1}
    assert sorted(smiling.drawn) == [0, 1, 2, 3, 4]
    assert forked.performance["controls"]["smile"] == 0.9
    after = frames_of(forked)
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    anew = frames_of(run_job(request_for(performance=edited), elsewhere))
    np.testing.assert_array_equal(after, anew)
    assert after[:, :48].mean() > before[:, :48].mean() + 20


def test_a_kept_performance_keeps_its_director(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    edited = with_smile(run_job(request_for(review=True), settings).performance, 0.5)
    first = run_job(request_for(review=True, performance=edited), settings)
    forked = run_job(fork_of(first, performance=first.performance, seed=7), settings)
    assert stages(settings, forked) == {}
    assert forked.performance == first.performance
    assert (forked.director.name, "edited in review" in forked.director.why) == ("rules", True)
    assert forked.notes == first.notes
    assert forked.duration == first.duration


def test_a_director_whose_work_was_edited_in_review_is_asked_anew(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    written = run_job(request_for(review=True), settings).performance
    edited = run_job(request_for(review=True, performance=with_smile(written, 0.5)), settings)
    forked = run_job(fork_of(edited), settings)
    assert stages(settings, forked) == {"mistral_controller": 1}
    assert forked.performance == written


def test_an_approved_performance_is_the_directors_own(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    written = run_job(request_for(review=True), settings).performance
    forked = run_job(fork_of(run_job(request_for(review=True, performance=written), settings)), settings)
    assert (stages(settings, forked), forked.performance) == ({}, written)


def test_another_size_frames_the_portrait_anew_and_nothing_else(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    forked = run_job(fork_of(first, performance=first.performance, width=96, height=64), settings)
    assert stages(settings, forked) == {"portrait_analysis": 1}
    assert (forked.width, forked.height) == (96, 64)
    assert HEARD_ANEW not in forked.notes


def test_another_portrait_is_measured_and_plays_the_same(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    first = run_job(request_for(), settings)
    other = write_picture(tmp_path / "other.png", side=200)
    forked = run_job(fork_of(first, image=other, performance=first.performance), settings)
    assert stages(settings, forked) == {"portrait_analysis": 1, "emotion_detection": 1}
    assert forked.performance == first.performance
    assert forked.director == first.director


def test_a_new_direction_asks_the_director_anew(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    forked = run_job(fork_of(first, direction="very cheerful, smiles broadly"), settings)
    assert stages(settings, forked) == {"mistral_controller": 1}
    assert forked.performance["controls"]["smile"] > first.performance["controls"]["smile"]


def test_a_fork_is_forked_again(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    second = run_job(fork_of(first, performance=with_smile(first.performance, 0.5)), settings)
    third = run_job(fork_of(second, performance=with_smile(first.performance, -0.5)), settings)
    assert stages(settings, third) == {"mistral_controller": 1}
    assert third.performance["controls"]["smile"] == -0.5


def test_a_job_that_waits_is_forked_and_goes_on_waiting(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    waiting = run_job(request_for(review=True), settings)
    forked = run_job(fork_of(waiting, performance=with_smile(waiting.performance, 0.5)), settings)
    assert (forked.status, stages(settings, forked)) == ("finished", {"mistral_controller": 1})
    assert run_job(request_for(review=True), settings).status == "waiting_review"
    result = run_job(request_for(review=True, performance=waiting.performance), settings)
    assert result.status == "finished"
    assert stages(settings, result) == dict.fromkeys(EARLY_STAGES, 1)


def test_a_job_that_failed_after_the_director_is_forked(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    engine.fails_on = [2]
    begun: list[str] = []
    with pytest.raises(AvatarError):
        run_job(request_for(), settings, on_begin=begun.append)
    engine.fails_on = []
    forked = run_job(request_for(seed=3, forked_from={"job": "a job", "thread": begun[0]}), settings)
    assert (forked.status, stages(settings, forked), forked.errors) == ("finished", {}, ())


def test_a_job_that_failed_before_has_nothing_to_fork(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    begun: list[str] = []
    with pytest.raises(AvatarError):
        run_job(request_for(face=5), settings, on_begin=begun.append)
    forked = run_job(request_for(forked_from={"job": "a job", "thread": begun[0]}), settings)
    assert (forked.status, stages(settings, forked)) == ("finished", dict.fromkeys(EARLY_STAGES, 1))


def test_what_has_been_removed_is_made_again_and_a_note_says_so(
    request_for: Requests, fork_of: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    for path in (settings.data_dir / "artifacts").glob("speech-*/*"):
        path.unlink()
    edited = with_smile(first.performance, 0.5)
    forked = run_job(fork_of(first, performance=edited), settings)
    assert stages(settings, forked) == {"audio_processing": 1, "mistral_controller": 1}
    assert HEARD_ANEW in forked.notes
    with open_checkpoints(settings) as saver:
        saver.delete_thread(first.thread_id)
    anew = run_job(fork_of(first, performance=with_smile(first.performance, -0.5)), settings)
    assert (anew.status, stages(settings, anew)) == ("finished", dict.fromkeys(EARLY_STAGES, 1))


def test_what_other_code_has_worked_out_is_not_trusted(
    request_for: Requests,
    fork_of: Requests,
    settings: Settings,
    engine: CountingEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = run_job(request_for(), settings)
    monkeypatch.setattr("orchestrator.artifacts.code_version", lambda: hashlib.sha256(b"other").hexdigest())
    forked = run_job(fork_of(first, performance=first.performance), settings)
    assert stages(settings, forked) == dict.fromkeys(EARLY_STAGES, 1)
    assert HEARD_ANEW in forked.notes


def test_one_small_checkpoint_of_an_ended_job_is_kept_as_long_as_its_video(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    thread = {"configurable": {"thread_id": first.thread_id}}
    with open_checkpoints(settings) as saver:
        kept = list(saver.list(thread))  # type: ignore[arg-type]
    assert len(kept) == 1
    values = kept[0].checkpoint["channel_values"]
    assert not {"render", "chunks", "final_video"} & {name for name, value in values.items() if value}
    short = settings.model_copy(update={"retention_days": 1e-9})
    run_job(request_for(seed=2), short)
    with open_checkpoints(settings) as saver:
        assert saver.get_tuple(thread) is None  # type: ignore[arg-type]
