"""What the puppet's shapes do to landmarks, before any pixel moves."""

import numpy as np
import pytest

from tests.face_models import ASTRONAUT, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.frame import head_frame
from video_processor.renderers.puppet.shapes import JAW_GAP, FaceShapes


@pytest.fixture(scope="module")
def smiling() -> FaceShapes:
    """The shapes of a face that shows its teeth."""
    return FaceShapes(head_frame(analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)).points)


def test_closing_brings_every_pair_of_lip_points_together(smiling: FaceShapes) -> None:
    moved = smiling.points + smiling.closing()
    np.testing.assert_allclose(moved[list(topo.UPPER_INNER)], moved[list(topo.LOWER_INNER)], atol=1e-9)


def test_the_jaw_opens_the_inner_lips_by_its_gap(smiling: FaceShapes) -> None:
    drop = smiling.table()["jawOpen"][:, 1]
    assert drop[14] - drop[13] == pytest.approx(JAW_GAP, rel=0.05)


@pytest.mark.parametrize("shape", ["jawOpen", "closing"])
def test_the_cheeks_do_not_tear_at_the_height_of_the_mouth(shape: str, smiling: FaceShapes) -> None:
    drop = (smiling.closing() if shape == "closing" else smiling.table()[shape])[:, 1]
    aside = np.abs(smiling.x - smiling.mouth[0])
    cheek = np.flatnonzero((aside > 1.2 * smiling.half_width) & (np.abs(smiling.y - smiling.mouth[1]) < 0.25))
    order = cheek[np.argsort(smiling.y[cheek])]
    steps = np.abs(np.diff(drop[order]))
    assert steps.max() < 0.35 * np.abs(drop).max()
