"""Where a long sound is cut, so that no more than half a minute of it is listened to at a time."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import HOP_SECONDS, Floats, Span

LONGEST_SECONDS: Final = 30.0
"""What Whisper hears at once."""

MARGIN_SECONDS: Final = 0.2
"""Kept around what is spoken: the mask may miss a soft first or last sound."""

LONG_PAUSE_SECONDS: Final = 8.0
"""Never inside a window: models make up words in long silence."""

SEARCH_SECONDS: Final = 8.0
"""Speech without a pause is cut at its quietest moment in the last seconds of the window."""

CUT_BLUR_FRAMES: Final = 15


def windows(phrases: Sequence[Span], loudness_db: Floats, duration: float) -> list[Span]:
    """Windows of at most 30 s over all `phrases`, cut between them where that can be; none overlaps another.

    `loudness_db` (n,): level on the 10 ms grid. `duration` in seconds.
    """
    longest = LONGEST_SECONDS - 2 * MARGIN_SECONDS
    joined: list[Span] = []
    for phrase in _short_enough(phrases, loudness_db, longest):
        if joined and phrase.end - joined[-1].start <= longest and phrase.start - joined[-1].end < LONG_PAUSE_SECONDS:
            joined[-1] = Span(joined[-1].start, phrase.end)
        else:
            joined.append(phrase)
    return _with_margins(joined, duration)


def _short_enough(phrases: Sequence[Span], loudness_db: Floats, longest: float) -> list[Span]:
    parts: list[Span] = []
    for start, end in phrases:
        begin = start
        while end - begin > longest:
            cut = _quietest(loudness_db, begin + longest - SEARCH_SECONDS, begin + longest)
            parts.append(Span(begin, cut))
            begin = cut
        parts.append(Span(begin, end))
    return parts


def _quietest(loudness_db: Floats, start: float, end: float) -> float:
    """The time in seconds whose surroundings of 150 ms are the quietest."""
    first, last = round(start / HOP_SECONDS), round(end / HOP_SECONDS)
    level: NDArray[np.float64] = np.convolve(loudness_db[first:last], np.ones(CUT_BLUR_FRAMES), "valid")
    return (first + int(np.argmin(level)) + CUT_BLUR_FRAMES // 2) * HOP_SECONDS


def _with_margins(parts: Sequence[Span], duration: float) -> list[Span]:
    """Each a little longer, as far as half way to its neighbours."""
    widened = []
    for i, (start, end) in enumerate(parts):
        before = (parts[i - 1].end + start) / 2 if i else 0.0
        after = (end + parts[i + 1].start) / 2 if i + 1 < len(parts) else duration
        widened.append(Span(max(before, start - MARGIN_SECONDS), min(after, end + MARGIN_SECONDS)))
    return widened
