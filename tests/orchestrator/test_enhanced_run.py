"""Jobs whose frames are enhanced between the engine and the encoder, and whose file is larger than what is drawn."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avatar.errors import InputError, RenderError, WeightsError
from avatar.settings import ComputePrecision, Settings
from avatar.telemetry import read_spans
from avatar.types import Floats, Image, Size
from models.hardware import plain_hardware
from orchestrator import enhancing
from orchestrator.context import Stopped
from orchestrator.nodes import plan_chunks, video_generation
from orchestrator.run import SPANS_FILE, JobRequest, run_job
from orchestrator.state import EnhancerRecord
from orchestrator.versions import another_version
from tests.orchestrator.pipeline_fakes import SIZE, CountingEngine
from video_processor.encoding import encode_segment, video_info
from video_processor.enhancement.detail import DetailPass

Requests = Callable[..., JobRequest]

CHECKPOINT_BYTES = 348_632_874


@dataclass
class Written:
    """The frames of every segment as they reach the encoder, by the frame's number in the video."""

    frames: dict[int, Image] = field(default_factory=dict)


@dataclass
class Brighter:
    """Stands in for GFPGAN. Fails on the face number `fails_at`."""

    batch: int = 1
    notes: tuple[str, ...] = ("GFPGAN ran out of memory with 2 frames at once; it draws 1",)
    fails_at: int = -1
    faces: int = 0

    def restore(self, faces: Image) -> Image:
        self.faces += len(faces)
        if 0 <= self.fails_at < self.faces:
            raise RenderError("GFPGAN drew faces that are no numbers (NaN), in fp16.")
        return np.stack([cv2.add(face, np.full(4, 30.0)) for face in faces]).astype(np.uint8)


def short(request_for: Requests, **changes: object) -> JobRequest:
    """Ten frames in three chunks."""
    return request_for(fps="5", **changes)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """Keeps what the encoder gets; a chunk's first frame is in its number, and none has over ten."""
    kept = Written()
    encode = encode_segment

    def encoded(frames: Iterable[Image], path: Path, **settings: Any) -> int:
        def watched() -> Iterator[Image]:
            for place, frame in enumerate(frames):
                kept.frames[int(path.stem.rpartition("-")[2]) * 100 + place] = frame.copy()
                yield frame

        return encode(watched(), path, **settings)

    monkeypatch.setattr(video_generation, "encode_segment", encoded)
    return kept


def in_order(written: Written) -> list[Image]:
    return [written.frames[number] for number in sorted(written.frames)]


@pytest.fixture
def gfpgan(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Brighter:
    """The checkpoint lies there, by its size; the network is a stand-in, and the face is where it is expected."""
    settings.checkpoints_dir.mkdir(parents=True, exist_ok=True)
    restorer = Brighter()

    def find_as_expected(_tracker: object, expected: Floats) -> Callable[[Image], Floats]:
        return lambda _frame: expected

    monkeypatch.setattr(enhancing, "face_restorer", lambda _context: restorer)
    monkeypatch.setattr(enhancing, "face_tracker", lambda _weights: None)
    monkeypatch.setattr(enhancing, "face_finder", find_as_expected)
    monkeypatch.setattr("models.batching._HALVINGS", [])  # a real GFPGAN in this process may have had the same to tell
    return restorer


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"checkpoints_dir": tmp_path / "checkpoints"})


def lay_checkpoint(settings: Settings) -> None:
    """A file of the right size that holds nothing: it looks installed, and cannot be read."""
    settings.checkpoints_dir.mkdir(parents=True, exist_ok=True)
    with (settings.checkpoints_dir / "GFPGANv1.4.pth").open("wb") as file:
        file.truncate(CHECKPOINT_BYTES)


@pytest.mark.usefixtures("engine")
def test_the_file_is_larger_than_what_is_drawn(request_for: Requests, settings: Settings, written: Written) -> None:
    result = run_job(short(request_for, upscale="720p", enhance="detail"), settings)
    assert (result.width, result.height) == (720, 720)
    assert video_info(Path(result.video or "")).size == Size(720, 720)
    assert {frame.shape for frame in written.frames.values()} == {(720, 720, 3)}
    assert result.enhancer is not None
    assert (result.enhancer.name, result.enhancer.why) == ("detail", "asked for")
    chunk = next(
        span for span in read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE) if span.name == "chunk"
    )
    assert (chunk.attributes["enhancer"], chunk.attributes["width"]) == ("detail", 720)


