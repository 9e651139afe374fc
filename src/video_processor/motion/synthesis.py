"""Performance and speech become the motion of a face.

Which control moves what, besides its own curve: `energy` scales gestures, brow accents and drift, and the
lips by a tenth; `head_motion` and `head_tilt` turn the eyes against the head; `gaze_contact` turns the
head by a sixth of a look away; emotion, `smile` and `eyebrow_raise` share brows, cheeks and mouth corners.
"""

from fractions import Fraction
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.performance import Performance
from avatar.types import FaceMotion, Floats, Speech
from video_processor.motion.blinks import lid_company, lids
from video_processor.motion.composition import (
    SPREADER_INERTIA_SECONDS,
    Layers,
    composed,
    giving_way,
    rounded,
    spread_left,
    stacked,
    summed,
)
from video_processor.motion.cues import PITCH, YAW, face_cues
from video_processor.motion.curves import Clock, Curves, moved, smoothed
from video_processor.motion.expression import accents, life
from video_processor.motion.gaze import Gaze, eye_looks, gaze_targets, in_head, lid_follow
from video_processor.motion.head import head_pose
from video_processor.motion.lips import lips
from video_processor.motion.posture import posture
from video_processor.motion.scene import set_scene

SPEAKING: Final = ("jaw", "mouth", "tongue")
MOOD_CORNERS: Final = ("mouthSmile", "mouthFrown")
MOOD_SECONDS: Final = 0.3
"""Of the lower face the corners show mood too, in what of them moves more slowly than speech (standard deviation)."""


def synthesise_motion(
    speech: Speech, performance: Performance, *, fps: Fraction, frames: int, rest: Floats, seed: int
) -> FaceMotion:
    """The motion of `frames` frames for a portrait whose own blendshapes are `rest` (52,).

    The same for the same seed, whatever the platform; a frame holds what is shown in its own interval.
    """
    scene = set_scene(speech, performance, Clock(fps, frames), seed)
    targets = gaze_targets(scene)
    pose = head_pose(scene, targets)
    closed = lids(scene)
    gaze = in_head(targets, Gaze(pose[:, YAW], pose[:, PITCH]), closed.both)
    spoken = lips(scene)
    layers = Layers(
        held=stacked(posture(scene.timeline, rest), frames),
        jaw=spoken["jawOpen"],
        spread=_spread(spoken, scene.clock),
        living=stacked(summed((life(scene), lid_company(closed), lid_follow(gaze))), frames),
        changes=stacked(summed((spoken, accents(scene), face_cues(scene.cues, scene.clock))), frames),
        closed=closed,
        looks=eye_looks(gaze, rest),
    )
    return FaceMotion(fps, composed(layers, rest), pose)


def speak_in(face: FaceMotion, speech: Speech, performance: Performance, *, rest: Floats, seed: int) -> FaceMotion:
    """The lips of the speech in a face that moves by itself, on a portrait whose own blendshapes are `rest` (52,).

    The face keeps its head, eyes, brows and cheeks, and its mouth's corners but for how it speaks; of the
    performance only what moves the lips is played.
    """
    scene = set_scene(speech, performance, Clock(face.fps, len(face)), seed)
    spoken = lips(scene)
    held = stacked({name: _held(name, face, rest, scene.clock) for name in BLENDSHAPES}, len(face))
    base = giving_way(held, spoken["jawOpen"], _spread(spoken, scene.clock))
    faces = moved(base, stacked(spoken, len(face)))
    return FaceMotion(face.fps, np.clip(faces, 0.0, 1.0, out=faces), face.pose)


def _held(name: str, face: FaceMotion, rest: Floats, clock: Clock) -> Floats:
    """The curve (frames,) of one shape of a moving face without the face's own speech."""
    curve = face.shape(name)
    if name.startswith(MOOD_CORNERS):
        return smoothed(curve, clock, MOOD_SECONDS)
    return np.full_like(curve, rest[BLENDSHAPE_INDEX[name]]) if name.startswith(SPEAKING) else curve


def _spread(spoken: Curves, clock: Clock) -> Floats:
    rounding = rounded(spoken["mouthPucker"], spoken["mouthFunnel"])
    return spread_left(smoothed(rounding, clock, SPREADER_INERTIA_SECONDS))
