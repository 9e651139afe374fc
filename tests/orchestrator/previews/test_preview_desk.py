"""Previews show what the video will, and nobody waits for those that nobody wants."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.errors import BusyError, RenderError, SupersededError
from avatar.performance import Performance
from avatar.settings import Settings, load_settings
from avatar.types import Floats, Image, Size
from orchestrator.moving import MotionSource, source_of, synthesised
from orchestrator.previews import desk as desk_module
from orchestrator.previews.desk import PreviewDesk, shared_out
from orchestrator.previews.room import preview_size
from orchestrator.previews.turns import MOST_WAITING, Turn
from orchestrator.run import JobRequest, JobResult, run_job
from tests.face_models import FACE_MODELS, GRACE_HOPPER, demo_picture, face_store
from tests.film_factory import write_film
from tests.orchestrator.pipeline_fakes import write_sound
from tests.orchestrator.previews.preview_fakes import (
    DRAWN,
    HOLD,
    PATIENCE_SECONDS,
    THOUGHT,
    deaf,
    die_at_first,
    die_each_time,
    draw_slowly,
    hear_only_calls_off,
    think_slowly,
    until,
)
from tests.video_processor.sound_factory import melody
from video_processor.framing import resampled
from video_processor.motion.export import load_motion
from video_processor.motion.overview import overview

pytestmark = pytest.mark.usefixtures("forked_side_processes")

SIDE = 192
TEXT = "Good morning, everyone. Is it you?"
NODDING = Performance.model_validate({"controls": {"smile": 0.6}, "cues": [{"action": "nod", "at": 0.8}]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    face_store(GRACE_HOPPER, *FACE_MODELS)
    return tmp_path_factory.mktemp("previews")


@pytest.fixture(scope="module")
def made_with(folder: Path) -> Settings:
    return load_settings(data_dir=folder / "data", default_resolution=SIDE, render_workers=2, video_crf=12)


def run(settings: Settings, folder: Path, **changes: object) -> tuple[JobResult, MotionSource]:
    values = {"image": face_store(GRACE_HOPPER).path(GRACE_HOPPER), "text": TEXT, "output": folder / "a.mp4", **changes}
    request = JobRequest(**values)  # type: ignore[arg-type]
    result = run_job(request, settings)
    asked = {"seed": request.seed, "audio": request.audio, "text": request.text}
    source = source_of(result.to_json(), {**asked, "expression_from": request.expression_from})
    assert source is not None
    return result, source


@pytest.fixture(scope="module")
def made(made_with: Settings, folder: Path) -> tuple[JobResult, MotionSource]:
    """A finished job, and what its motion is made of."""
    return run(made_with, folder, seed=7, performance=NODDING.model_dump(mode="json"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[PreviewDesk]:
    desk = PreviewDesk(load_settings(data_dir=folder / "desk"), processes=2)
    yield desk
    desk.close()


def pictures(content: bytes | Path) -> list[Image]:
    with av.open(io.BytesIO(content) if isinstance(content, bytes) else str(content), "r") as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def sound_of(content: bytes) -> Floats:
    with av.open(io.BytesIO(content), "r") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def far(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


def test_the_motion_is_that_of_the_job(made: tuple[JobResult, MotionSource], desk: PreviewDesk) -> None:
    result, source = made
    kept = load_motion(Path(result.motion or ""))
    assert np.array_equal(synthesised(source, NODDING).blendshapes, kept.blendshapes)
    shown = desk.curves(source, NODDING, most_points=1000)
    assert (len(shown), shown.step) == (result.frames, 1)
    expected = overview(kept, most_points=1000)
    for name, curve in expected.curves.items():
        assert np.array_equal(shown.curves[name], curve), name
    other = desk.curves(source, Performance(), most_points=1000)
    assert np.abs(other.curves["smile"] - shown.curves["smile"]).max() > 0.05


def test_a_preview_shows_the_frames_of_the_video(made: tuple[JobResult, MotionSource], desk: PreviewDesk) -> None:
    result, source = made
    film = pictures(Path(result.video or ""))
    stretch = range(10, 40)
    content = desk.preview(source, NODDING, stretch, side=SIDE, caller="somebody")
    assert content[4:8] == b"ftyp"
    shown = pictures(content)
    assert (len(shown), shown[0].shape) == (30, (SIDE, SIDE, 3))
    for offset, image in enumerate(shown):
        assert far(image, film[stretch[offset]]) < 3, offset
    moved = [index for index in range(30) if far(film[stretch[index]], film[stretch[0]]) > 3]
    assert moved
    assert all(far(shown[index], film[stretch[0]]) > far(shown[index], film[stretch[index]]) for index in moved)


def test_a_smaller_preview_moves_the_same_way(made: tuple[JobResult, MotionSource], desk: PreviewDesk) -> None:
    result, source = made
    film = [resampled(frame, Size(96, 96)) for frame in pictures(Path(result.video or ""))]
    shown = pictures(desk.preview(source, NODDING, range(8, 24), side=96, caller="somebody"))
    assert {image.shape for image in shown} == {(96, 96, 3)}
    for last in (10, 12, 15):
        change = shown[last].astype(float) - shown[0]
        expected = film[8 + last].astype(float) - film[8]
        assert np.abs(expected).mean() > 3
        assert np.corrcoef(change.ravel(), expected.ravel())[0, 1] > 0.85


def test_what_is_heard_is_what_is_seen(made: tuple[JobResult, MotionSource], desk: PreviewDesk) -> None:
    _, source = made
    whole = np.fromfile(source.samples, np.float32)
    heard = sound_of(desk.preview(source, NODDING, range(10, 40), caller="somebody"))
    expected = whole[round(10 / 25 * 16_000) : round(40 / 25 * 16_000)]
    assert len(heard) == pytest.approx(len(expected), abs=1024)
    length = min(len(heard), len(expected)) - 200
    lags = [float(np.corrcoef(heard[100 + lag : length + lag], expected[100:length])[0, 1]) for lag in range(-80, 81)]
    assert max(lags) > 0.9
    assert abs(int(np.argmax(lags)) - 80) <= 16


def test_the_last_frame_may_reach_past_the_sound(made: tuple[JobResult, MotionSource], desk: PreviewDesk) -> None:
    result, source = made
    assert len(pictures(desk.preview(source, NODDING, range(result.frames - 3, result.frames), caller="a"))) == 3


def test_a_person_with_nothing_behind_stands_before_grey(made_with: Settings, folder: Path, desk: PreviewDesk) -> None:
    _, source = run(made_with, folder, text="Yes.", output=folder / "a.webm", background="transparent", width=128)
    [image] = pictures(desk.preview(source, Performance(), range(1), side=128, caller="a"))
    assert np.abs(image[:8, :8].astype(int) - 128).max() < 6
    assert image[60:70, 60:70].std() > 2


def test_a_film_is_previewed_at_a_small_size(made_with: Settings, folder: Path, desk: PreviewDesk) -> None:
    film = write_film(folder / "film.mp4")
    sound = write_sound(folder / "film-speech.wav", 1.0)
    result, source = run(made_with, folder, image=film, text=None, audio=sound, output=folder / "film-out.mp4")
    video = pictures(Path(result.video or ""))
    shown = pictures(
        desk.preview(source, Performance.model_validate(result.performance), range(4, 8), side=96, caller="a")
    )
    for index, image in enumerate(shown, 4):
        assert far(image, resampled(video[index], Size(96, 96))) < 6


def test_an_expression_is_played_as_in_the_job(made_with: Settings, folder: Path, desk: PreviewDesk) -> None:
    image = demo_picture(GRACE_HOPPER).image
    even = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]
    film = write_film(folder / "actor.mov", [even] * 20, sound=melody(1.0, 16_000))
    for number, text in enumerate((None, "Yes.")):
        output = folder / f"expression-{number}.mp4"
        result, source = run(made_with, folder, expression_from=film, output=output, text=text)
        played = Performance.model_validate(result.performance)
        kept = load_motion(Path(result.motion or ""))
        assert np.array_equal(synthesised(source, played).blendshapes, kept.blendshapes)
        assert len(desk.curves(source, played, most_points=1000)) == result.frames


def test_a_preview_that_a_newer_one_follows_ends(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, draw_slowly, processes=2)
    (settings.data_dir / HOLD).touch()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(desk.preview, source, NODDING, range(30), caller="me")
        until((settings.data_dir / DRAWN).exists)
        second = pool.submit(desk.preview, source, NODDING, range(30), caller="me")
        with pytest.raises(SupersededError, match="newer preview") as ended:
            first.result(PATIENCE_SECONDS)
        assert ended.value.cure
        third = pool.submit(desk.preview, source, NODDING, range(5, 20), caller="me")
        with pytest.raises(SupersededError):
            second.result(PATIENCE_SECONDS)
        (settings.data_dir / HOLD).unlink()
        assert len(pictures(third.result(PATIENCE_SECONDS))) == 15
    assert not list((settings.data_dir / "previews").iterdir())
    desk.close()


def test_curves_do_not_wait_for_a_preview(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    result, source = made
    desk = PreviewDesk(settings, draw_slowly, processes=1)
    (settings.data_dir / HOLD).touch()
    with ThreadPoolExecutor(1) as pool:
        preview = pool.submit(desk.preview, source, NODDING, range(10), caller="me")
        until((settings.data_dir / DRAWN).exists)
        assert len(desk.curves(source, NODDING, most_points=1000)) == result.frames
        assert not preview.done()
        (settings.data_dir / HOLD).unlink()
        assert len(pictures(preview.result(PATIENCE_SECONDS))) == 10
    desk.close()


def test_a_client_that_hangs_up_ends_its_preview(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, draw_slowly, processes=2)
    (settings.data_dir / HOLD).touch()
    turns = [Turn(), Turn()]
    with ThreadPoolExecutor(2) as pool:
        drawing = pool.submit(desk.preview, source, NODDING, range(30), caller="one", turn=turns[0])
        until((settings.data_dir / DRAWN).exists)
        waiting = pool.submit(desk.preview, source, NODDING, range(30), caller="two", turn=turns[1])
        for turn, preview in zip(reversed(turns), (waiting, drawing), strict=True):
            desk.leave(turn)
            with pytest.raises(SupersededError):
                preview.result(PATIENCE_SECONDS)
    desk.close()


def test_curves_that_nobody_waits_for_are_not_begun(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    result, source = made
    desk = PreviewDesk(settings, think_slowly, processes=1)
    (settings.data_dir / HOLD).touch()
    turns = [Turn(), Turn()]
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(desk.curves, source, NODDING, most_points=1000)
        until((settings.data_dir / THOUGHT).exists)
        left = [pool.submit(desk.curves, source, Performance(), most_points=1000, turn=turn) for turn in turns]
        for turn in turns:
            desk.leave(turn)
        (settings.data_dir / HOLD).unlink()
        for curves in left:
            with pytest.raises(SupersededError):
                curves.result(PATIENCE_SECONDS)
        assert len(first.result(PATIENCE_SECONDS)) == result.frames
    assert (settings.data_dir / THOUGHT).read_text().split() == ["one"]
    desk.close()


def test_curves_that_take_too_long_are_called_off(
    made: tuple[JobResult, MotionSource], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "LONGEST_TASK_SECONDS", 0.2)
    _, source = made
    desk = PreviewDesk(settings, hear_only_calls_off, processes=1)
    with pytest.raises(RenderError, match="was not drawn within"):
        desk.curves(source, NODDING, most_points=10)
    assert (settings.data_dir / "called-off").exists()
    desk.close()


def test_no_more_callers_wait_than_may(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, draw_slowly, processes=1)
    (settings.data_dir / HOLD).touch()
    with ThreadPoolExecutor(MOST_WAITING) as pool:
        waiting = [pool.submit(desk.preview, source, NODDING, range(2), caller=n) for n in range(MOST_WAITING)]
        until(lambda: len(desk._turns._newest) == MOST_WAITING)
        with pytest.raises(BusyError) as refused:
            desk.preview(source, NODDING, range(2), caller="one more")
        assert refused.value.retryable
        assert refused.value.cure
        (settings.data_dir / HOLD).unlink()
        assert all(len(pictures(preview.result(PATIENCE_SECONDS))) == 2 for preview in waiting)
    desk.close()


def test_a_crash_costs_another_attempt(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, die_at_first, processes=1)
    assert len(pictures(desk.preview(source, NODDING, range(3), caller="a"))) == 3
    desk.close()


def test_what_kills_every_process_is_given_up(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, die_each_time, processes=1)
    with pytest.raises(RenderError, match="ended the process") as refused:
        desk.curves(source, NODDING, most_points=10)
    assert refused.value.cure
    assert len((settings.data_dir / "deaths.txt").read_text().split()) == 2
    desk.close()


def test_a_process_that_never_answers_is_given_up(
    made: tuple[JobResult, MotionSource], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "LONGEST_TASK_SECONDS", 0.2)
    monkeypatch.setattr(desk_module, "CALL_OFF_SECONDS", 0.2)
    _, source = made
    desk = PreviewDesk(settings, deaf, processes=1)
    with pytest.raises(RenderError, match="was not drawn within"):
        desk.preview(source, NODDING, range(3), caller="a")
    desk.close()


def test_closing_waits_for_no_preview(made: tuple[JobResult, MotionSource], settings: Settings) -> None:
    _, source = made
    desk = PreviewDesk(settings, deaf, processes=1)
    with ThreadPoolExecutor(1) as pool:
        preview = pool.submit(desk.preview, source, NODDING, range(3), caller="a")
        until((settings.data_dir / "heard").exists)
        desk.close()
        with pytest.raises(BusyError, match="service ends"):
            preview.result(PATIENCE_SECONDS)


def test_what_has_been_removed_is_told(made: tuple[JobResult, MotionSource], desk: PreviewDesk, tmp_path: Path) -> None:
    _, source = made
    none = tmp_path / "none.npz"
    for gone in (replace(source, speech=none), replace(source, framed=none)):
        with pytest.raises(FileNotFoundError):
            desk.curves(gone, NODDING, most_points=10)
        with pytest.raises(FileNotFoundError):
            desk.preview(gone, NODDING, range(3), caller="a")


def test_what_a_killed_service_left_is_removed(settings: Settings) -> None:
    folder = settings.data_dir / "previews"
    for name in ("old", "new"):
        (folder / name).mkdir(parents=True)
    os.utime(folder / "old", (0, 0))
    PreviewDesk(settings).close()
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_two_services_that_start_at_once_may_sweep_one_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.data_dir / "previews"
    (folder / "old").mkdir(parents=True)
    os.utime(folder / "old", (0, 0))
    swept_by_other = (folder / "swept", *folder.iterdir())
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(swept_by_other))
    PreviewDesk(settings).close()
    assert not (folder / "old").exists()


def test_a_stretch_is_shared_out_evenly() -> None:
    assert shared_out(range(10, 85), 2) == [range(10, 47), range(47, 85)]
    assert shared_out(range(5), 2) == [range(5)]
    assert shared_out(range(100), 1) == [range(100)]


@pytest.mark.parametrize(
    ("video", "side", "expected"),
    [
        ((512, 512), 192, (192, 192)),
        ((1280, 720), 192, (192, 108)),
        ((128, 96), 320, (128, 96)),
        ((64, 4096), 64, (2, 64)),
    ],
)
def test_a_preview_has_even_sides_and_the_videos_aspect(
    video: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    assert preview_size(Size(*video), side) == Size(*expected)
