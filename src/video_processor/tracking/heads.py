"""A tracked face in its head's own frame, and the face that the person has at rest.

Lengths are in distances of the outer eye corners; axes as in `head_pose`: the subject's left, down, back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.head_pose import eye_distance, head_angles, head_rotation, in_head_frame

CALM_GAP: Final = (0.05, 0.012)
"""Lips no further apart than this quantile of the gap, and so many eye distances more, are as good as closed."""

OPEN_LIDS: Final = 0.4
"""Share of those frames whose eyes are too far closed for a calm face."""

MOST_CALM_FRAMES: Final = 200
ORIGIN: Final = 168
MIDDLE_LIPS: Final = (13, 14)
LID_PAIRS: Final = ((160, 144), (158, 153), (387, 373), (385, 380))
"""Upper and lower lid points that face each other, the right eye's first."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The head in each of `n` frames.

    `turns` (n, 3, 3): from its own axes to the camera's. `angles` (n, 3): pitch, yaw, roll in degrees. `scales` (n,):
    pixels between the outer eye corners.
    """

    turns: Floats
    angles: Floats
    scales: Floats

    def __getitem__(self, frames: slice) -> "Heads":
        return Heads(self.turns[frames], self.angles[frames], self.scales[frames])


def heads_of(landmarks: Floats, check: Callable[[], None] = lambda: None) -> Heads:
    """Of landmarks (n, 478, 3) in pixels, without gaps. What `check`, called for each, raises ends the work."""
    turns = np.empty((len(landmarks), 3, 3), np.float32)
    for index, points in enumerate(landmarks):
        check()
        turns[index] = head_rotation(points)
    angles = np.array([head_angles(turn) for turn in turns], np.float32)
    scales = np.array([eye_distance(points) for points in landmarks], np.float32)
    return Heads(turns, angles, np.maximum(scales, 1e-3))


def rest_face(landmarks: Floats, heads: Heads) -> Floats:
    """(478, 3) the person's face with the mouth as good as closed and the eyes open, in the head's frame."""
    calm = calm_frames(landmarks, heads)
    return np.asarray(np.median([in_head_frame(landmarks[i], heads.turns[i]) for i in calm], axis=0), np.float32)


def calm_frames(landmarks: Floats, heads: Heads) -> NDArray[np.intp]:
    """Frames in which the lips are nearly closed, the eyes open and the head near its usual pose."""
    gaps, lids = lip_gaps(landmarks, heads), lid_openings(landmarks, heads)
    closed = gaps <= np.quantile(gaps, CALM_GAP[0]) + CALM_GAP[1]
    calm = np.flatnonzero(closed & (lids >= np.quantile(lids[closed], OPEN_LIDS)))
    away = np.abs(heads.angles[calm] - np.median(heads.angles, axis=0)).max(axis=1)
    nearest = calm[np.argsort(away, kind="stable")[: max(1, (len(calm) + 1) // 2)]]
    step = max(1, len(nearest) // MOST_CALM_FRAMES)
    return np.asarray(nearest[::step], np.intp)


def lip_gaps(landmarks: Floats, heads: Heads) -> Floats:
    """(n,) distance of the inner lips."""
    upper, lower = MIDDLE_LIPS
    return np.asarray(np.linalg.norm(landmarks[:, upper, :2] - landmarks[:, lower, :2], axis=1) / heads.scales)


def lid_openings(landmarks: Floats, heads: Heads) -> Floats:
    """(n,) mean distance of the lids of both eyes."""
    upper, lower = (landmarks[:, [pair[i] for pair in LID_PAIRS], :2] for i in (0, 1))
    return np.asarray(np.linalg.norm(upper - lower, axis=2).mean(axis=1) / heads.scales)


def flat_faces(landmarks: Floats, heads: Heads, depth: Floats) -> Floats:
    """(n, 468, 2) across and down the face, from landmark 168.

    Only where points are in the picture is measured; how deep they lie is the rest face's `depth` (468,), because
    the depth of a single frame is uncertain.
    """
    seen = (landmarks[:, :468, :2] - landmarks[:, ORIGIN, None, :2]) / heads.scales[:, None, None]
    seen = seen - depth[None, :, None] * heads.turns[:, None, :2, 2]
    return np.asarray(np.einsum("nij,nkj->nki", np.linalg.inv(heads.turns[:, :2, :2]), seen), np.float32)
