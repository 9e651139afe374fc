"""The compiled lower face is that of NumPy and OpenCV, and takes whatever positions come."""

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.renderers.puppet.fields import lay
from video_processor.renderers.puppet.lip_outline import ELLIPSE, PLACES, round_opening
from video_processor.renderers.puppet.native import Kernels

SIDE = 320
ODD: tuple[float, ...] = (float("nan"), float("inf"), -1e30, 1e30, -1.0)
LOOKS: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.08},
    {"jawOpen": 0.4, "tongueOut": 0.9},
    {"jawOpen": 0.9},
    {"jawOpen": 0.3, "mouthSmileLeft": 0.7, "mouthSmileRight": 0.7},
    {"jawOpen": 0.15, "mouthPucker": 0.9},
)


@pytest.fixture
def kernels() -> Kernels:
    if native.kernels is None:
        pytest.skip("installed without a C compiler")
    return native.kernels


@pytest.fixture(scope="module", params=(GRACE_HOPPER, ASTRONAUT))
def session(request: pytest.FixtureRequest) -> PuppetSession:
    portrait = analyse_portrait(demo_picture(request.param), face_tracker(), min_face_pixels=48)
    return build_session(frame_portrait(portrait, Size(SIDE, SIDE)))


@pytest.mark.parametrize("degrees", [0.0, 10.0])
@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_the_mouth_is_the_same_without_kernels(
    session: PuppetSession, kernels: Kernels, look: dict[str, float], degrees: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = session.portrait.rest.copy()
    for name, value in look.items():
        shapes[BLENDSHAPE_INDEX[name]] = value
    plan, features = session.plan(shapes, np.array([degrees, degrees, degrees, 0, 0, 0], np.float32))
    before, maps = plan.shown(plan.region)
    own, other = before.copy(), before.copy()
    features._lower_face(own, maps)
    monkeypatch.setattr(native, "kernels", None)
    features._lower_face(other, maps)
    difference = np.abs(own.astype(int) - other)
    assert difference.max() <= 4
    assert difference.mean() < 0.02
    assert "jawOpen" not in look or np.abs(other.astype(int) - before).max() > 30


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_are_laid_the_same_without_kernels(
    kernels: Kernels, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (9, 12, channels), dtype=np.uint8)
    share = random.random((7, 8), dtype=np.float32)
    for colours in (random.random((7, 8, 3), dtype=np.float32) * 255, np.array([10, 200, 90], np.float32)):
        first, second = picture.copy(), picture.copy()
        lay(first[1:8, 2:10], colours, share, 0.7)
        with monkeypatch.context() as without:
            without.setattr(native, "kernels", None)
            lay(second[1:8, 2:10], colours, share, 0.7)
        assert np.abs(first.astype(int) - second).max() <= 1
        assert np.array_equal(first[:, :2], picture[:, :2])
        assert np.array_equal(first[..., 3:], picture[..., 3:])


def test_a_round_opening_is_the_same_without_kernels(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(-40, 40, 31, dtype=np.float32)
    upper, lower = (np.stack([x, side * 15 * (1 - np.abs(x / 40)) + 0.1 * x], axis=1) for side in (-1, 1))
    down = np.array([-0.1, 0.995], np.float32)
    own = round_opening(upper, lower, down, 0.3, 100.0)
    monkeypatch.setattr(native, "kernels", None)
    other = round_opening(upper, lower, down, 0.3, 100.0)
    assert own is not None
    assert other is not None
    np.testing.assert_allclose(own, other, atol=1e-3)


def filled_with(value: float, *shape: int) -> Floats:
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize("odd", ODD)
def test_odd_positions_stay_within_the_pictures(kernels: Kernels, odd: float) -> None:
    face, share = np.full((5, 200, 4), 7, np.uint8), filled_with(odd, 5, 200)
    kernels.blended(face, face.copy(), share)
    assert (face == 7).all()
    field = (filled_with(odd, 2, 3, 2), 2, 3, 3, 0, 1000)
    kernels.flat_fold(face, share, field, field, (face[:3, :4].copy(), 3, 4), 0.5, odd, odd, 1.0)
    assert set(np.unique(face)) <= {7, 14}
    colours = np.zeros((5, 200, 3), np.float32)
    kernels.own_teeth(colours, face, field, (filled_with(1, 3, 4), 3, 4), 0.5, 0, 0)
    assert set(np.unique(colours)) <= {0, 7, 14}
    line = filled_with(odd, 31, 2)
    kernels.round_opening(line, line, 31, (odd, 1), 0.5, (odd, odd), PLACES, ELLIPSE, 33, filled_with(0, 66, 2))
    kernels.seam(line, line, 31, (odd, 0), (0, odd), odd, np.zeros((35, 2), np.int32))
    kernels.extent(line, 31, (odd, 0, 0, 1))


@pytest.mark.parametrize("odd", [*ODD, 0.0, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (0, 0), (2, 90), (90, 2), (40, 30)])
def test_an_odd_mouth_is_drawn_within_its_patch(kernels: Kernels, odd: float, size: tuple[int, int]) -> None:
    hole, dark = (np.full(size, value, np.uint8) for value in (255, 90))
    layer = (filled_with(100, 3, 5, 4), 3, 5, (odd, 1.0, odd, 0.0, odd, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 1.0)
    colours, cover = (filled_with(-1, *size, *more) for more in ((3,), ()))
    kernels.mouth_inside(hole, dark, *size, (layer,) * 4, (odd, 0.5, odd, odd, 0.5, odd), (9, 9, 9), colours, cover)
    assert not (colours == -1).any()
    kernels.softened(hole, *size, odd, cover)


def test_a_texture_is_not_read_past_its_last_row(kernels: Kernels) -> None:
    """A place a rounding away from its end, 128, is past it."""
    hole, rows, columns = np.full((4, 4), 255, np.uint8), 128, 192
    longer = filled_with(1, rows + 1, columns, 4)
    longer[rows] = 1e6
    lit = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 1.0
    back = (filled_with(50, 4, 4, 4), 4, 4, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), *lit)
    last = float(np.nextafter(np.float32(rows), np.float32(0)))
    layer = (longer[:rows], rows, columns, (1.0, 0.0, -3.0, 0.0, 1.0, -last), *lit)
    colours, cover = filled_with(0, 4, 4, 3), filled_with(0, 4, 4)
    kernels.mouth_inside(hole, hole, 4, 4, (back, layer), (1.0, 0.0, 1.0, 1.0, 0.5, 1.0), (9, 9, 9), colours, cover)
    assert colours.max() <= 51


def test_colours_that_do_not_fit_are_refused(kernels: Kernels) -> None:
    picture, share = np.zeros((4, 6, 4), np.uint8), filled_with(1, 4, 6)
    for colours in (filled_with(9, 4, 5, 3), np.zeros(6, np.float32)):
        with pytest.raises(BufferError):
            kernels.laid(picture, share, colours, 4, 1.0)


def test_what_is_no_patch_is_refused(kernels: Kernels) -> None:
    face, share = np.zeros((4, 6, 4), np.uint8), filled_with(0, 4, 6)
    for wrong, beside in ((face[..., :3], share), (face, share[1:]), (face[:, ::2], share[:, ::2])):
        with pytest.raises(BufferError):
            kernels.blended(wrong, wrong, beside)
    with pytest.raises(TypeError):
        kernels.blended([], face, share)  # type: ignore[arg-type]
