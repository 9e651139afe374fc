"""How a filmed head is carried: its place, size and turn in every frame, apart from what its face does."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.head_pose import RIGID, eye_distance, head_rotation
from video_processor.renderers.puppet.frame import HeadFrame

Points = NDArray[np.float64]

QUADRATIC: Final = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35
"""Savitzky-Golay weights, five frames: noise goes, quick lips keep their extremes, nothing is delayed."""

BINOMIAL: Final = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""Weights over five frames for the head itself, which moves more slowly than lips."""

BLOCK_FRAMES: Final = 512
"""So many are filtered at a time, so that long footage takes little memory."""

LOST_FRAMES: Final = 12
"""A face that is lost for longer than this is not guessed: those frames stay as they are."""

FADE_FRAMES: Final = 6
"""Over so many frames the mouth passes from the sound's to the footage's own where the face is lost."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """`landmarks` (n, 468, 3) of all frames, pixels, steady; `turns`, `scales`, `origins` take the head's frame there.

    `hold` (n,): how far the mouth may be moved, 0 where no face is known.
    """

    landmarks: Floats
    turns: Points
    scales: NDArray[np.float64]
    origins: Points
    hold: Floats

    def __len__(self) -> int:
        return len(self.scales)

    def frame(self, index: int) -> HeadFrame:
        """The head of one frame."""
        turn, scale, origin = self.turns[index], float(self.scales[index]), self.origins[index]
        return HeadFrame(turn, scale, origin, (self.landmarks[index] - origin) @ turn / scale)


def carriage(landmarks: Floats, reference: int) -> Carriage:
    """From landmarks (n, 478, 3) with NaN where there is no face; the head's axes are those of frame `reference`."""
    known = ~np.isnan(landmarks[:, 0, 0])
    steady = _filtered(_filled(landmarks[:, :468], known), QUADRATIC)
    first = landmarks[reference, :468]
    origin = (first[33] + first[263]) / 2
    template = ((first - origin) @ head_rotation(first) / eye_distance(first)).astype(np.float64)[list(RIGID)]
    for _ in range(2):
        turns, scales, origins = _aligned(template, steady[:, list(RIGID)].astype(np.float64))
        seen = (steady[:, list(RIGID)] - origins[:, None]) @ turns / scales[:, None, None]
        template = np.median(seen[known], axis=0)
    smooth = _filtered(turns.reshape(-1, 9), BINOMIAL).reshape(-1, 3, 3)
    left, _, right = np.linalg.svd(smooth)
    return Carriage(
        landmarks=steady,
        turns=left @ right,
        scales=_filtered(scales, BINOMIAL).astype(np.float64),
        origins=_filtered(origins, BINOMIAL).astype(np.float64),
        hold=_hold(known),
    )


def _aligned(template: Points, seen: Points) -> tuple[Points, NDArray[np.float64], Points]:
    """The similarities that lay `template` (k, 3) on each of `seen` (n, k, 3) (Umeyama 1991)."""
    centre, centres = template.mean(axis=0), seen.mean(axis=1)
    own, theirs = template - centre, seen - centres[:, None]
    left, stretch, right = np.linalg.svd(np.einsum("nki,kj->nij", theirs, own))
    sign = np.sign(np.linalg.det(left @ right))
    flip = np.ones_like(stretch)
    flip[:, 2] = sign
    turns = (left * flip[:, None]) @ right
    scales = (stretch * flip).sum(axis=1) / (own**2).sum()
    return turns, scales, centres - scales[:, None] * (turns @ centre)


def _filled(landmarks: Floats, known: NDArray[np.bool_]) -> Floats:
    """Gaps closed between the frames on either side, and by the nearest one at the ends."""
    if known.all():
        return landmarks
    frames, there = np.arange(len(landmarks)), np.flatnonzero(known)
    after = np.clip(np.searchsorted(there, frames), 0, len(there) - 1)
    before = np.clip(np.searchsorted(there, frames, side="right") - 1, 0, len(there) - 1)
    a, b = there[before], there[after]
    share = ((frames - a) / np.maximum(b - a, 1)).clip(0, 1)[:, None, None]
    return np.asarray(landmarks[a] * (1 - share) + landmarks[b] * share, np.float32)


def _hold(known: NDArray[np.bool_]) -> Floats:
    """1 where a face is known or lost for a moment only, falling to 0 before it is lost for long."""
    frames = np.arange(len(known))
    there = np.flatnonzero(known)
    before = there[np.clip(np.searchsorted(there, frames, side="right") - 1, 0, len(there) - 1)]
    after = there[np.clip(np.searchsorted(there, frames), 0, len(there) - 1)]
    lost = ~known & ((after - before > LOST_FRAMES) | (before > frames) | (after < frames))
    if not lost.any():
        return np.ones(len(known), np.float32)
    gone = np.flatnonzero(lost)
    nearest = np.searchsorted(gone, frames)
    away = np.minimum(
        np.abs(gone[np.clip(nearest, 0, len(gone) - 1)] - frames), np.abs(gone[np.clip(nearest - 1, 0, None)] - frames)
    )
    return np.asarray(np.clip(away / FADE_FRAMES, 0, 1), np.float32)


def _filtered(values: NDArray[np.floating], weights: NDArray[np.float64]) -> Floats:
    """Each element (n, ...) weighed with its neighbours; the ends go on as they are."""
    reach, last = len(weights) // 2, len(values) - 1
    filtered = np.empty(values.shape, np.float32)
    for start in range(0, len(values), BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, len(values))
        near = values[np.clip(np.arange(start - reach, stop + reach), 0, last)].astype(np.float64)
        filtered[start:stop] = sum(weight * near[k : k + stop - start] for k, weight in enumerate(weights))
    return filtered
