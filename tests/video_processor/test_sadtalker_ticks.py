"""The networks' clock of 25 ticks a second fits the frames of any video, in chunks as in the whole."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.types import FaceMotion, Floats, RenderChunk
from tests.video_processor.motion_factory import NTSC, RATES, lively
from tests.video_processor.sadtalker_factory import piece, sound_of
from video_processor.renderers.sadtalker.ticks import CONTEXT_FRAMES, TICK_SAMPLES, Ticks, smoothed, ticks_of

FRAMES = 130


def chunk(motion: FaceMotion, first: int, count: int) -> RenderChunk:
    return piece(motion, sound_of(len(motion), motion.fps), first, count, CONTEXT_FRAMES)


def ramp(ticks: Ticks) -> Floats:
    return np.arange(ticks.first, ticks.first + ticks.count, dtype=np.float32)[:, None]


def test_at_25_frames_a_second_a_window_is_the_frames_around_its_own() -> None:
    ticks = ticks_of(chunk(lively(60), 20, 30))
    frames = np.arange(20, 50)[:, None] + np.arange(-13, 14)
    assert np.array_equal(ticks.windows(ramp(ticks))[:, 0], frames.clip(0, 59).astype(np.float32))


@pytest.mark.parametrize("fps", RATES)
def test_windows_are_centred_on_the_time_of_their_frame(fps: Fraction) -> None:
    whole = lively(FRAMES, fps)
    ticks = ticks_of(chunk(whole, 0, FRAMES))
    last = int(Fraction(25 * (FRAMES - 1)) / fps)
    wanted = np.arange(FRAMES)[:, None] * 25 / float(fps) + np.arange(-13, 14)
    assert ticks.windows(ramp(ticks))[:, 0] == pytest.approx(wanted.clip(0, last), abs=1e-3)


@pytest.mark.parametrize("fps", RATES)
def test_chunks_have_the_ticks_of_the_whole(fps: Fraction) -> None:
    motion = lively(FRAMES, fps)
    whole = ticks_of(chunk(motion, 0, FRAMES))
    curve = whole.windows(whole.at(smoothed(motion.pose, 0.3, fps)))
    for first, count in ((0, 50), (50, 17), (67, 63)):
        part = chunk(motion, first, count)
        ticks = ticks_of(part)
        found = ticks.windows(ticks.at(smoothed(part.motion.pose, 0.3, fps)))
        assert found == pytest.approx(curve[first : first + count], abs=1e-3)


@pytest.mark.parametrize("fps", [Fraction(25), NTSC, Fraction(60), Fraction(12)])
def test_the_sound_of_a_chunk_begins_at_a_whole_number_of_mel_frames(fps: Fraction) -> None:
    motion = lively(4 * FRAMES, fps)
    whole = sound_of(len(motion), fps)
    ticks = ticks_of(chunk(motion, 2 * FRAMES, 40))
    sound, lead = ticks.sound()
    begin = (ticks.first - lead) * TICK_SAMPLES
    assert begin % 3200 == 0
    assert lead >= 3
    assert np.array_equal(sound, whole[begin : begin + len(sound)])
    assert len(sound) >= (lead + ticks.count + 4) * TICK_SAMPLES


def test_the_sound_of_the_end_lasts_as_long_as_its_ticks() -> None:
    ticks = ticks_of(chunk(lively(1, Fraction(60)), 0, 1))
    sound, lead = ticks.sound()
    assert (ticks.count, lead, len(sound)) == (1, 0, TICK_SAMPLES)
    assert not sound[TICK_SAMPLES * 25 // 60 + 1 :].any()


def test_without_context_a_chunk_makes_do_with_what_it_has() -> None:
    motion = lively(60)
    ticks = ticks_of(piece(motion, sound_of(60, motion.fps), 31, 8, 0))
    sound, lead = ticks.sound()
    assert (ticks.first, ticks.count, lead) == (31, 8, 0)
    assert len(sound) == 8 * TICK_SAMPLES
