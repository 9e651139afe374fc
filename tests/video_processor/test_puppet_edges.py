"""A face at the picture's edge, or carried beyond it by the motion, is drawn as far as it is seen."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import FaceMotion, Floats, Portrait, Size
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import Crop, crop_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session

SIZE = Size(96, 128)
FAR = 3.0
"""Inter-ocular distances: further than the frame is wide, so that eyes and mouth leave it."""

CUT = 0.2
"""Share of the face beyond an edge."""


@pytest.fixture(scope="module")
def whole() -> Portrait:
    return analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)


def cut(portrait: Portrait, side: str) -> PuppetSession:
    """The portrait in a frame that ends within the face on that side."""
    points = portrait.landmarks[:468, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    (left, top), (right, bottom) = low + CUT * (high - low), high - CUT * (high - low)
    width, height = portrait.size
    crop = {
        "left": Crop(int(left), 0, width - int(left), height),
        "right": Crop(0, 0, int(right), height),
        "top": Crop(0, int(top), width, height - int(top)),
        "bottom": Crop(0, 0, width, int(bottom)),
    }[side]
    return build_session(crop_portrait(portrait, crop, SIZE))


def talking(portrait: Portrait) -> Floats:
    shapes = portrait.rest.copy()
    for name in ("jawOpen", "tongueOut", "eyeBlinkLeft", "eyeBlinkRight"):
        shapes[BLENDSHAPE_INDEX[name]] = 1.0
    return shapes


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_face_beyond_the_edge_talks_and_moves(whole: Portrait, side: str) -> None:
    session = cut(whole, side)
    shapes = talking(session.portrait)
    assert np.abs(session.draw(shapes, np.zeros(6, np.float32)).astype(int) - session.portrait.image).max() > 50
    for axis in range(3, 6):
        for way in (-1, 1):
            pose = np.array([10, 15, 8, 0, 0, 0], np.float32)
            pose[axis] = way * FAR
            frame = session.draw(shapes, pose)
            assert frame.shape == (SIZE.height, SIZE.width, 3)
            assert np.abs(frame.astype(int) - session.portrait.image).max() > 50


def test_batches_draw_a_face_that_has_left_the_frame_as_single_frames_do(whole: Portrait) -> None:
    torch = pytest.importorskip("torch")
    from video_processor.renderers.puppet.batches import BatchSession

    session = cut(whole, "left")
    ways = [(0, 0, 0), (FAR, 0, 0), (-FAR, 0, 0), (0, FAR, 0), (0, -FAR, 0), (0, 0, -FAR)]
    pose = np.array([(0, 0, 0, *way) for way in ways], np.float32)
    shapes = np.tile(talking(session.portrait), (len(ways), 1))
    together = BatchSession(session, torch.device("cpu")).draw(FaceMotion(Fraction(25), shapes, pose))
    single = [session.draw(one, turn) for one, turn in zip(shapes, pose, strict=True)]
    assert np.abs(np.stack(together).astype(int) - np.stack(single)).max() <= 2
