"""Long speech in overlapping stretches of about half a minute, cut at the ends of phrases."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from avatar.types import Span, Speech

STRETCH_SECONDS: Final = 30.0
SHORTEST_SECONDS, LONGEST_SECONDS = 18.0, 40.0
"""Where a cut may lie after the last one; what is left and no longer than that stays whole."""

OVERLAP_SECONDS: Final = 2.5
"""How far a stretch reaches into its neighbours: the model hears what comes before and after its own."""

PAUSE_WORTH: Final = 6.0
"""How many seconds further from the usual length a cut may lie for each second that its pause is longer."""
LONGEST_PAUSE_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """`own` is what it directs; `heard`, what it hears of; `words` are those it hears, by their global index.

    Stretches follow one another without a gap, from 0 to the end of the sound.
    """

    number: int
    own: Span
    heard: Span
    words: range

    @property
    def begin(self) -> float:
        """0 of the times that the model is told, and tells."""
        return self.heard.start


def stretches(speech: Speech) -> tuple[Stretch, ...]:
    """One for speech of up to `LONGEST_SECONDS`, else as many as it takes."""
    borders = [0.0]
    cuts = _cuts(speech)
    while speech.duration - borders[-1] > LONGEST_SECONDS:
        borders.append(_next(borders[-1], cuts))
    borders.append(speech.duration)
    words = speech.transcript.words if speech.transcript else ()
    middles = [(word.start + word.end) / 2 for word in words]
    spans = [Span(start, end) for start, end in pairwise(borders)]
    return tuple(_stretch(number, own, middles, speech.duration) for number, own in enumerate(spans))


def _stretch(number: int, own: Span, middles: Sequence[float], duration: float) -> Stretch:
    heard = Span(max(own.start - OVERLAP_SECONDS, 0.0), min(own.end + OVERLAP_SECONDS, duration))
    last = len(middles) if own.end >= duration else bisect_left(middles, heard.end)
    return Stretch(number, own, heard, range(bisect_left(middles, heard.start) if number else 0, last))


def _cuts(speech: Speech) -> list[tuple[float, float]]:
    """Where the sound may be cut, and how long the pause there is: between phrases, else between words."""
    words = [Span(word.start, word.end) for word in speech.transcript.words] if speech.transcript else []
    return sorted(
        ((before.end + after.start) / 2, weight * min(after.start - before.end, LONGEST_PAUSE_SECONDS) + weight)
        for spans, weight in ((speech.prosody.phrases, 1.0), (words, 0.0))
        for before, after in pairwise(spans)
    )


def _next(start: float, cuts: Sequence[tuple[float, float]]) -> float:
    """The best cut after `start`; without any in reach, the usual length."""
    first, last = (bisect_left(cuts, (start + seconds, 0.0)) for seconds in (SHORTEST_SECONDS, LONGEST_SECONDS))
    near = cuts[first:last]
    usual = start + STRETCH_SECONDS
    best = max(near, key=lambda cut: PAUSE_WORTH * cut[1] - abs(cut[0] - usual), default=(usual, 0.0))
    return best[0]
