"""Lids that slide over eyeballs."""

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Portrait
from video_processor.gltf.eyes import EYES, LID_CLEARANCE, Ball, EyeLines
from video_processor.gltf.parts import Moves, Points
from video_processor.renderers.puppet.eyes import MEETING_LINE
from video_processor.renderers.puppet.lid_state import (
    LID_FOLLOWS_GAZE,
    MEET_LOWER,
    SQUINT_LOWER,
    SQUINT_UPPER,
    WIDE_UPPER,
)

FOLD_SHARE: Final = 0.75
LEAST_FOLD: Final = 0.06
RIGID_FROM: Final = 0.35
"""The upper lid's skin comes from a fold this share of the way to the brow, and at least so far above the lid;
what lies further down than a share of that way goes with the lid's edge."""

CHEEK_REACH: Final = 0.2
"""The lower lid's skin comes from this far below it."""

LASHES: Final = 0.008
LASHES_MOST: Final = 0.1
"""Lashes reach so far over the eye, in inter-ocular distances, and at most over this share of its opening."""

LASH_ZONE: Final = 0.075
"""Strip above the upper lid's edge that slides without stretching, in inter-ocular distances."""

SLIDE: Final = 1.6
"""Power by which skin slides more, the nearer it is to the edge."""


def with_lashes(portrait: Portrait) -> Portrait:
    """The portrait with the upper lids' edges where their lashes end, so that lashes go with the lids."""
    marks = portrait.landmarks.copy()
    for eye in EYES:
        upper, lower = list(eye.upper[1:-1]), list(eye.lower[1:-1])
        opening = marks[lower] - marks[upper]
        height = np.maximum(np.linalg.norm(opening[:, :2], axis=1, keepdims=True), 1e-6)
        marks[upper] += opening / height * np.minimum(LASHES * portrait.inter_ocular, LASHES_MOST * height)
    return replace(portrait, landmarks=marks)


def lid_moves(points: Points, eye: EyeLines, ball: Ball, rest: Floats) -> Moves:
    """What an eye's blendshapes do to landmarks (468, 3) that show `rest` (52,)."""
    drop, lift = _slides(points, eye)
    shut = 1 / max(1 - float(rest[BLENDSHAPE_INDEX["eyeBlink" + eye.side]]), 0.2)
    shares = {
        "eyeBlink": (shut, shut * MEET_LOWER),
        "eyeSquint": (SQUINT_UPPER, SQUINT_LOWER),
        "eyeWide": (-WIDE_UPPER, 0.0),
        "eyeLookUp": (-LID_FOLLOWS_GAZE, 0.0),
        "eyeLookDown": (LID_FOLLOWS_GAZE, 0.0),
    }
    return {
        name + eye.side: _over_ball(points, drop * upper - lift * lower, ball)
        for name, (upper, lower) in shares.items()
    }


def _slides(points: Points, eye: EyeLines) -> tuple[Points, Points]:
    """How far the upper lid's skin goes down, and the lower one's up, to shut the eye: (468,) each."""
    start, end = points[eye.upper[0], :2], points[eye.upper[-1], :2]
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length
    offset = points[:, :2] - start
    along, down = offset @ axis / length, offset @ np.array([-axis[1], axis[0]])
    upper, lower = (_edge(along, down, list(line)) for line in (eye.upper, eye.lower))
    brow = float(np.median(down[list(eye.brow)]))
    fold = upper + FOLD_SHARE * np.minimum(brow - upper, -LEAST_FOLD)
    opening = np.maximum(lower - upper, 0) * ((along >= 0) & (along <= 1))
    rigid = np.maximum(upper - LASH_ZONE, fold + RIGID_FROM * (upper - fold))
    rise = np.clip((down - fold) / (rigid - fold), 0, 1) ** SLIDE * (down < (upper + lower) / 2)
    sink = np.clip((lower + CHEEK_REACH - down) / CHEEK_REACH, 0, 1) ** SLIDE * (down > (upper + lower) / 2)
    return np.asarray(rise * opening * (1 - MEETING_LINE)), np.asarray(sink * opening)


def _edge(along: Points, down: Points, line: list[int]) -> Points:
    """How far down a lid's edge lies at each place along the eye."""
    order = np.argsort(along[line])
    return np.asarray(np.interp(along, along[line][order], down[line][order]))


def _over_ball(points: Points, down: Points, ball: Ball) -> Points:
    """Moves (468, 3) of `down` (468,) that keep before the eyeball."""
    moved = points + down[:, None] * np.array([0.0, 1.0, 0.0])
    moved[:, 2] = np.where(down != 0, np.minimum(moved[:, 2], ball.front(moved) - LID_CLEARANCE), moved[:, 2])
    return np.asarray(moved - points)
