"""From the network's outputs to lips in their ranges."""

from typing import Final

import numpy as np

from avatar.types import Floats, VisemeTrack
from models.visemes.network import OUTPUTS, VISEME_OUTPUTS

SMOOTHING: Final = (0.25, 0.5, 0.25)
"""Weights of the frame before, the frame and the frame after: the two frames of a step are told apart by the head
alone, and would jump."""

AHEAD_FRAMES: Final = 1
CLOSURE_FROM: Final = 0.3
CLOSURE_TO: Final = 0.7
"""The network's chance of a closure between these becomes 0 to 1."""

VISEME_SHARE: Final = 0.4
"""Weight of the opening that the visemes have on average against the one that is told directly."""

CLOSING: Final = 1.1
"""Opening left at a closure `c` is `1 - 1.1 c` of what it would be, as in `audio_processor.phonemes`."""


class Smoothing:
    """Smooths outputs frame after frame; the ends are held. The same whatever the pieces in which they come."""

    def __init__(self) -> None:
        self._kept: Floats = np.empty((0, OUTPUTS), np.float32)

    def push(self, raw: Floats) -> Floats:
        """`raw` (n, 19); the smoothed frames (m, 19) whose next one is known with it."""
        if not len(raw):
            return raw
        first = raw[:1] if not len(self._kept) else raw[:0]
        known = np.concatenate([first, self._kept, raw])
        self._kept = known[-2:]
        return _smoothed(known)

    def flush(self) -> Floats:
        known = np.concatenate([self._kept, self._kept[-1:]])
        return _smoothed(known)


def _smoothed(known: Floats) -> Floats:
    count = max(0, len(known) - 2)
    smoothed: Floats = np.zeros((count, OUTPUTS), np.float32)
    for tap, weight in enumerate(SMOOTHING):
        smoothed += np.float32(weight) * known[tap : tap + count]
    return smoothed


def lips_of(raw: Floats, openings: Floats) -> VisemeTrack:
    """The track of outputs (n, 19): softmax of the visemes, curves within 0..1, closures without an opening.

    `openings` (15,): what each viseme has on average.
    """
    scores, curves = raw[:, :VISEME_OUTPUTS], raw[:, VISEME_OUTPUTS:]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    direct, width, rounding = np.clip(curves[:, :3], 0.0, 1.0).T
    opening = (1.0 - VISEME_SHARE) * direct + VISEME_SHARE * (probabilities @ openings)
    chance = 1.0 / (1.0 + np.exp(-np.clip(curves[:, 3], -30.0, 30.0)))
    closure: Floats = np.clip((chance - CLOSURE_FROM) / (CLOSURE_TO - CLOSURE_FROM), 0.0, 1.0).astype(np.float32)
    return VisemeTrack(
        probabilities=probabilities,
        opening=(opening * np.clip(1.0 - CLOSING * closure, 0.0, 1.0)).astype(np.float32),
        width=np.ascontiguousarray(width),
        rounding=np.ascontiguousarray(rounding),
        closure=closure,
    )
