"""The compiled loops of the eyes give the pictures of their twins, and bear any numbers."""

import numpy as np
import pytest

from avatar.types import Floats, Image
from tests.face_models import ASTRONAUT, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.eyes import Eye, LidState, build_eyes
from video_processor.renderers.puppet.fields import Grid
from video_processor.renderers.puppet.texture import FINENESS, Texture, lay_patch

LIDS = [
    (0.0, 0.0),
    (0.03, 0.0),
    (-0.1, 0.05),
    (-0.34, 0.0),
    (0.3, 0.0),
    (0.3, 0.1),
    (0.46, 0.0),
    (0.7, 0.14),
    (1.0, 0.14),
]
SUBPIXELS = 32
GAZES = [(0.0, 0.0), (1.5, 0.4), (-0.6, -1.2)]

pytestmark = pytest.mark.skipif(native.kernels is None, reason="installed without a C compiler")


@pytest.fixture(scope="module")
def eyes() -> tuple[Eye, Eye]:
    portrait = analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)
    cover = np.random.default_rng(0).integers(0, 256, portrait.image.shape[:2]).astype(np.uint8)
    return build_eyes(portrait, cover)


@pytest.mark.parametrize("gaze", GAZES)
@pytest.mark.parametrize("lids", LIDS)
def test_an_eye_is_drawn_as_without_a_compiler(
    lids: tuple[float, float], gaze: tuple[float, float], eyes: tuple[Eye, Eye], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = LidState(*lids, *gaze)
    subjects = [subject for eye in eyes for subject in (eye, eye.part(state))]
    drawn = [subject.draw(state) for subject in subjects]
    monkeypatch.setattr(native, "kernels", None)
    for subject, one in zip(subjects, drawn, strict=True):
        change = np.abs(one.astype(int) - subject.draw(state))
        assert change.max() <= 4
        assert change.mean() < 0.1
        np.testing.assert_array_equal(one[..., 3], subject.cover)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30, -1e30, 40.0, -40.0])
def test_no_state_of_an_eye_reads_beyond_its_patch(number: float, eyes: tuple[Eye, Eye]) -> None:
    for values in np.vstack([np.eye(4), np.ones((1, 4))]):
        state = LidState(*(number if value else 0.1 for value in values))
        for subject in (eyes[0], *eyes[0].parts):
            np.testing.assert_array_equal(subject.draw(state)[..., 3], subject.cover)


def laid(patch: Image, places: Floats) -> Image:
    """A patch whose corner is at (5, 8) laid over a canvas of 7s, from its pixel (2, 3) on."""
    rows, columns = places.shape[:2]
    canvas = np.full((rows + 4, columns + 5, 4), 7, np.uint8)
    box = slice(8, 8 + patch.shape[0]), slice(5, 5 + patch.shape[1])
    seen, part = (slice(10, 10 + rows), slice(20, 20 + columns)), (slice(2, 2 + rows), slice(3, 3 + columns))
    lay_patch(patch, box, Texture(patch, 3, -2), Grid(20, 10, columns, rows, 1), places, seen, canvas, part)
    return canvas


def places_of(x: Floats, y: Floats) -> Floats:
    """Places in the texture of `laid` for columns `x` and rows `y` of the patch."""
    moved = (np.stack(np.meshgrid(x, y), axis=-1) + np.array([5 - 3, 8 + 2])) * FINENESS
    return np.asarray(np.round(moved * SUBPIXELS) / SUBPIXELS, np.float32)


@pytest.mark.parametrize("size", [(2, 2), (3, 5), (20, 31)])
def test_a_patch_is_laid_as_without_a_compiler(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    patch = random.integers(32, 224, (*size, 4)).astype(np.uint8)
    y, x = (np.sort(random.uniform(0, n - 1.02, 40)) for n in size)
    outside = np.array([-3.0, -0.6, 60.0])
    places = places_of(np.append(x, outside), np.append(y, outside))
    compiled = laid(patch, places)
    monkeypatch.setattr(native, "kernels", None)
    twin = laid(patch, places)
    assert np.abs(compiled.astype(int) - twin).max() <= 3
    np.testing.assert_array_equal(compiled == 7, twin == 7)


def test_a_patch_ends_softly_over_the_last_sample() -> None:
    patch = np.full((9, 9, 4), 207, np.uint8)
    edge = np.array([-0.6, -0.375, -0.25, -0.125, 0.0, 8.0, 8.125, 8.25, 8.375, 8.6])
    canvas = laid(patch, places_of(edge, np.array([4.0, 4.0])))
    expected = [7, 57, 107, 157, 207, 207, 157, 107, 57, 7]
    np.testing.assert_allclose(canvas[2, 3:13, 0], expected, atol=1)


def test_places_may_be_anything() -> None:
    patch = np.full((6, 6, 4), 200, np.uint8)
    places = np.full((3, 4, 2), 1e30, np.float32)
    places[0] = np.nan
    places[1] = -np.inf
    places[2, :2] = np.inf
    assert (laid(patch, places) == 7).all()
