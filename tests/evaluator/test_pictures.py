import cv2
import numpy as np
import pytest

from avatar.types import Image
from evaluator.pictures import flicker, similarity, ssim_map

RANDOM = np.random.Generator(np.random.PCG64(2))
PICTURE: Image = np.asarray(cv2.GaussianBlur(RANDOM.integers(0, 255, (64, 64), np.uint8), (0, 0), 2), np.uint8)


def test_steady_frames_do_not_flicker_and_shimmering_ones_do() -> None:
    brighter = np.clip(PICTURE.astype(int) + 3, 0, 255).astype(np.uint8)
    assert flicker(PICTURE, PICTURE, PICTURE) == 0.0
    assert flicker(PICTURE, brighter, PICTURE) == pytest.approx(6.0, abs=0.2)


def test_what_moves_is_no_flicker() -> None:
    first = np.full((32, 32), 100, np.uint8)
    second, third = first.copy(), first.copy()
    second[:, 16:], third[:, 16:] = 150, 200
    assert flicker(first, second, third) == 0.0
    assert flicker(np.zeros_like(first), second, np.full_like(first, 200)) is None


def test_a_picture_is_like_itself_and_not_like_another() -> None:
    assert ssim_map(PICTURE, PICTURE).mean() == pytest.approx(1.0)
    assert ssim_map(PICTURE, np.roll(PICTURE, 20, axis=1)).mean() < 0.6
    blurred = np.asarray(cv2.GaussianBlur(PICTURE, (0, 0), 1), np.uint8)
    assert 0.5 < ssim_map(PICTURE, blurred).mean() < 1.0


def test_similarity_finds_turn_scale_and_shift() -> None:
    points = RANDOM.uniform(0, 100, (20, 2)).astype(np.float32)
    turn = 1.2 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    targets = (points @ turn.T + np.array([5.0, -7.0])).astype(np.float32)
    np.testing.assert_allclose(similarity(points, targets), np.column_stack([turn, [5.0, -7.0]]), atol=1e-4)
