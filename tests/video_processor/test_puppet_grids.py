"""What is compiled of the coarse grids does what its twin in NumPy does, and holds whatever it is given."""

from dataclasses import replace

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.renderers.puppet.fields import CLOSE_ENOUGH_CELLS
from video_processor.renderers.puppet.head import SLOPES, _place
from video_processor.renderers.puppet.newton import STRAYED
from video_processor.renderers.puppet.stage import Plan

POSES = ((0, 0, 0, 0, 0, 0), (5, 6, 4, 0.02, 0.01, 0), (-8, -12, -6, 0, 0, 0.1))
SHAPES = {"jawOpen": 0.7, "mouthSmileLeft": 0.4, "browInnerUp": 0.8, "eyeBlinkRight": 1.0, "tongueOut": 0.5}

needs_kernels = pytest.mark.skipif(native.kernels is None, reason="installed without a C compiler")


@pytest.fixture(scope="module")
def session() -> PuppetSession:
    return build_session(analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=32))


@pytest.fixture
def shapes(session: PuppetSession) -> Floats:
    shapes = session.portrait.rest.copy()
    for name, value in SHAPES.items():
        shapes[BLENDSHAPE_INDEX[name]] = value
    return shapes


def weighed(session: PuppetSession, shapes: Floats) -> Floats:
    return session.stage.skin.weights(shapes, session.portrait.rest)


@needs_kernels
@pytest.mark.parametrize("pose", POSES)
def test_a_plan_is_the_same_compiled_and_not(
    pose: tuple[float, ...], session: PuppetSession, shapes: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, features = session.plan(shapes, np.array(pose, np.float32))
    with monkeypatch.context() as patch:
        patch.setattr(native, "kernels", None)
        own, own_features = session.plan(shapes, np.array(pose, np.float32))
    assert plan.region == own.region
    assert (plan.seen, plan.face_grid, plan.lower_grid) == (own.seen, own.face_grid, own.lower_grid)
    cell = 2 * session.stage.head.grid.step
    for nodes, others in ((plan.head, own.head), (plan.face, own.face), (plan.lower, own.lower)):
        away = np.abs(nodes - others).max(axis=-1)
        assert away.mean() < CLOSE_ENOUGH_CELLS * cell / 4
        assert np.quantile(away, 0.999) < STRAYED * cell
    assert features.lips.box == own_features.lips.box
    for line, other in ((features.lips.upper, own_features.lips.upper), (features.lips.lower, own_features.lips.lower)):
        np.testing.assert_allclose(line, other, atol=1e-3)
    np.testing.assert_allclose(features.lips.textures, own_features.lips.textures, atol=1e-3)


@needs_kernels
def test_sheets_are_inverted_as_closely_compiled(
    session: PuppetSession, shapes: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = weighed(session, shapes)
    for sheet in (session.stage.skin.upper, session.stage.skin.lower):
        nodes = sheet.grid.nodes()
        moved = (weights @ sheet.fields).reshape(nodes.shape)
        compiled = sheet.offsets(weights)
        with monkeypatch.context() as patch:
            patch.setattr(native, "kernels", None)
            own = sheet.offsets(weights)
        misses = [np.abs(offsets + sheet.grid.sample(moved, nodes + offsets)) for offsets in (compiled, own)]
        assert misses[0].mean() < misses[1].mean() + 0.005
        assert misses[0].max() < misses[1].max() + CLOSE_ENOUGH_CELLS * sheet.grid.step
        assert np.abs(compiled - own).mean() < 0.01


def test_a_shape_moves_nothing_past_its_span(session: PuppetSession) -> None:
    for sheet in (session.stage.skin.upper, session.stage.skin.lower):
        fields = sheet.fields.reshape(-1, sheet.grid.rows, sheet.grid.columns, 2).copy()
        for field, (top, bottom, left, right) in zip(fields, sheet.spans, strict=True):
            field[top:bottom, left:right] = 0
        assert not fields.any()


def test_reliefs_lie_in_the_order_of_their_slopes() -> None:
    slopes = np.log(np.linspace(SLOPES[0] - 1, SLOPES[-1] + 1, 50))
    places = np.interp(slopes, np.log(SLOPES), range(len(SLOPES)))
    np.testing.assert_allclose([_place(float(slope)) for slope in slopes], places, atol=1e-12)


@needs_kernels
@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf, 1e30, -1e9])
def test_nothing_is_read_past_the_grids_wherever_nodes_are_said_to_lie(wild: float, session: PuppetSession) -> None:
    stage = session.stage
    head = stage.head.posed(np.array([5, 6, 4, 0, 0, 0], np.float32))
    still = session.mouth_rig.follow(np.zeros((468, 2), np.float32), head)
    assert stage.head.offsets(replace(head, shift=(wild, wild, 0.0))).shape == stage.head.nodes.shape
    weights = np.full(len(stage.skin.names), wild, np.float32)
    with np.errstate(all="ignore"):
        planned: Plan = stage.plan(weights, head, still)
    turned = np.full_like(stage.head.nodes, wild)
    places, *_ = stage._carried(turned)
    assert planned.head.shape == places.shape
    stage._laid(turned, weights, still, (slice(0, 3), slice(0, 4)), (slice(1, 3), slice(0, 4)))
