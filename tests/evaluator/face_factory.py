"""Curves of a face that nobody has: everything about them is known."""

from typing import Any

import numpy as np

from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import Prosody, Span, Speech, VisemeTrack
from evaluator.faces import FaceCurves

FPS = 25
SECONDS = 12.0


def face(**changes: Any) -> FaceCurves:
    """Lips closed, eyes open, head still, for twelve seconds."""
    frames = int(SECONDS * FPS)
    still: dict[str, Any] = {
        "times": np.arange(frames) / FPS,
        "opening": np.zeros(frames),
        "width": np.full(frames, 0.5),
        "eyes": np.full(frames, 0.3),
        "angles": np.zeros((frames, 3)),
        "seen": 1.0,
    }
    return FaceCurves(**{**still, **changes})


def speech(opening: np.ndarray, bilabials: tuple[float, ...] = (), spoken: Span | None = None) -> Speech:
    """Of a viseme track with that opening (n,) on the 10 ms grid, and pressed lips at those times."""
    n = len(opening)
    spoken = spoken or Span(0.0, n / 100)
    probabilities = np.zeros((n, len(VISEMES)), np.float32)
    probabilities[:, VISEME_INDEX["aa"]] = 1.0
    closure = np.zeros(n, np.float32)
    for time in bilabials:
        at = slice(round(time * 100) - 4, round(time * 100) + 5)
        probabilities[at] = np.eye(len(VISEMES), dtype=np.float32)[VISEME_INDEX["PP"]]
        closure[at] = 1.0
    mask = np.zeros(n, np.bool_)
    mask[round(spoken.start * 100) : round(spoken.end * 100)] = True
    zeros = np.zeros(n, np.float32)
    prosody = Prosody(zeros - 20, zeros + 120, mask, (spoken,), (), 4.0)
    track = VisemeTrack(probabilities, opening.astype(np.float32), zeros + 0.5, zeros, closure)
    return Speech(n / 100, prosody, track)
