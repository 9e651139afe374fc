"""The quality gate on videos that the test makes itself."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import QualityError
from avatar.types import FaceMotion, Image, Portrait, Size, neutral_motion
from tests.video_processor.sound_factory import melody, write_wav
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack
from video_processor.quality.film import FilmFacts, film_facts, look_at_film
from video_processor.quality.gate import Check, Subject, check_motion, inspect
from video_processor.quality.looks import Look, WatchedFrames, joined, load_look, mouth_of, save_look
from video_processor.quality.sync import mouth_sync

FPS = Fraction(25)
SIZE = Size(128, 128)
FRAMES = 75
FACTS = FilmFacts(FRAMES, FPS, 3.0, 3.0, 0.0, ((0.0, 1.0),))


@pytest.fixture
def portrait() -> Portrait:
    random = np.random.Generator(np.random.PCG64(3))
    angles = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    points = np.stack([64 + 20 * np.cos(angles), 80 + 10 * np.sin(angles), 0 * angles], 1).astype(np.float32)
    image = random.integers(60, 200, (128, 128, 3), np.uint8)
    still = np.zeros(len(BLENDSHAPES), np.float32)
    return Portrait(image, points, np.full((128, 128), 255, np.uint8), (0.0, 0.0, 0.0), still, 40.0, "0" * 64)


@pytest.fixture
def motion() -> FaceMotion:
    """A jaw that opens and shuts without a beat."""
    random = np.random.Generator(np.random.PCG64(4))
    found = neutral_motion(FRAMES, FPS)
    found.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]] = np.repeat(random.uniform(0, 0.6, FRAMES // 3), 3)
    return found


def drawn(portrait: Portrait, motion: FaceMotion, late: int = 0) -> list[Image]:
    """The portrait with a mouth as dark as the jaw is open, `late` frames after the motion."""
    box = mouth_of(portrait)
    assert box is not None
    jaw: NDArray[np.float32] = np.roll(motion.shape("jawOpen"), late)
    frames = []
    for opening in jaw:
        frame = portrait.image.copy()
        mouth = frame[box.top : box.bottom, box.left : box.right]
        frame[box.top : box.bottom, box.left : box.right] = (mouth * (1 - opening)).astype(np.uint8)
        frames.append(frame)
    return frames


def seen(frames: list[Image], portrait: Portrait) -> Look:
    watched = WatchedFrames(frames, mouth_of(portrait))
    assert sum(1 for _ in watched) == len(frames)
    return watched.look


def found(checks: tuple[Check, ...]) -> dict[str, bool]:
    return {check.name: check.done for check in checks}


def film(folder: Path, frames: list[Image], sound_seconds: float) -> Path:
    segment, sound, path = folder / "segment.mp4", folder / "sound.m4a", folder / "film.mp4"
    encode_segment(frames, segment, size=SIZE, fps=FPS, crf=18, preset="ultrafast")
    wav = write_wav(folder / "sound.wav", melody(sound_seconds, 16_000), 16_000)
    encode_soundtrack(wav, sound, bitrate=64_000, duration=sound_seconds)
    assemble_video([segment], sound, path, fps=FPS)
    return path


def test_a_good_video_passes_and_says_what_was_looked_at(
    portrait: Portrait, motion: FaceMotion, tmp_path: Path
) -> None:
    frames = drawn(portrait, motion)
    facts = film_facts(film(tmp_path, frames, 3.0))
    checks = inspect(seen(frames, portrait), facts, Subject(portrait, motion, moves=True))
    assert found(checks) == dict.fromkeys(("numbers", "black", "frozen", "sound and picture", "mouth in step"), True)
    assert (facts.frames, facts.fps, facts.picture_seconds) == (FRAMES, FPS, 3.0)
    assert facts.sound_seconds == pytest.approx(3.0, abs=0.02)


def test_frames_pass_through_unchanged(portrait: Portrait, motion: FaceMotion) -> None:
    frames = drawn(portrait, motion)
    passed = list(WatchedFrames(frames, mouth_of(portrait)))
    assert all(one is other for one, other in zip(passed, frames, strict=True))


def test_one_black_frame_is_refused_with_its_time(portrait: Portrait, motion: FaceMotion) -> None:
    frames = drawn(portrait, motion)
    frames[50] = np.zeros_like(frames[50])
    with pytest.raises(QualityError, match=r"black at 2\.00 s") as caught:
        inspect(seen(frames, portrait), FACTS, Subject(portrait, motion, moves=True))
    assert not caught.value.retryable
    assert caught.value.cure


def test_a_file_that_came_out_black_is_refused(portrait: Portrait, motion: FaceMotion, tmp_path: Path) -> None:
    frames = drawn(portrait, motion)
    facts = film_facts(film(tmp_path, [np.zeros_like(frame) for frame in frames], 3.0))
    with pytest.raises(QualityError, match="file is black"):
        inspect(seen(frames, portrait), facts, Subject(portrait, motion, moves=True))


def test_nothing_seen_of_a_transparent_video_is_black(portrait: Portrait) -> None:
    hidden = np.concatenate([portrait.image, np.zeros((128, 128, 1), np.uint8)], axis=2)
    shown = hidden.copy()
    shown[32:96, 32:96, 3] = 255
    look = seen([hidden, shown], portrait)
    assert look.lit[0] == 0
    assert look.lit[1] == pytest.approx(0.25, abs=0.03)


def test_of_a_black_portrait_nobody_can_tell(portrait: Portrait, motion: FaceMotion) -> None:
    dark = replace(portrait, image=np.zeros_like(portrait.image))
    frames = drawn(portrait, motion)
    look = replace(seen(frames, dark), lit=np.zeros(FRAMES, np.float32))
    assert not found(inspect(look, FACTS, Subject(dark, motion, moves=True)))["black"]


def test_a_picture_that_stands_still_in_speech_is_refused_with_its_times(
    portrait: Portrait, motion: FaceMotion
) -> None:
    frames = drawn(portrait, motion)
    frames[25:60] = [frames[25]] * 35
    with pytest.raises(QualityError, match=r"still from 1\.00 to 2\.40 s"):
        inspect(seen(frames, portrait), FACTS, Subject(portrait, motion, moves=True))


def test_a_picture_may_stand_still_in_silence_or_where_the_engine_moves_nothing(
    portrait: Portrait, motion: FaceMotion
) -> None:
    frames = [portrait.image] * FRAMES
    silent = neutral_motion(FRAMES, FPS)
    assert found(inspect(seen(frames, portrait), FACTS, Subject(portrait, silent, moves=True)))["frozen"]
    unmoved = inspect(seen(frames, portrait), FACTS, Subject(portrait, motion, moves=False))
    assert not found(unmoved)["frozen"]
    assert found(unmoved)["black"]


def test_a_stand_still_is_seen_across_the_borders_of_chunks(portrait: Portrait, motion: FaceMotion) -> None:
    frames = [portrait.image] * FRAMES
    looks = [seen(frames[first : first + 10], portrait) for first in range(0, FRAMES, 10)]
    assert len(joined(looks)) == FRAMES
    with pytest.raises(QualityError, match=r"still from 0\.00 to 3\.00 s"):
        inspect(joined(looks), FACTS, Subject(portrait, motion, moves=True))


@pytest.mark.parametrize("curves", ["blendshapes", "pose"])
def test_motion_that_is_no_number_is_refused_with_its_time(motion: FaceMotion, curves: str) -> None:
    check_motion(motion)
    getattr(motion, curves)[30, 2] = np.nan
    with pytest.raises(QualityError, match=rf"{curves}, from 1\.20 s"):
        check_motion(motion)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (replace(FACTS, frames=74), "74 frames in place of 75"),
        (replace(FACTS, sound_seconds=None), "no sound"),
        (replace(FACTS, sound_seconds=2.9), r"lasts 3\.000 s and the sound 2\.900 s"),
        (replace(FACTS, delay=-0.08), "begin 80 ms apart"),
    ],
)
def test_lost_sync_in_the_file_is_refused(
    facts: FilmFacts, message: str, portrait: Portrait, motion: FaceMotion
) -> None:
    look = seen(drawn(portrait, motion), portrait)
    with pytest.raises(QualityError, match=message):
        inspect(look, facts, Subject(portrait, motion, moves=True))


@pytest.mark.parametrize(("late", "message"), [(5, "200 ms too late"), (-5, "200 ms too early")])
def test_a_mouth_out_of_step_is_refused(late: int, message: str, portrait: Portrait, motion: FaceMotion) -> None:
    look = seen(drawn(portrait, motion, late), portrait)
    with pytest.raises(QualityError, match=message):
        inspect(look, FACTS, Subject(portrait, motion, moves=True))


def test_a_frame_of_delay_is_within_what_the_gate_lets_pass(portrait: Portrait, motion: FaceMotion) -> None:
    sync = mouth_sync(seen(drawn(portrait, motion, 1), portrait).mouth, motion)
    assert sync is not None
    assert sync.lag == 1
    inspect(seen(drawn(portrait, motion, 1), portrait), FACTS, Subject(portrait, motion, moves=True))


def test_a_look_comes_back_from_its_file(portrait: Portrait, motion: FaceMotion, tmp_path: Path) -> None:
    look = seen(drawn(portrait, motion), portrait)
    save_look(tmp_path / "look.npz", look)
    again = load_look(tmp_path / "look.npz")
    for name in ("lit", "moved", "mouth"):
        np.testing.assert_array_equal(getattr(again, name), getattr(look, name))


def test_a_decoded_film_looks_much_like_what_was_drawn(portrait: Portrait, motion: FaceMotion, tmp_path: Path) -> None:
    frames = drawn(portrait, motion)
    box = mouth_of(portrait)
    decoded = look_at_film(film(tmp_path, frames, 3.0), box)
    drawn_look = seen(frames, portrait)
    assert len(decoded) == FRAMES
    assert np.isnan(decoded.moved[0])
    assert np.corrcoef(decoded.mouth[1:], drawn_look.mouth[1:])[0, 1] > 0.95


def test_a_mouth_that_never_moves_tells_nothing(portrait: Portrait, motion: FaceMotion) -> None:
    assert mouth_sync(np.zeros(FRAMES, np.float32), motion) is None
