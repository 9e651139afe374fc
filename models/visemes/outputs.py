"""From the network's outputs to lips in their ranges."""

from typing import Final

import numpy as np

from avatar.types import Floats, VisemeTrack
from models.visemes.network import VISEME_OUTPUTS

CLOSING: Final = 1.1
"""Opening left at a closure `c` is `1 - 1.1 c` of what it would be, as in `audio_processor.phonemes`."""


def lips_of(raw: Floats) -> VisemeTrack:
    """The track of raw outputs (n, 19): softmax of the visemes, curves within 0..1."""
    scores, curves = raw[:, :VISEME_OUTPUTS], raw[:, VISEME_OUTPUTS:]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    opening, width, rounding = np.clip(curves[:, :3], 0.0, 1.0).T
    closure: Floats = (1.0 / (1.0 + np.exp(-np.clip(curves[:, 3], -30.0, 30.0)))).astype(np.float32)
    return VisemeTrack(
        probabilities=powers / powers.sum(axis=1, keepdims=True),
        opening=np.ascontiguousarray(opening),
        width=np.ascontiguousarray(width),
        rounding=np.ascontiguousarray(rounding),
        closure=closure,
    )
