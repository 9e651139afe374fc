"""What a filmed person's mouth looks like between words: shut, at any pose and moment of the footage."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.head_pose import head_angles
from video_processor.renderers.puppet.carriage import Carriage
from video_processor.renderers.puppet.shapes import FaceShapes

Points = NDArray[np.float64]

MOST_FRAMES: Final = 300
CALM_SHARE: Final = 0.2
SHUT_GAP: Final = 0.012
"""The calmest share of the frames, and all whose inner lips are nearer than this, show the mouth at rest."""

SEAM_SHARE: Final = 0.02
WIDEST_SEAM: Final = 0.02
"""So many frames show lips that meet; full lips are measured up to so far apart then."""

NEAR_SECONDS: Final = 2.0
NEAR_DEGREES: Final = 6.0
ANYWHERE: Final = 1e-3
"""How far a moment and a pose reach, and the weight of every other calm frame."""


@dataclass(frozen=True, slots=True)
class CalmMouth:
    """Calm frames: their faces with shut lips `shapes` (m, 468 * 3) in the head's frame, `times` (m,), `poses` (m, 3).

    `mean` (468, 3) is the calm face of the whole footage. `seam`: how far apart the landmarks of this person's inner
    lips are measured when the lips meet, eye distances.
    """

    shapes: Floats
    times: NDArray[np.float64]
    poses: Floats
    mean: Points
    seam: float

    def at(self, time: float, pose: Floats) -> Points:
        """The calm face (468, 3) at that time of the footage (s) and that pose (3,), degrees."""
        late = (self.times - time) / NEAR_SECONDS
        turned = np.linalg.norm(self.poses - pose, axis=1) / NEAR_DEGREES
        weights = np.exp(-0.5 * (late**2 + turned**2)) + ANYWHERE
        found = np.asarray(weights / weights.sum(), np.float32) @ self.shapes
        return found.reshape(-1, 3).astype(np.float64)


def pose_of(turn: Points) -> Floats:
    """Pitch, yaw, roll (3,) in degrees."""
    return np.array(head_angles(turn.astype(np.float32)), np.float32)


def calm_mouth(track: Carriage, times: NDArray[np.float64]) -> CalmMouth:
    """From the frames in which the lips are nearest to each other, of those whose face is surest."""
    gaps = np.linalg.norm(track.landmarks[:, 13] - track.landmarks[:, 14], axis=1) / track.scales
    usable = np.flatnonzero(track.hold == track.hold.max())
    seam = min(float(np.quantile(gaps[usable], SEAM_SHARE)), WIDEST_SEAM)
    limit = max(float(np.quantile(gaps[usable], CALM_SHARE)), SHUT_GAP)
    calm = usable[gaps[usable] <= limit]
    calm = calm[np.linspace(0, len(calm) - 1, min(len(calm), MOST_FRAMES)).round().astype(int)]
    shut = []
    for index in calm:
        points = track.frame(int(index)).points
        open_share = max(0.0, 1.0 - seam / max(float(gaps[index]), 1e-6))
        shut.append(points + open_share * FaceShapes(points).closing())
    shapes = np.asarray(shut, np.float32).reshape(len(calm), -1)
    poses = np.stack([pose_of(track.turns[index]) for index in calm])
    mean = np.median(shapes, axis=0).reshape(-1, 3).astype(np.float64)
    return CalmMouth(shapes, times[calm], poses, mean, seam)
