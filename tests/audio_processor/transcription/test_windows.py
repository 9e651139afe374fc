"""A long sound is heard in pieces of at most half a minute, cut in pauses where there are any."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio_processor.transcription.windows import LONGEST_SECONDS, windows
from avatar.types import Floats, Span


def flat(seconds: float) -> Floats:
    return np.full(round(seconds * 100), -20.0, np.float32)


@st.composite
def phrase_lists(draw: st.DrawFn) -> list[Span]:
    phrases, clock = [], 0.0
    for _ in range(draw(st.integers(0, 12))):
        start = clock + draw(st.floats(0.2, 15.0))
        clock = start + draw(st.floats(0.1, 70.0))
        phrases.append(Span(start, clock))
    return phrases


@given(phrase_lists())
def test_windows_cover_what_is_spoken_and_never_overlap(phrases: list[Span]) -> None:
    end = phrases[-1].end + 0.1 if phrases else 1.0
    found = windows(phrases, flat(end + 1), end)
    assert all(0 < window.end - window.start <= LONGEST_SECONDS + 1e-6 for window in found)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))
    spoken = sum(phrase.end - phrase.start for phrase in phrases)
    covered = sum(max(0.0, min(w.end, p.end) - max(w.start, p.start)) for w in found for p in phrases)
    assert abs(covered - spoken) < 1e-6


def test_phrases_that_fit_share_a_window_and_long_silence_parts_them() -> None:
    phrases = [Span(1, 9), Span(10, 20), Span(21, 29), Span(30, 40), Span(60, 62)]
    found = windows(phrases, flat(70), 70.0)
    assert [(round(a, 1), round(b, 1)) for a, b in found] == [(0.8, 29.2), (29.8, 40.2), (59.8, 62.2)]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    loudness = flat(50)
    loudness[2600:2615] = -50.0
    first, second = windows([Span(0, 45)], loudness, 45.0)
    assert 25.9 < first.end == second.start < 26.2
