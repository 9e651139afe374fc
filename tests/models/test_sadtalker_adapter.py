"""Sounds, coefficients and prepared sources of SadTalker, with small networks where the whole ones would be slow."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from avatar.errors import RenderError
from models.computing import Computing
from models.sadtalker.drawing import drawing_on
from models.sadtalker.networks import SadTalkerNetworks
from models.sadtalker.prepared import PreparedSource
from models.sadtalker.semantics import semantic_windows, still_window
from models.sadtalker.smoothing import smoothed
from models.sadtalker.sound import sad_mel_windows, sad_window_starts
from tests.seeded_weights import goldens

torch = pytest.importorskip("torch")


def test_windows_of_sound_start_where_the_originals_do() -> None:
    np.testing.assert_array_equal(sad_window_starts(50), goldens("sadtalker")["audio/mel_window_start_50_frames"])


def test_windows_at_another_rate_are_those_of_the_same_time() -> None:
    samples = np.random.default_rng(3).normal(0.0, 0.1, 32_000).astype(np.float32)
    at_25, at_50 = sad_mel_windows(samples, 50), sad_mel_windows(samples, 100, Fraction(50))
    assert at_25.shape == (50, 80, 16)
    np.testing.assert_array_equal(at_50[::2], at_25)


def test_sound_that_ends_early_is_followed_by_silence() -> None:
    samples = np.full(1_600, 0.1, np.float32)
    np.testing.assert_array_equal(sad_mel_windows(samples, 25), sad_mel_windows(np.pad(samples, (0, 14_400)), 25))
    assert sad_mel_windows(samples, 0).shape == (0, 80, 16)


def test_semantics_hold_thirteen_frames_either_side() -> None:
    coefficients = np.arange(40, dtype=np.float32)[:, None] * np.ones(70, np.float32)
    windows = semantic_windows(coefficients)
    assert windows.shape == (40, 70, 27)
    np.testing.assert_array_equal(windows[20, 5], np.arange(7, 34))
    np.testing.assert_array_equal(windows[0, 0], [0] * 13 + list(range(14)))
    np.testing.assert_array_equal(windows[39, 69], [*range(26, 40), *[39] * 13])
    np.testing.assert_array_equal(still_window(coefficients[3]), np.full((1, 70, 27), 3.0))


@pytest.mark.parametrize("frames", [13, 40])
def test_parabolas_pass_the_smoothing(frames: int) -> None:
    t = np.arange(frames)[:, None] / 10
    curves = (0.5 - t + 0.3 * t**2).astype(np.float32)
    np.testing.assert_allclose(smoothed(curves), curves, atol=1e-5)


def test_short_curves_take_the_window_that_fits() -> None:
    """Of five frames one of five; of three, which would be a single frame, none."""
    few = np.array([[0.0], [1.0], [0.0], [1.0], [0.0]], np.float32)
    np.testing.assert_allclose(smoothed(few)[2, 0], 24 / 35, atol=1e-5)
    np.testing.assert_array_equal(smoothed(few[:2]), few[:2])


class Mapping:
    """What it says is the middle of its window."""

    def __call__(self, semantics: Any) -> dict[str, Any]:
        count, middle = len(semantics), semantics[:, :45, 13]
        angles = {name: torch.zeros(count, 66) for name in ("yaw", "pitch", "roll")}
        return {**angles, "t": torch.zeros(count, 3), "exp": middle}


class Painter:
    """Paints a frame with the first number of its first keypoint; remembers the sizes of batches."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.batches: list[int] = []
        self.tried: list[int] = []

    def __call__(self, features: Any, driving: Any, source: Any) -> Any:
        self.tried.append(len(driving))
        if len(driving) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.batches.append(len(driving))
        return driving[:, 0, 0, None, None, None].expand(-1, 3, 256, 256).clone()


def painting(painter: Painter, batch: int = 4) -> SadTalkerNetworks:
    computing = Computing("cpu:0", batch=batch)
    return SadTalkerNetworks(None, None, Mapping(), None, painter, None, 256, computing, drawing_on(computing))


def source_of(networks: SadTalkerNetworks, features: Any = None) -> PreparedSource:
    return PreparedSource(networks, features, torch.zeros(15, 3), torch.zeros(1, 15, 3))


def prepared(painter: Painter, batch: int = 4) -> PreparedSource:
    return source_of(painting(painter, batch))


def semantics(values: list[float]) -> Any:
    return np.asarray(values, np.float32)[:, None, None] * np.ones((70, 27), np.float32)


def test_frames_are_drawn_in_batches_and_rounded() -> None:
    painter = Painter()
    frames = prepared(painter).draw(semantics([0.0, 0.5, 1.0, 0.1, 0.2]))
    assert frames.shape == (5, 256, 256, 3)
    assert frames[:, 0, 0, 0].tolist() == [0, 128, 255, 26, 51]
    assert painter.batches == [4, 1]
    assert prepared(painter).draw(semantics([])).shape == (0, 256, 256, 3)


def test_batches_halve_where_memory_ends_and_it_is_told() -> None:
    source = prepared(Painter(most=2))
    assert len(source.draw(semantics([0.1] * 5))) == 5
    assert source.notes == ("SadTalker ran out of memory with 4 frames at once; it draws 2",)
    with pytest.raises(RenderError, match="single frame"):
        prepared(Painter(most=0)).draw(semantics([0.1]))


def test_what_did_not_fit_for_one_picture_is_not_tried_for_another_of_either_mapping() -> None:
    painter = Painter(most=2)
    networks = painting(painter)
    first, other = source_of(networks), source_of(replace(networks, mapping=Mapping()))
    first.draw(semantics([0.1] * 4))
    assert painter.tried == [4, 2, 2]
    other.draw(semantics([0.1] * 4))
    assert painter.tried == [4, 2, 2, 2, 2]
    assert len(other.notes) == 1


def test_a_source_tells_the_memory_that_it_takes() -> None:
    features = (torch.zeros(10), torch.zeros(6, dtype=torch.float16))
    assert source_of(painting(Painter()), features).size_bytes == 40 + 12 + 2 * 45 * 4


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(RenderError, match="NaN"):
        prepared(Painter()).draw(semantics([0.1, float("nan")]))


def test_as_many_poses_as_frames_are_asked_for() -> None:
    with pytest.raises(ValueError, match="2 windows of coefficients, but 1 poses"):
        prepared(Painter()).draw(semantics([0.1, 0.2]), np.zeros((1, 3), np.float32))
