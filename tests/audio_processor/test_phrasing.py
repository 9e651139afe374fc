import numpy as np

from audio_processor.nuclei import Nuclei
from audio_processor.phrasing import phrases_of
from avatar.types import Span


def syllables(frames: list[int], semitones: list[float]) -> Nuclei:
    count = len(frames)
    return Nuclei(np.array(frames), np.zeros(count), np.array(semitones), np.full(count, 12.0))


def mask_with_gap(first: int, last: int, frames: int = 300) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.ones(frames, bool)
    mask[first:last] = False
    return mask


EVEN = [10, 30, 50, 70, 90, 110, 140, 160, 180, 200, 220, 240]


def test_a_pause_ends_a_phrase_whatever_it_sounds_like() -> None:
    falling = [float(-i) for i in range(12)]

    found = phrases_of(mask_with_gap(115, 136), syllables(EVEN, falling))

    assert found == (Span(0.0, 1.15), Span(1.36, 3.0))


def test_a_short_gap_is_no_ending_by_itself() -> None:
    level = [0.0] * 12

    assert phrases_of(mask_with_gap(118, 130), syllables(EVEN, level)) == (Span(0.0, 3.0),)


def test_a_short_gap_with_a_pitch_that_begins_anew_ends_a_phrase() -> None:
    reset = [5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]

    assert phrases_of(mask_with_gap(118, 130), syllables(EVEN, reset)) == (Span(0.0, 1.18), Span(1.3, 3.0))


def test_a_short_gap_after_a_drawn_out_syllable_ends_a_phrase() -> None:
    drawn_out = [10, 30, 50, 70, 90, 110, 165, 185, 205, 225, 245, 265]

    found = phrases_of(mask_with_gap(145, 157), syllables(drawn_out, [0.0] * 12))

    assert found == (Span(0.0, 1.45), Span(1.57, 3.0))


def test_a_short_gap_without_syllables_around_it_is_bridged() -> None:
    assert phrases_of(mask_with_gap(118, 130), syllables([], [])) == (Span(0.0, 3.0),)
    assert phrases_of(np.zeros(100, bool), syllables([], [])) == ()
