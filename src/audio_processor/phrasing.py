"""Where a phrase ends: at a pause, or at a shorter gap that sounds like an ending."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, runs, spans
from audio_processor.nuclei import Nuclei
from audio_processor.vad import PAUSE_SECONDS
from avatar.types import HOP_SECONDS, Span

BEAT_REACH: Final = 6
"""Syllables before and after one, whose beats its own is held against."""

RESET_REACH: Final = 3
"""Syllables on either side of a gap, between whose pitch a reset is sought."""

LENGTHENING_WEIGHT: Final = 1.5
RESET_WEIGHT: Final = 0.35
"""Of a drawn-out syllable (natural logarithm of its beat over the usual one) and of a reset (semitones upwards).

J. Vaissière (1983), *Language-independent prosodic features*, has both as marks of an ending.
"""


def phrases_of(speech: NDArray[np.bool_], nuclei: Nuclei) -> tuple[Span, ...]:
    """Phrases of a mask of speech (n,), whose gaps are all candidates.

    A gap of 0.2 s or more is a pause and ends one; a shorter gap does where the last syllable is drawn out, or the
    pitch begins anew, higher.
    """
    joined = speech.copy()
    stretches = runs(speech)
    for (_, end), (start, _) in pairwise(stretches):
        if start - end < frames_in(PAUSE_SECONDS) and _ending(nuclei, end, start) <= 0.0:
            joined[end:start] = True
    return spans(joined)


def _ending(nuclei: Nuclei, end: int, start: int) -> float:
    """How much the syllables round the gap from frame `end` to `start` sound like an ending: over 0 is yes."""
    after = int(np.searchsorted(nuclei.frames, end))
    last = after - 1
    if last < 1 or after + 1 >= len(nuclei.frames):
        return 0.0
    beats = np.diff(nuclei.frames) * HOP_SECONDS
    usual = float(np.median(beats[max(0, last - BEAT_REACH) : after + BEAT_REACH]))
    own = max(float(beats[last]) - (start - end) * HOP_SECONDS, HOP_SECONDS)
    return LENGTHENING_WEIGHT * float(np.log(own / usual)) + RESET_WEIGHT * _reset(nuclei.semitones, after)


def _reset(semitones: NDArray[np.float64], after: int) -> float:
    before, later = semitones[max(0, after - RESET_REACH) : after], semitones[after : after + RESET_REACH]
    before, later = before[np.isfinite(before)], later[np.isfinite(later)]
    return float(later.mean() - before.mean()) if len(before) and len(later) else 0.0
