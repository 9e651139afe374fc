"""Where the face is in the puppet's frames: known from what moved it, not looked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, RenderChunk
from video_processor.footage.frames import shown_frames
from video_processor.renderers.base import RenderSession
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.batches import BatchSession
from video_processor.renderers.puppet.calm_mouth import pose_of
from video_processor.renderers.puppet.engine import PuppetSession
from video_processor.renderers.puppet.footage import FootageSession
from video_processor.renderers.wav2lip.crop import FaceCrop, face_crop

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Face:
    """A frame's face: its `crop`, and the landmarks (468, 2) as the frame shows them, pixels.

    The crop follows the head alone, so that no word moves it. `hold`: how surely the face is there, 0..1.
    """

    crop: FaceCrop
    landmarks: Points
    hold: float = 1.0


def faces(session: RenderSession, chunk: RenderChunk) -> Iterator[tuple[Image, Face | None]]:
    """The puppet's frames of a chunk, and the face in each, None where the footage shows none."""
    puppet = session.session if isinstance(session, BatchSession) else session
    images, motion = session.render(chunk), chunk.own_motion
    if isinstance(puppet, FootageSession):
        shown = shown_frames(puppet.footage, chunk.first, chunk.count, motion.fps)
        for image, index, shapes in zip(images, shown, motion.blendshapes, strict=True):
            yield image, filmed_face(puppet, int(index), shapes)
    elif isinstance(puppet, PuppetSession):
        for image, shapes, pose in zip(images, motion.blendshapes, motion.pose, strict=True):
            yield image, moved_face(puppet, shapes, pose)
    else:
        raise TypeError(f"{type(puppet).__name__} tells nothing of its faces")


def moved_face(session: PuppetSession, shapes: Floats, pose: Floats) -> Face:
    """The face of a moved picture, for blendshapes (52,) and relative pose (6,)."""
    rig, head = session.mouth_rig, session.stage.head.posed(pose)
    still = rig.marks.copy()
    still[:, 2] = head.relief(rig.depths)
    moved = still.copy()
    moved[:, :2] += session.stage.skin.moved(session.stage.skin.weights(shapes, session.portrait.rest))
    return Face(_crop(head.move(still)), head.move(moved))


def filmed_face(session: FootageSession, index: int, shapes: Floats) -> Face | None:
    """The face of frame `index` of the footage, whose mouth is that of blendshapes (52,)."""
    hold = float(session.track.hold[index])
    if hold == 0:
        return None
    frame = session.track.frame(index)
    calm = session.calm.at(float(session.footage.times[index]), pose_of(frame.turn))
    moves = session.face.moves(frame, session.face.wanted(calm, shapes, session.smiles[index]), hold)
    landmarks = session.track.landmarks[index, :, :2].astype(np.float64) + moves
    return Face(_crop(frame.place(session.calm.mean)[:, :2]), landmarks, hold)


def _crop(landmarks: Points) -> FaceCrop:
    across = landmarks[topo.LEFT_OUTER_EYE] - landmarks[topo.RIGHT_OUTER_EYE]
    return face_crop(landmarks[list(topo.OVAL)], across)
