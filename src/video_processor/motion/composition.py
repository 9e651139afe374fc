"""The layers of a face laid over each other: posture, what gives way to speech, life, speech, acts, lids and gaze."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Generic

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import Floats
from video_processor.motion.blinks import Lids
from video_processor.motion.curves import Curves, Value, at_most_one, moved

OPENERS: Final = frozenset(
    {"jawOpen", "mouthClose", "mouthFunnel", "tongueOut", "jawForward"}
    | {f"mouth{part}{side}" for part in ("LowerDown", "UpperUp") for side in ("Left", "Right")}
)
"""Shapes that part the lips: speech alone sets them, whatever the portrait's mouth does."""

CLOSERS: Final = frozenset(
    {"mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"}
    | {"mouthPressLeft", "mouthPressRight"}
)
"""Shapes that belong to closed lips: the portrait's own go as the mouth opens."""
OPEN_JAW: Final = 0.15

SPREADERS: Final = ("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight")
ROUNDING_TAKES_SMILE: Final = 0.4
SPREADER_INERTIA_SECONDS: Final = 0.06

OPPOSED: Final = tuple(
    (BLENDSHAPE_INDEX[one + side], BLENDSHAPE_INDEX[other + side])
    for one, other in (
        ("mouthSmile", "mouthFrown"),
        ("browOuterUp", "browDown"),
        ("eyeWide", "eyeSquint"),
        ("eyeWide", "eyeBlink"),
    )
    for side in ("Left", "Right")
)
"""Shapes of one muscle's two ways: together at most 1, or what the portrait itself shows of them."""


def _indices(names: Iterable[str]) -> NDArray[np.intp]:
    return np.array(sorted(BLENDSHAPE_INDEX[name] for name in names))


BLOCK_FRAMES: Final = 2_048

_OPENERS, _CLOSERS, _SPREADERS = (_indices(names) for names in (OPENERS, CLOSERS, SPREADERS))
_ONES, _OTHERS = np.array(OPPOSED).T


@dataclass(frozen=True, slots=True)
class Layers(Generic[Value]):
    """What a face is made of, frame by frame, or in a single frame: its shapes are (52,) then.

    `held` (frames, 52) is the posture, absolute; `jaw` and `spread` what speech opens, and what it leaves of
    spread lips. `living` and `changes` (frames, 52) change the face, the first by life, the second by speech and acts.
    `looks` are absolute.
    """

    held: Floats
    jaw: Value
    spread: Value
    living: Floats
    changes: Floats
    closed: Lids[Value]
    looks: dict[str, Value]


def composed(layers: Layers[Floats], rest: Floats) -> Floats:
    """Blendshapes (frames, 52) in 0..1, worked out in blocks, so that a long motion needs little memory besides."""
    frames = len(layers.held)
    if frames <= BLOCK_FRAMES:
        return laid_over(layers, rest)
    faces = np.empty_like(layers.held)
    for first in range(0, frames, BLOCK_FRAMES):
        block = slice(first, first + BLOCK_FRAMES)
        faces[block] = laid_over(_part(layers, block), rest)
    return faces


def _part(layers: Layers[Floats], frames: slice) -> Layers[Floats]:
    return Layers(
        layers.held[frames],
        layers.jaw[frames],
        layers.spread[frames],
        layers.living[frames],
        layers.changes[frames],
        Lids(layers.closed.left[frames], layers.closed.right[frames]),
        {name: curve[frames] for name, curve in layers.looks.items()},
    )


def laid_over(layers: Layers[Value], rest: Floats) -> Floats:
    """Blendshapes (frames, 52) in 0..1, or (52,) of a single frame."""
    base = moved(giving_way(layers.held, layers.jaw, layers.spread), layers.living)
    faces = moved(base, layers.changes)
    _settle_opposites(faces, rest)
    _close_eyes(faces, layers.closed)
    shapes = faces.T
    for name, curve in layers.looks.items():
        shapes[BLENDSHAPE_INDEX[name]] = curve
    np.maximum(faces, 0.0, out=faces)
    return np.asarray(np.minimum(faces, 1.0, out=faces), np.float32)


def giving_way(held: Floats, jaw: Value, spread: Value) -> Floats:
    """The posture (frames, 52) or (52,) without what gives way to speech."""
    base = held.copy()
    shapes = base.T
    shapes[_OPENERS] = 0.0
    shapes[_CLOSERS] *= 1.0 - at_most_one(jaw / OPEN_JAW)
    shapes[_SPREADERS] *= spread
    return base


def rounded(pucker: Floats, funnel: Floats) -> Floats:
    """(frames,) how round the lips are in speech."""
    return at_most_one(pucker + funnel)


def spread_left(rounding: Value) -> Value:
    """What rounding leaves of spread lips."""
    return 1.0 - ROUNDING_TAKES_SMILE * rounding


def summed(layers: Iterable[Curves]) -> Curves:
    total: Curves = {}
    for layer in layers:
        for name, curve in layer.items():
            total[name] = total[name] + curve if name in total else curve
    return total


def stacked(curves: Curves, frames: int) -> Floats:
    """(frames, 52) in ARKit's order, 0 where there is no curve."""
    shapes = np.zeros((frames, len(BLENDSHAPES)), np.float32)
    for name, curve in curves.items():
        shapes[:, BLENDSHAPE_INDEX[name]] = curve
    return shapes


def _settle_opposites(faces: Floats, rest: Floats) -> None:
    shapes = faces.T
    if np.maximum.reduce(shapes[_ONES] + shapes[_OTHERS], axis=None, initial=0.0) <= 1.0:
        return
    for one, other in OPPOSED:
        together = shapes[one] + shapes[other]
        share = np.maximum(together / max(1.0, float(rest[one] + rest[other])), 1.0)
        shapes[one] /= share
        shapes[other] /= share


def _close_eyes(faces: Floats, closed: Lids[Value]) -> None:
    """Blinks on top of all else: wide eyes and heavy lids shut as far as others."""
    shapes = faces.T
    for eye, lid in (("Left", closed.left), ("Right", closed.right)):
        blink, wide = BLENDSHAPE_INDEX["eyeBlink" + eye], BLENDSHAPE_INDEX["eyeWide" + eye]
        shapes[blink] += lid * (1.0 - shapes[blink])
        shapes[wide] *= 1.0 - lid
