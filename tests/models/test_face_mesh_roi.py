import numpy as np
import pytest

from avatar.types import Image
from models.face_mesh.roi import Roi, crop, to_picture


def gradient(width: int = 200, height: int = 160) -> Image:
    """A picture whose red is x and whose green is y."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.uint8)


def test_an_upright_square_of_its_own_size_is_cut_out_unchanged() -> None:
    image = gradient()
    cut = crop(image, Roi((70.0, 80.0), 64.0, 0.0), 64)
    assert np.array_equal(cut, image[48:112, 38:102])


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2, np.pi / 2])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_place_in_the_crop_shows_the_place_of_the_picture_that_it_maps_to(angle: float, mirrored: bool) -> None:
    roi = Roi((100.0, 80.0), 60.0, angle)
    cut = crop(gradient(), roi, 48, mirrored=mirrored)
    pixels = np.array([[10, 20], [24, 24], [40, 5]])
    there = to_picture((pixels + 0.5).astype(np.float32), roi, 48, mirrored=mirrored)
    shown = np.array([cut[y, x, :2] for x, y in pixels]) + 0.5
    assert np.allclose(there, shown, atol=1.0)


def test_depth_is_scaled_like_the_picture_and_never_turned() -> None:
    points = np.array([[32.0, 32.0, 8.0]], np.float32)
    assert to_picture(points, Roi((50.0, 60.0), 128.0, 0.7), 64)[0] == pytest.approx([50.0, 60.0, 16.0], abs=1e-4)


def test_a_large_square_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((640, 640, 3), np.uint8)
    stripes[:, ::2] = 200
    cut = crop(stripes, Roi((320.0, 320.0), 600.0, 0.0), 48)
    assert np.abs(cut.astype(int) - 100).max() <= 10


def test_beyond_the_picture_its_edge_goes_on() -> None:
    cut = crop(gradient(), Roi((0.0, 80.0), 64.0, 0.0), 64)
    assert (cut[:, :32, 0] == 0).all()
    assert cut[32, 63, 0] == 31


@pytest.mark.parametrize("centre", [(-500.0, -500.0), (5000.0, 40.0)])
@pytest.mark.parametrize("side", [40.0, 900.0])
def test_a_square_wholly_outside_still_gives_a_crop(centre: tuple[float, float], side: float) -> None:
    assert crop(gradient(), Roi(centre, side, 0.3), 32).shape == (32, 32, 3)
