"""What a face tracker sees in a finished video: mouth, eyes and head over time.

Lengths are in distances of the outer eye corners, angles in degrees.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import EvaluationError
from avatar.types import Floats
from evaluator.statistics import Curve
from models.face_mesh.tracker import FaceTracker
from video_processor.tracking.heads import heads_of, lip_gaps
from video_processor.tracking.landmarks import TrackedFace, track_landmarks, video_frames

EYES: Final = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))
"""Outer corner, two points of the upper lid, inner corner, two points of the lower lid."""

LEAST_SEEN_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class FaceCurves:
    """Of n frames, (n,) each: `times` of the frames in seconds, `opening` between the inner lips, `width` of the mouth,
    `eyes` (height over width, mean of both), and `angles` (n, 3): pitch, yaw, roll. Frames without a face are bridged;
    `seen` is the share of the others.
    """

    times: Curve
    opening: Curve
    width: Curve
    eyes: Curve
    angles: Curve
    seen: float

    @property
    def fps(self) -> float:
        return float(1.0 / np.median(np.diff(self.times)))


def follow(video: Path, tracker: FaceTracker) -> TrackedFace:
    """Raises `EvaluationError` where a face is found in fewer than half of the frames."""
    face = track_landmarks(video_frames(video), tracker)
    if len(face.times) < 2 or face.seen.mean() < LEAST_SEEN_SHARE:
        raise EvaluationError(
            f"The tracker finds a face in {100 * face.seen.mean():.0f} % of the frames of {video.name}.",
            cure="Use a portrait whose face is larger, or a larger size.",
        )
    return face


def face_curves(face: TrackedFace) -> FaceCurves:
    """Of a face that is seen somewhere."""
    seen = face.seen
    marks = face.landmarks[seen]
    heads = heads_of(marks)
    curves = np.column_stack(
        [
            lip_gaps(marks, heads),
            np.linalg.norm(marks[:, 61] - marks[:, 291], axis=1) / heads.scales,
            np.mean([_aspect(marks, eye) for eye in EYES], axis=0),
            heads.angles,
        ]
    )
    whole = np.column_stack([np.interp(face.times, face.times[seen], curve) for curve in curves.T])
    return FaceCurves(face.times, whole[:, 0], whole[:, 1], whole[:, 2], whole[:, 3:], float(seen.mean()))


def _aspect(marks: Floats, eye: tuple[int, ...]) -> Floats:
    outer, upper1, upper2, inner, lower2, lower1 = (marks[:, i, :2] for i in eye)
    opening = np.linalg.norm(upper1 - lower1, axis=1) + np.linalg.norm(upper2 - lower2, axis=1)
    return np.asarray(opening / (2 * np.linalg.norm(outer - inner, axis=1) + 1e-6), np.float32)
