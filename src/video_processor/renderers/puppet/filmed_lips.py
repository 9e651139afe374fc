"""Where the lips, the teeth and the tongue are in a dubbed frame."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import Box, softstep
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.lip_outline import rounded
from video_processor.renderers.puppet.lips import (
    LOWER_LINE,
    MOST_OUTWARD,
    OPENING_GAP,
    UPPER_LINE,
    WIDE_GAP,
    Lips,
    texture_corners,
)

Points = NDArray[np.float64]

SHUT_GAP: Final = 0.004
"""The inside shows from this opening on, eye distances."""

PARTED_HURRY: Final = 0.8
"""What is between lips that were filmed parted shows in both sheets: it is covered over so much less opening."""

ALONG: Final = np.array([0.0, *[1.0] * 9, 0.0])
"""The lip lines are moved together along their length, not at their ends."""

JAW_POINTS: Final = (17, 200, topo.CHIN)
TONGUE_FOLLOWS: Final = 0.8


def filmed_lips(
    frame: HeadFrame, marks: Points, box: Box, calm: Points, wanted: Points, *, seam: float, parted: float
) -> Lips:
    """The lips in the patch `box` where the landmarks `marks` (468, 2) have arrived.

    `calm` and `wanted` (468, 3) are the shut face and the one that is drawn, in the head's frame. Shut lips are
    `seam` apart, eye distances. `parted`, 0..1: whether they are in the footage.
    """
    across = frame.turn[:2, 0] / np.linalg.norm(frame.turn[:2, 0])
    down = np.array([-across[1], across[0]])
    gap = float((marks[14] - marks[13]) @ down) / frame.scale - seam
    inwards = np.outer(ALONG * 0.5 * seam * frame.scale, down)
    origin = np.array([box[1].start, box[0].start], np.float64)
    first, second = _lines(marks, gap)
    upper, lower = rounded(first + inwards) - origin, rounded(second - inwards) - origin
    own_width = np.linalg.norm(calm[308] - calm[78])
    return Lips(
        box=box,
        reach=box,
        under=float((lower @ down).max()),
        upper=upper.astype(np.float32),
        lower=lower.astype(np.float32),
        sideways=across.astype(np.float32),
        down=down.astype(np.float32),
        textures=_textures(frame, calm, wanted, origin),
        gap=gap,
        own_gap=0.0,
        cover=float(np.clip((gap - SHUT_GAP) / (OPENING_GAP * (1 - PARTED_HURRY * parted)), 0, 1)),
        narrow=float(np.linalg.norm(wanted[308] - wanted[78]) / own_width),
        tongue_out=0.0,
        unit=frame.scale,
    )


def _lines(marks: Points, gap: float) -> tuple[Points, Points]:
    """The inner lines (11, 2) of upper and lower lip; a wide open mouth parts almost up to its outer corners."""
    wide = MOST_OUTWARD * softstep(*WIDE_GAP, gap)
    upper, lower = (marks[list(ring)] for ring in (UPPER_LINE, LOWER_LINE))
    for line in (upper, lower):
        for end, corner in ((0, 78), (-1, 308)):
            line[end] = marks[corner] * (1 - wide) + line[end] * wide
    return upper, lower


def _textures(frame: HeadFrame, calm: Points, wanted: Points, origin: Points) -> tuple[Floats, Floats, Floats]:
    """Corners (3, 2) of upper teeth, lower teeth and tongue, which go with the jaw."""
    jaw = frame.to_picture((wanted - calm)[list(JAW_POINTS)]).mean(axis=0)
    upper, lower, tongue = (corners[:, :2] - origin for corners in texture_corners(replace(frame, points=calm)))
    return (
        np.asarray(upper, np.float32),
        np.asarray(lower + jaw, np.float32),
        np.asarray(tongue + TONGUE_FOLLOWS * jaw, np.float32),
    )
