"""The blocks of Wav2Lip's decoder in fewer products, against the plain layers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.computing import Computing

torch = pytest.importorskip("torch")

from models.acceleration import made_ready  # noqa: E402
from models.layers import ConvBlock, same  # noqa: E402
from models.wav2lip.tiles import (  # noqa: E402
    FirstGrowth,
    SummedDoubling,
    TiledDoubling,
    TiledResiduals,
    Workplace,
)


def folded(*blocks: Any) -> Any:
    torch.manual_seed(4)
    network = torch.nn.Sequential(*blocks)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return made_ready(network, Computing())


def numbers(*shape: int, seed: int = 1) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def assert_same(faster: Any, plain: Any, *inputs: Any) -> None:
    with torch.inference_mode():
        for x in inputs:
            torch.testing.assert_close(faster(x), plain(x), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("tile", "height", "width"), [(3, 3, 3), (3, 6, 9), (4, 4, 12), (4, 16, 8)])
def test_residual_blocks_in_tiles_are_the_plain_ones(tile: int, height: int, width: int) -> None:
    plain = folded(*same(12, 2))
    tiled = TiledResiduals(plain, tile, "residuals", Workplace())
    assert_same(tiled, plain, *(numbers(3, 12, height, width, seed=seed) for seed in (1, 2)))


@pytest.mark.parametrize(("height", "width"), [(3, 3), (2, 6), (8, 12), (1, 1)])
@pytest.mark.parametrize("tile", [3, 4])
def test_doubling_in_tiles_is_the_plain_transposed_convolution(tile: int, height: int, width: int) -> None:
    plain = folded(ConvBlock(10, 6, 3, 2, 1, widened=1))
    tiled = TiledDoubling(plain[0], tile, "doubling", Workplace())
    assert_same(tiled, plain, numbers(2, 10, height, width), numbers(2, 10, height, width, seed=2))


@pytest.mark.parametrize(("height", "width"), [(3, 3), (2, 5)])
def test_doubling_by_four_products_is_the_plain_transposed_convolution(height: int, width: int) -> None:
    plain = folded(ConvBlock(10, 6, 3, 2, 1, widened=1))
    assert_same(SummedDoubling(plain[0], "doubling", Workplace()), plain, numbers(2, 10, height, width))


def test_first_growth_is_the_plain_transposed_convolution() -> None:
    plain = folded(ConvBlock(10, 6, 3, 1, 0, widened=0))
    assert_same(FirstGrowth(plain[0]), plain, numbers(3, 10, 1, 1))


def test_a_place_takes_pictures_of_different_sizes_without_what_was_left_in_it() -> None:
    plain = folded(ConvBlock(10, 6, 3, 2, 1, widened=1))
    tiled = TiledDoubling(plain[0], 4, "doubling", Workplace())
    assert_same(tiled, plain, numbers(2, 10, 8, 8), numbers(2, 10, 5, 6), numbers(2, 10, 8, 8, seed=3))


def test_threads_work_in_memory_of_their_own() -> None:
    plain = folded(*same(12, 2))
    tiled = TiledResiduals(plain, 4, "residuals", Workplace())
    inputs = [numbers(4, 12, 24, 24, seed=seed) for seed in range(8)]

    def drawn(x: Any) -> Any:
        with torch.inference_mode():
            return [tiled(x).clone() for _ in range(5)]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(drawn, inputs))
    with torch.inference_mode():
        for x, times in zip(inputs, found, strict=True):
            for y in times:
                torch.testing.assert_close(y, plain(x), atol=2e-5, rtol=1e-4)
