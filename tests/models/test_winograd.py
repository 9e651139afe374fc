"""Convolutions in fewer products, against the plain sums."""

from typing import Any

import pytest

from models.sadtalker.on_cpu.spectra import SpectralFilter
from models.winograd import Filter, Scratch, VolumeFilter, tiled

torch = pytest.importorskip("torch")

TOLERANCE = 2e-5


def numbers(*shape: int, seed: int = 1) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def bordered(picture: Any) -> Any:
    """(..., h, w, c) within a border of zeros."""
    return torch.nn.functional.pad(picture, (0, 0, 1, 1, 1, 1))


@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 12), (40, 16)])
def test_filter_gives_the_plain_sum(height: int, width: int) -> None:
    picture, weight, bias = numbers(height, width, 24), numbers(40, 24, 3, 3, seed=2) / 15, numbers(40, seed=3)
    found, scratch = torch.empty(height, width, 40), Scratch()
    places = tiled(found)
    for rows, band in Filter(weight, bias).bands(bordered(picture), scratch):
        places[rows] = band
    wanted = torch.nn.functional.conv2d(picture.permute(2, 0, 1)[None], weight, bias, padding=1)[0].permute(1, 2, 0)
    assert (found - wanted).abs().max() < TOLERANCE


def test_bands_of_a_tall_picture_join_without_a_seam() -> None:
    """More than one band, and the last lower than the others."""
    picture, weight = numbers(1100, 32, 64), numbers(8, 64, 3, 3, seed=2) / 24
    found = torch.empty(1100, 32, 8)
    bands = Filter(weight).bands(bordered(picture), Scratch())
    heights = []
    for rows, band in bands:
        tiled(found)[rows] = band
        heights.append(len(band))
    wanted = torch.nn.functional.conv2d(picture.permute(2, 0, 1)[None], weight, padding=1)[0].permute(1, 2, 0)
    assert len(heights) > 1
    assert heights[-1] < heights[0]
    assert (found - wanted).abs().max() < TOLERANCE


def test_channels_of_a_wider_picture_are_read_where_they_lie() -> None:
    wide, weight = bordered(numbers(8, 8, 20)), numbers(8, 12, 3, 3, seed=2) / 10
    [(_, band)] = Filter(weight).bands(wide[..., 5:17], Scratch())
    wanted = torch.nn.functional.conv2d(wide[..., 5:17].permute(2, 0, 1)[None], weight)[0].permute(1, 2, 0)
    assert (band.reshape(8, 8, 8) - wanted).abs().max() < TOLERANCE


def test_merged_rows_are_those_of_a_picture_whose_cells_hold_the_middle_twice() -> None:
    """Cells of first, middle, last and those of first, middle, middle, last."""
    held, weight = numbers(9, 12, 16), numbers(8, 16, 3, 3, seed=2) / 12
    order = [0, 1, 1, 2]
    rows = [3 * cell + place for cell in range(3) for place in order]
    columns = [3 * cell + place for cell in range(4) for place in order]
    whole = held[rows][:, columns]
    [(_, band)] = Filter(weight, merged=True).bands(bordered(held), Scratch())
    wanted = torch.nn.functional.conv2d(whole.permute(2, 0, 1)[None], weight, padding=1)[0].permute(1, 2, 0)
    assert (band.reshape(12, 16, 8) - wanted).abs().max() < TOLERANCE


def test_volume_filter_gives_the_plain_sum_rectified() -> None:
    volume, weight, bias = numbers(5, 8, 12, 10), numbers(14, 10, 3, 3, 3, seed=2) / 16, numbers(14, seed=3)
    [(_, band)] = VolumeFilter(weight, bias).bands(bordered(volume), Scratch())
    wanted = torch.nn.functional.conv3d(volume.permute(3, 0, 1, 2)[None], weight, bias, padding=1)[0].relu()
    assert (band.reshape(5, 8, 12, 14) - wanted.permute(1, 2, 3, 0)).abs().max() < TOLERANCE


def test_spectra_give_the_plain_sum() -> None:
    volume, weight, bias = numbers(5, 32, 16, 6), numbers(4, 6, 7, 7, 7, seed=2) / 45, numbers(4, seed=3)
    bordered_by_three = torch.nn.functional.pad(volume, (0, 0, 3, 3, 3, 3))
    found = SpectralFilter(weight, bias)(bordered_by_three, Scratch())
    wanted = torch.nn.functional.conv3d(volume.permute(3, 0, 1, 2)[None], weight, bias, padding=3)[0]
    assert (found - wanted.permute(1, 2, 3, 0)).abs().max() < TOLERANCE


def test_scratch_is_the_same_memory_each_time_and_its_borders_stay_zero() -> None:
    scratch = Scratch()
    first = scratch.take("a", 4, 6)
    assert scratch.take("a", 3, 5).data_ptr() == first.data_ptr()
    picture = scratch.bordered("b", 4, 4, 2)
    picture[1:-1, 1:-1] = 1.0
    again = scratch.bordered("b", 4, 4, 2)
    assert again.data_ptr() == picture.data_ptr()
    assert float(again.sum()) == 32.0
