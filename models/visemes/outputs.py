"""From the network's outputs to lips in their ranges."""

from typing import Final

import numpy as np

from avatar.types import Floats, VisemeTrack
from models.visemes.network import OUTPUTS, VISEME_OUTPUTS

SMOOTHING: Final = (0.0, 0.0, 0.0, 0.25, 0.5, 0.25)
WIDTH_SMOOTHING: Final = (1 / 6,) * 6
"""Weights of four frames before, the frame and the one after. The two frames of a step are told apart by the head
alone, and would jump; the corners of the mouth are slower than the lips, and later."""

BEFORE_FRAMES: Final = 4
AHEAD_FRAMES: Final = 1
WIDTH_OUTPUT: Final = VISEME_OUTPUTS + 1

CLOSURE_RANGE: Final = (0.2, 0.5)
SHUT_RANGE: Final = (0.3, 0.6)
"""The network's chance of a closure between these becomes closure from 0 to 1, and between those takes the opening
away: a closure that is missed looks worse than one too many, an opening that is missed does not."""

VISEME_SHARE: Final = 0.4
"""Weight of the opening and width that the visemes have on average against those told directly."""

OPENING_FROM: Final = 0.08
OPENING_GAIN: Final = 1.45
"""Means shrink towards each other. These bring the opening back to the spread of people's lips: standard deviation
0.21 of the widest, closed in 16 % of running speech."""

CLOSING: Final = 1.1
"""Opening left at a closure `c` is `1 - 1.1 c` of what it would be, as in `audio_processor.phonemes`."""

_TAPS: Final = tuple((tap, np.array(weight, np.float32)) for tap, weight in enumerate(SMOOTHING) if weight)
_RANGES: Final = np.array([CLOSURE_RANGE, SHUT_RANGE], np.float32)[..., None]
_LOWS, _SPANS = _RANGES[:, 0], _RANGES[:, 1] - _RANGES[:, 0]
_ZERO, _HALF, _ONE, _TOLD_SHARE, _VISEME_SHARE, _OPENING_FROM, _OPENING_GAIN, _CLOSING = (
    np.array(value, np.float32)
    for value in (0.0, 0.5, 1.0, 1.0 - VISEME_SHARE, VISEME_SHARE, OPENING_FROM, OPENING_GAIN, CLOSING)
)
"""Arrays are quicker than numbers where there are only a few frames."""
_WIDTH_TAPS: Final = np.array(WIDTH_SMOOTHING, np.float32)


class Smoothing:
    """Smooths outputs frame after frame; the ends are held. The same whatever the pieces in which they come."""

    def __init__(self) -> None:
        self._kept: Floats = np.empty((0, OUTPUTS), np.float32)

    def push(self, raw: Floats) -> Floats:
        """`raw` (n, 19); the smoothed frames (m, 19) whose next one is known with it."""
        if not len(raw):
            return raw
        before = self._kept if len(self._kept) else np.repeat(raw[:1], BEFORE_FRAMES, axis=0)
        return self._smoothed(np.concatenate([before, raw]))

    def flush(self) -> Floats:
        return self._smoothed(np.concatenate([self._kept, np.repeat(self._kept[-1:], AHEAD_FRAMES, axis=0)]))

    def _smoothed(self, known: Floats) -> Floats:
        count = max(0, len(known) - BEFORE_FRAMES - AHEAD_FRAMES)
        self._kept = known[count:]
        smoothed = np.zeros((count, OUTPUTS), np.float32)
        if not count:
            return smoothed
        (tap, weight), *others = _TAPS
        np.multiply(known[tap : tap + count], weight, out=smoothed)
        for tap, weight in others:
            smoothed += weight * known[tap : tap + count]
        smoothed[:, WIDTH_OUTPUT] = np.convolve(known[:, WIDTH_OUTPUT], _WIDTH_TAPS, "valid")
        return smoothed


def lips_of(raw: Floats, shapes: Floats) -> VisemeTrack:
    """The track of outputs (n, 19): softmax of the visemes, curves within 0..1, closures without an opening.

    `shapes` (15, 2): opening and width of each viseme on average.
    """
    if not len(raw):
        return VisemeTrack(raw[:, :VISEME_OUTPUTS], *(raw[:, 0],) * 4)
    scores, curves = raw[:, :VISEME_OUTPUTS], raw[:, VISEME_OUTPUTS:]
    powers = np.exp(scores - np.maximum.reduce(scores, axis=1, keepdims=True))
    powers /= np.add.reduce(powers, axis=1, keepdims=True)
    told = _within(curves[:, :3])
    opening, width = (_TOLD_SHARE * told[:, :2] + powers @ (_VISEME_SHARE * shapes)).T
    chance = np.tanh(_HALF * curves[:, 3])
    chance *= _HALF
    chance += _HALF
    closure, shut = _within((chance - _LOWS) / _SPANS)
    open_lips = _within((opening - _OPENING_FROM) * _OPENING_GAIN)
    open_lips *= np.maximum(_ONE - _CLOSING * shut, _ZERO)
    return VisemeTrack(powers, open_lips, np.ascontiguousarray(width), np.ascontiguousarray(told[:, 2]), closure)


def _within(values: Floats) -> Floats:
    """Values no less than 0 and no more than 1."""
    limited: Floats = np.maximum(values, _ZERO)
    return np.minimum(limited, _ONE, out=limited)
