"""What each of the 52 blendshapes does to a portrait, alone and at its full size."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.types import Image
from scripts.measuring.curves import Curves, face_curves, track
from scripts.measuring.regions import part_masks
from scripts.measuring.subjects import Subject, with_shapes

CONTEXT: Final[dict[str, dict[str, float]]] = {
    "mouthClose": {"jawOpen": 0.6},
    "tongueOut": {"jawOpen": 0.4},
}
"""What the face shows besides, where a shape means something only then."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The change from the shape at 0 to the shape at 1.

    `curves` by name; `pixels` mean absolute change, 0..255, by part of the face.
    """

    curves: Curves
    pixels: dict[str, float]


def effects(subject: Subject) -> dict[str, Effect]:
    """The effect of every blendshape, by its name; lips are shut where a shape asks for no others."""
    masks = part_masks(subject.head.portrait)
    found = {}
    for name in BLENDSHAPES:
        base = with_shapes(subject.shut, CONTEXT.get(name, {}))
        off, on = (subject.draw(with_shapes(base, {name: value})) for value in (0.0, 1.0))
        change = np.abs(on.astype(np.float32) - off).mean(axis=-1)
        pixels = {part: float(change[mask].mean()) if mask.any() else 0.0 for part, mask in masks.items()}
        found[name] = Effect(_change(off, on, subject), pixels)
    return found


def _change(off: Image, on: Image, subject: Subject) -> Curves:
    before, after = (face_curves(track(frame, subject.tracker)) for frame in (off, on))
    return {name: after[name] - before[name] for name in before}