@pytest.mark.usefixtures("engine")
def test_chunks_reach_the_encoder_as_the_whole_would(
    request_for: Requests, settings: Settings, written: Written, gfpgan: Brighter
) -> None:
    lay_checkpoint(settings)
    ask = {"enhance": "gfpgan", "enhance_every": 3, "enhance_strength": 0.5}
    in_chunks = run_job(short(request_for, **ask), settings)
    chunked = in_order(written)
    written.frames.clear()
    run_job(short(request_for, **ask), settings.model_copy(update={"chunk_seconds": 60.0, "render_workers": 1}))
    whole = in_order(written)
    assert len(chunked) == in_chunks.frames == len(whole)
    assert len({number // 100 for number in written.frames}) == 1
    assert np.array_equal(np.stack(chunked), np.stack(whole))
    middle = SIZE.width // 2
    assert whole[0][middle, middle].max() > 100
    assert in_chunks.notes.count(gfpgan.notes[0]) == 1


@pytest.mark.usefixtures("gfpgan", "engine")
def test_a_network_that_fails_gives_way_to_the_classical_pass_and_the_job_completes(
    request_for: Requests, settings: Settings, written: Written, gfpgan: Brighter
) -> None:
    lay_checkpoint(settings)
    gfpgan.fails_at = 4
    result = run_job(short(request_for, enhance="gfpgan"), settings)
    assert result.frames == 10
    assert result.enhancer is not None
    assert result.enhancer.name == "detail"
    assert "gfpgan failed" in result.enhancer.passed_over[0]
    assert {(error["stage"], error["engine"]) for error in result.errors} == {("quality_enhancement", "gfpgan")}
    assert "NaN" in result.errors[0]["message"]
    assert video_info(Path(result.video or "")).frames == 10
    assert len(written.frames) == 10


@pytest.mark.usefixtures("engine")
def test_a_checkpoint_that_cannot_be_read_gives_way_too(request_for: Requests, settings: Settings) -> None:
    lay_checkpoint(settings)
    result = run_job(short(request_for, enhance="gfpgan"), settings)
    assert result.enhancer is not None
    assert result.enhancer.name == "detail"
    assert "cannot be loaded" in result.enhancer.passed_over[0]


def broken(error: Exception) -> Callable[..., Any]:
    def raising(*_: object) -> Any:
        raise error

    return raising


@pytest.mark.usefixtures("engine", "gfpgan")
@pytest.mark.parametrize("part", ["face_restorer", "face_tracker"])
def test_a_network_that_the_card_has_no_room_for_gives_way_too(
    part: str, request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_checkpoint(settings)
    monkeypatch.setattr(enhancing, part, broken(RuntimeError("CUDA driver error: out of memory")))
    result = run_job(short(request_for, enhance="gfpgan"), settings)
    assert result.frames == 10
    assert result.enhancer is not None
    assert result.enhancer.name == "detail"
    assert "cannot be loaded: RuntimeError: CUDA driver error" in result.enhancer.passed_over[0]


@pytest.mark.usefixtures("engine", "gfpgan")
def test_whatever_goes_wrong_around_the_network_gives_way_too(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_checkpoint(settings)
    monkeypatch.setattr(enhancing, "face_finder", lambda *_: broken(cv2.error("no such face")))
    result = run_job(short(request_for, enhance="gfpgan"), settings)
    assert result.enhancer is not None
    assert result.enhancer.name == "detail"
    assert "no such face" in result.enhancer.passed_over[0]


@pytest.mark.parametrize("error", [RenderError("the engine broke"), Stopped(), ValueError("not the network's")])
def test_errors_of_the_frames_are_not_taken_for_the_network_s(error: Exception) -> None:
    def frames() -> Iterator[Image]:
        yield np.zeros((8, 8, 3), np.uint8)
        raise error

    render: Any = {"enhancer": {"kind": "gfpgan"}}
    enhanced = enhancing.enhanced_frames(DetailPass(0.5), frames(), render, first=0, lead=0)
    with pytest.raises(type(error)) as raised:
        list(enhanced)
    assert raised.value is error


@pytest.mark.usefixtures("engine")
def test_what_is_asked_for_by_name_and_missing_is_refused_with_the_command(
    request_for: Requests, settings: Settings
) -> None:
    with pytest.raises(WeightsError, match="models download gfpgan"):
        run_job(short(request_for, enhance="gfpgan"), settings)


def test_another_enhancement_is_another_video_and_draws_its_chunks_anew(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    plain = run_job(short(request_for, enhance="none"), settings)
    drawn = len(engine.drawn)
    again = run_job(short(request_for, enhance="none"), settings)
    better = run_job(short(request_for, enhance="detail"), settings)
    assert again.served
    assert better.thread_id != plain.thread_id
    assert better.artifact != plain.artifact
    assert len(engine.drawn) == 2 * drawn


def test_frames_of_a_network_in_other_numbers_are_others() -> None:
    def made_by(kind: str, precision: ComputePrecision) -> list[Any]:
        record = EnhancerRecord(kind=kind, sigma=0.0, strength=0.5, every=1)
        return plan_chunks._made_by(record, replace(plain_hardware(), wanted_precision=precision))

    assert made_by("gfpgan", "bf16") != made_by("gfpgan", "fp32")
    assert made_by("detail", "bf16") == made_by("detail", "fp32")


@pytest.mark.usefixtures("engine")
def test_another_version_is_enhanced_as_the_first_was(
    request_for: Requests, settings: Settings, tmp_path: Path
) -> None:
    result = run_job(short(request_for, enhance="detail", enhance_strength=0.3, upscale="720p"), settings)
    request = another_version(Path(result.video or ""), tmp_path / "out" / "two.mp4", {"upscale": "none"}, settings)
    assert (request.enhance, request.enhance_strength, request.upscale) == ("detail", 0.3, "none")


@pytest.mark.usefixtures("engine")
def test_captions_are_drawn_at_the_file_s_size(request_for: Requests, settings: Settings, written: Written) -> None:
    srt = "1\n00:00:00,000 --> 00:00:02,000\nGood morning\n"
    run_job(short(request_for, transcript=srt, burn_captions=True, upscale="720p", enhance="none"), settings)
    captioned = in_order(written)[2]
    letters = np.argwhere((captioned.min(axis=2) > 250)[600:])
    assert np.ptp(letters[:, 0]) > 20
    assert Fraction(captioned.shape[0], SIZE.height) > 5


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"enhance": "magic"}, "auto, none, detail, gfpgan"),
        ({"upscale": "4k"}, "none, 720p, 1080p"),
        ({"enhance_strength": 1.5}, "0 to 1"),
        ({"enhance_strength": float("nan")}, "0 to 1"),
        ({"enhance_every": 0}, "1 to 10"),
    ],
)
def test_what_cannot_be_is_refused(
    wrong: dict[str, object], named: str, request_for: Requests, settings: Settings
) -> None:
    with pytest.raises(InputError, match=named):
        run_job(request_for(**wrong), settings)
