"""What a tracked face does: blendshapes and head pose over time, apart from whose face it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import InputError
from avatar.types import Floats
from video_processor.motion.curves import soft_limit
from video_processor.renderers.puppet.head import CAMERA_DISTANCE, PIVOT
from video_processor.renderers.puppet.shapes import FaceShapes
from video_processor.rest_values import rest_blendshapes
from video_processor.tracking.eye_tracking import eye_shapes
from video_processor.tracking.fit import BLOCK_FRAMES, build_fit
from video_processor.tracking.heads import Heads, flat_faces, heads_of, lip_gaps, rest_face
from video_processor.tracking.landmarks import TrackedFace
from video_processor.tracking.smoothing import OneEuro, smooth

LEAST_SEEN_SHARE: Final = 0.5
LEAST_SEEN_SECONDS: Final = 0.4
LEAST_SEEN_FRAMES: Final = 5

CLOSED_GAP: Final = 0.03
CLOSED_QUANTILE: Final = 0.02
"""Lips that are closed most of this share of the time: the network sees some gap, up to this many eye distances."""

POSE_LIMITS: Final = (15.0, 20.0, 20.0, 0.12, 0.12, 0.25)
"""Pitch, yaw, roll in degrees; x, y, z in inter-ocular distances: what a picture can follow without tearing."""

GAP_NOTED_SECONDS: Final = 0.1

LIPS: Final = OneEuro(6.0, 4.0)
LIDS: Final = OneEuro(4.0, 6.0)
LOOKS: Final = OneEuro(2.0, 5.0)
BROWS: Final = OneEuro(1.5, 2.5)
TURNS: Final = OneEuro(2.0, 0.2)
PLACES: Final = OneEuro(1.0, 12.0)


@dataclass(frozen=True, slots=True)
class TrackedExpression:
    """A person's expression over `times` (n,), seconds from the film's first frame.

    `shapes` (n, 52): blendshapes in ARKit's order, 0..1; 0 is this person at rest with closed lips. `pose` (n, 6): as
    in `FaceMotion`, from the person's usual pose. `notes`: what the user should know.
    """

    times: NDArray[np.float64]
    shapes: Floats
    pose: Floats
    notes: tuple[str, ...] = ()


def track_expression(face: TrackedFace, name: str, check: Callable[[], None] = lambda: None) -> TrackedExpression:
    """What the face of the film called `name` does, smoothed, with its gaps bridged.

    What `check`, called again and again, raises ends the work.
    Raises `InputError` where there is no face, or it is seen too seldom or too shortly.
    """
    _check_seen(face, name)
    seen = face.seen
    times, landmarks = face.times[seen], face.landmarks[seen]
    heads = heads_of(landmarks, check)
    channels = np.concatenate([_shapes(landmarks, heads, check), _pose(landmarks, heads)], axis=1)
    channels = smooth(times, channels, _filters())
    bridged = np.stack([np.interp(face.times, times, channel) for channel in channels.T], axis=1).astype(np.float32)
    shapes = np.clip(bridged[:, : len(BLENDSHAPES)], 0.0, 1.0)
    pose = np.stack(
        [soft_limit(bridged[:, len(BLENDSHAPES) + i], limit) for i, limit in enumerate(POSE_LIMITS)], axis=1
    )
    return TrackedExpression(face.times, shapes, pose, _notes(face, name))


def _check_seen(face: TrackedFace, name: str) -> None:
    cure = "Use a video in which one person's face is seen from the front nearly all the time."
    seen = face.seen
    if not seen.any():
        raise InputError(f"No face was found in {name}.", cure=cure)
    if seen.mean() < LEAST_SEEN_SHARE:
        raise InputError(f"A face is seen in only {100 * seen.mean():.0f} % of {name}.", cure=cure)
    count, seconds = int(seen.sum()), float(np.ptp(face.times[seen]))
    if count < LEAST_SEEN_FRAMES or seconds < LEAST_SEEN_SECONDS:
        frames = "1 frame" if count == 1 else f"{count} frames"
        message = f"{name} shows a face for {frames}, {seconds:.2f} s: too short for an expression."
        raise InputError(message, cure=f"Use a video of at least {LEAST_SEEN_SECONDS:g} s.")


def _notes(face: TrackedFace, name: str) -> tuple[str, ...]:
    steps = np.diff(face.times, append=2 * face.times[-1] - face.times[-2])
    lost = float(steps[~face.seen].sum())
    if lost < GAP_NOTED_SECONDS:
        return ()
    return (f"No face is seen in {lost:.1f} of the {steps.sum():.1f} s of {name}; the expression is bridged there.",)


def _shapes(landmarks: Floats, heads: Heads, check: Callable[[], None]) -> Floats:
    """(n, 52), unsmoothed."""
    rest = rest_face(landmarks, heads)
    closed = rest[:468] + _closing(rest)
    fit = build_fit(closed)
    gaps = lip_gaps(landmarks, heads)
    gaps = np.maximum(gaps - min(float(np.quantile(gaps, CLOSED_QUANTILE)), CLOSED_GAP), 0.0)
    shapes = np.empty((len(landmarks), len(BLENDSHAPES)), np.float32)
    for start in range(0, len(landmarks), BLOCK_FRAMES):
        check()
        block = slice(start, start + BLOCK_FRAMES)
        moved = flat_faces(landmarks[block], heads[block], closed[:, 2]) - closed[None, :, :2]
        shapes[block] = fit.weights(moved, gaps[block])
    for name, curve in eye_shapes(landmarks, heads).items():
        shapes[:, BLENDSHAPE_INDEX[name]] = curve
    return np.asarray(np.minimum(shapes + _held(rest), 1.0))


def _closing(rest: Floats) -> Floats:
    """(468, 3) what closes lips that are parted at rest."""
    if float(np.linalg.norm(rest[13, :2] - rest[14, :2])) <= CLOSED_GAP:
        return np.zeros((468, 3), np.float32)
    return np.asarray(FaceShapes(rest[:468].astype(np.float64)).closing(), np.float32)


def _held(rest: Floats) -> Floats:
    """(52,) the smile, frown and brows that the rest face itself shows, as in somebody who smiles all the time."""
    shown = rest_blendshapes(rest)
    kept = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("mouthSmile", "mouthFrown", "brow"))]
    held = np.zeros_like(shown)
    held[kept] = shown[kept]
    return held


def _pose(landmarks: Floats, heads: Heads) -> Floats:
    """(n, 6) from the usual pose: angles, and how far the neck has moved."""
    usual = float(np.median(heads.scales))
    eyes = (landmarks[:, 33, :2] + landmarks[:, 263, :2]) / 2
    pivots = eyes + (heads.turns[:, :2] @ PIVOT.astype(np.float32)) * heads.scales[:, None]
    place = np.stack([pivots[:, 0] / usual, -pivots[:, 1] / usual, -CAMERA_DISTANCE * usual / heads.scales], axis=1)
    pose = np.concatenate([heads.angles, place], axis=1)
    return np.asarray(pose - np.median(pose, axis=0), np.float32)


def _filters() -> list[OneEuro]:
    shapes = [_filter(name) for name in BLENDSHAPES]
    return [*shapes, TURNS, TURNS, TURNS, PLACES, PLACES, PLACES]


def _filter(name: str) -> OneEuro:
    if name.startswith("eyeLook"):
        return LOOKS
    if name.startswith("eyeBlink"):
        return LIDS
    return LIPS if name.startswith(("jaw", "mouth", "tongue")) else BROWS
