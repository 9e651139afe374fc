"""Lids and gaze of a tracked face: the inverse of what the puppet's lids and irises do."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.blendshapes import GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.types import Floats
from video_processor.motion.curves import Curves
from video_processor.renderers.puppet.lid_state import (
    EYEBALL_RADIUS,
    LID_FOLLOWS_GAZE,
    LID_LAG,
    LOWER_LAG,
    MEET_LOWER,
    SQUINT_LOWER,
    SQUINT_UPPER,
    VERTICAL_SHARE,
    WIDE_UPPER,
)
from video_processor.tracking.heads import Heads

EYES: Final = {"Right": ((33, 133), (160, 158), (144, 153), 468), "Left": ((362, 263), (385, 387), (380, 373), 473)}
"""Corners from the viewer's left to right, upper and lower lid points, iris centre."""

USUAL_OPENING: Final = 0.7
"""Quantile of the opening of eyes that do not blink that counts as at rest."""

BLINKING: Final = 0.6
"""Openings under this share of the wide open eye are blinks, not rest."""

CLOSED_SHARE: Final = (0.28, 0.45)
"""What the network still sees of the opening as an eye closes: as measured, within this, and 0.3 where none does."""
UNSEEN_CLOSED_SHARE: Final = 0.3
QUICKEST: Final = 0.002
"""Quantile of the opening that stands for closed eyes."""

LID_DEADBAND: Final = 0.05
WIDE_DEADBAND: Final = 0.08
SQUINT_DEADBAND: Final = 0.04
"""Shares of the opening by which lids only seem to move."""
BLIND: Final = 0.45
"""Lids so far closed hide where the eye looks."""


@dataclass(frozen=True, slots=True)
class _Lids:
    """Of one eye (n,), in eye distances: lids above and below the line of its corners, and the iris's place."""

    upper: Floats
    lower: Floats
    across: Floats
    up: Floats


def eye_shapes(landmarks: Floats, heads: Heads) -> Curves:
    """The eyes' blendshapes (n,), relative to the person's own usual look."""
    lids = {side: _measured(landmarks, heads, side) for side in EYES}
    openings = {side: eye.upper + eye.lower for side, eye in lids.items()}
    at_rest = {side: _rest_opening(opening) for side, opening in openings.items()}
    shut = np.mean([1.0 - openings[side] / at_rest[side] for side in EYES], axis=0)
    left, up = _gaze(lids, shut)
    curves: Curves = {}
    for side in EYES:
        curves |= _lid_shapes(lids[side], at_rest[side], up, side)
        curves |= _look_shapes(left, up, side)
    return curves


def _measured(landmarks: Floats, heads: Heads, side: str) -> _Lids:
    corners, upper, lower, iris = EYES[side]
    flat = landmarks[..., :2]
    start, end = flat[:, corners[0]], flat[:, corners[1]]
    along = end - start
    width = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-3)
    along = along / width
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    middle = (start + end) / 2

    def below(points: tuple[int, ...]) -> Floats:
        offset = flat[:, list(points)].mean(axis=1) - middle
        return np.asarray((offset * down).sum(axis=1) / heads.scales, np.float32)

    full_width = float(
        np.median(np.linalg.norm(landmarks[:, corners[0]] - landmarks[:, corners[1]], axis=1) / heads.scales)
    )
    aside = ((flat[:, iris] - middle) * along).sum(axis=1) / width[:, 0] * full_width
    return _Lids(-below(upper), below(lower), np.asarray(aside, np.float32), -below((iris,)))


def _rest_opening(opening: Floats) -> float:
    awake = opening[opening > BLINKING * np.quantile(opening, 0.9)]
    return max(float(np.quantile(awake if len(awake) else opening, USUAL_OPENING)), 1e-3)


def _closed_share(opening: Floats, at_rest: float) -> float:
    """Share of the opening that is still measured when the eye is closed."""
    least = float(np.quantile(opening, QUICKEST)) / at_rest
    return UNSEEN_CLOSED_SHARE if least > BLINKING else float(np.clip(least, *CLOSED_SHARE))


def _gaze(lids: dict[str, _Lids], shut: Floats) -> tuple[Floats, Floats]:
    """Signed eyeLook values to the subject's left and up, of both eyes together; blinks are bridged."""
    sees = np.flatnonzero(shut < BLIND)
    across = np.mean([eye.across for eye in lids.values()], axis=0)
    up = np.mean([eye.up for eye in lids.values()], axis=0)
    if not len(sees):
        return np.zeros_like(across), np.zeros_like(up)
    frames = np.arange(len(across))
    across, up = (np.interp(frames, sees, curve[sees] - np.median(curve[sees])) for curve in (across, up))
    left = np.degrees(np.arcsin(np.clip(across / EYEBALL_RADIUS, -0.9, 0.9))) / GAZE_HORIZONTAL_DEGREES
    rise = np.degrees(np.arcsin(np.clip(up / (EYEBALL_RADIUS * VERTICAL_SHARE), -0.9, 0.9))) / GAZE_VERTICAL_DEGREES
    return np.asarray(np.clip(left, -1, 1), np.float32), np.asarray(np.clip(rise, -1, 1), np.float32)


def _lid_shapes(eye: _Lids, at_rest: float, up: Floats, side: str) -> Curves:
    """Shares of the opening, taken apart as `lid_state` puts them together."""
    opening = eye.upper + eye.lower
    closed = (1.0 - opening / at_rest) / (1.0 - _closed_share(opening, at_rest))
    usual = float(np.median(eye.lower[opening > BLINKING * at_rest])) if (opening > BLINKING * at_rest).any() else 0.0
    risen = (usual - eye.lower) / at_rest - MEET_LOWER * np.maximum(closed, 0.0) ** (LOWER_LAG / LID_LAG)
    squint = np.clip((risen - SQUINT_DEADBAND) / SQUINT_LOWER, 0.0, 1.0)
    beside = SQUINT_UPPER * squint - LID_FOLLOWS_GAZE * up
    blink = (closed - SQUINT_LOWER * squint - beside) / (1.0 - beside)
    wide = (-blink - WIDE_DEADBAND) / WIDE_UPPER
    lowered = np.clip((blink - LID_DEADBAND) / (1.0 - 2 * LID_DEADBAND), 0.0, 1.0)
    return {
        f"eyeBlink{side}": np.asarray(lowered ** (1 / LID_LAG), np.float32),
        f"eyeSquint{side}": np.asarray(squint, np.float32),
        f"eyeWide{side}": np.asarray(np.clip(wide, 0.0, 1.0), np.float32),
    }


def _look_shapes(left: Floats, up: Floats, side: str) -> Curves:
    outward = left if side == "Left" else -left
    signed = {"Out": outward, "In": -outward, "Up": up, "Down": -up}
    return {f"eyeLook{way}{side}": np.maximum(curve, 0.0).astype(np.float32) for way, curve in signed.items()}
