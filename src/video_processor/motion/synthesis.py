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
from video_processor.motion.blinks import Lids, lid_company, lids
from video_processor.motion.cues import face_cues
from video_processor.motion.curves import Clock, Curves, moved, smoothed
from video_processor.motion.expression import accents, life
from video_processor.motion.gaze import eye_looks, gaze_targets, in_head, lid_follow
from video_processor.motion.head import head_pose
from video_processor.motion.lips import lips
from video_processor.motion.posture import posture
from video_processor.motion.scene import set_scene

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
    gaze = in_head(targets, pose, closed)
    spoken = lips(scene)
    living = _summed([life(scene), lid_company(closed), lid_follow(gaze)])
    base = _moved(_base(posture(scene.timeline, rest), spoken, scene.clock), living)
    changes = _summed([spoken, accents(scene), face_cues(scene.cues, scene.clock)])
    faces = _stacked(_moved(base, changes), frames)
    _settle_opposites(faces, rest)
    _close_eyes(faces, closed)
    for name, curve in eye_looks(gaze, rest).items():
        faces[:, BLENDSHAPE_INDEX[name]] = curve
    return FaceMotion(fps, np.clip(faces, 0.0, 1.0, out=faces), pose)


def speak_in(face: FaceMotion, speech: Speech, performance: Performance, *, rest: Floats, seed: int) -> FaceMotion:
    """The lips of the speech in a face that moves by itself, on a portrait whose own blendshapes are `rest` (52,).

    The face keeps its head, eyes, brows and cheeks, and its mouth's corners but for how it speaks; of the
    performance only what moves the lips is played.
    """
    scene = set_scene(speech, performance, Clock(face.fps, len(face)), seed)
    spoken = lips(scene)
    held = {name: _held(name, face, rest, scene.clock) for name in BLENDSHAPES}
    faces = _stacked(_moved(_base(held, spoken, scene.clock), spoken), len(face))
    return FaceMotion(face.fps, np.clip(faces, 0.0, 1.0, out=faces), face.pose)


def _held(name: str, face: FaceMotion, rest: Floats, clock: Clock) -> Floats:
    """The curve (frames,) of one shape of a moving face without the face's own speech."""
    curve = face.shape(name)
    if name.startswith(MOOD_CORNERS):
        return smoothed(curve, clock, MOOD_SECONDS)
    return np.full_like(curve, rest[BLENDSHAPE_INDEX[name]]) if name.startswith(SPEAKING) else curve


def _base(held: Curves, spoken: Curves, clock: Clock) -> Curves:
    """The posture without what gives way to speech."""
    shut = 1.0 - np.minimum(spoken["jawOpen"] / OPEN_JAW, 1.0)
    rounded = np.minimum(spoken["mouthPucker"] + spoken["mouthFunnel"], 1.0)
    spread = 1.0 - ROUNDING_TAKES_SMILE * smoothed(rounded, clock, SPREADER_INERTIA_SECONDS)
    giving_way = {
        **{name: np.zeros_like(shut) for name in OPENERS},
        **dict.fromkeys(CLOSERS, shut),
        **dict.fromkeys(SPREADERS, spread),
    }
    return {name: curve * giving_way[name] if name in giving_way else curve for name, curve in held.items()}


def _summed(layers: list[Curves]) -> Curves:
    total: Curves = {}
    for layer in layers:
        for name, curve in layer.items():
            total[name] = total[name] + curve if name in total else curve
    return total


def _moved(base: Curves, changes: Curves) -> Curves:
    return {name: moved(curve, changes[name]) if name in changes else curve for name, curve in base.items()}


def _stacked(curves: Curves, frames: int) -> Floats:
    """(frames, 52) in ARKit's order."""
    shapes = np.empty((frames, len(BLENDSHAPES)), np.float32)
    for index, name in enumerate(BLENDSHAPES):
        shapes[:, index] = curves[name]
    return shapes


def _settle_opposites(faces: Floats, rest: Floats) -> None:
    for one, other in OPPOSED:
        together = faces[:, one] + faces[:, other]
        share = np.maximum(together / max(1.0, float(rest[one] + rest[other])), 1.0)
        faces[:, one] /= share
        faces[:, other] /= share


def _close_eyes(faces: Floats, closed: Lids) -> None:
    """Blinks on top of all else: wide eyes and heavy lids shut as far as others."""
    for eye, lid in (("Left", closed.left), ("Right", closed.right)):
        blink, wide = BLENDSHAPE_INDEX["eyeBlink" + eye], BLENDSHAPE_INDEX["eyeWide" + eye]
        faces[:, blink] += lid * (1.0 - faces[:, blink])
        faces[:, wide] *= 1.0 - lid
