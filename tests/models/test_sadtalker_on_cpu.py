"""Parts of SadTalker's generator in the form for processors, against the layers that they stand for."""

import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from models.sadtalker.dense_motion import DEPTH, FEATURES, DenseMotion  # noqa: E402
from models.sadtalker.generator import SourceFeatures  # noqa: E402
from models.sadtalker.on_cpu import generator as on_cpu  # noqa: E402
from models.sadtalker.on_cpu.decoding import DOUBLED, ProcessorDecoder  # noqa: E402
from models.sadtalker.on_cpu.enlarged import FIRST, LAST, WITHIN, EnlargedFilter, laid_out  # noqa: E402
from models.sadtalker.on_cpu.motion import heat  # noqa: E402
from models.sadtalker.on_cpu.warping import shifted, warped  # noqa: E402
from models.sadtalker.spade import SpadeDecoder  # noqa: E402
from models.sadtalker.volumes import grid  # noqa: E402
from models.winograd import Scratch  # noqa: E402

functional = torch.nn.functional


def numbers(*shape: int, seed: int = 1) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class WaitingDecoder:
    """The mean of what was seen, after time for whoever else draws."""

    def __init__(self, _decoder: Any) -> None:
        pass

    def __call__(self, seen: Any, _scratch: Scratch) -> Any:
        time.sleep(0.05)
        return seen.mean().expand(1, 3, 2, 2)


class DrivenMotion:
    """Nothing moves; more is seen the larger the keypoints are."""

    def __init__(self, _network: Any) -> None:
        pass

    def __call__(self, _compressed: Any, driving: Any, _source: Any, scratch: Scratch) -> Any:
        seen = scratch.take("seen", 4, 4, 1).copy_(driving.mean().expand(4, 4, 1))
        return None, grid((DEPTH, 4, 4), seen), seen


def test_two_threads_that_share_a_generator_draw_what_each_would_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_cpu, "ProcessorMotion", DrivenMotion)
    monkeypatch.setattr(on_cpu, "ProcessorDecoder", WaitingDecoder)
    torch.manual_seed(4)
    motion = SimpleNamespace(hourglass=None, mask=None)
    third = SimpleNamespace(conv=torch.nn.Conv2d(FEATURES * DEPTH, 8, 3))
    plain = SimpleNamespace(dense_motion_network=motion, third=third, fourth=torch.nn.Conv2d(8, 8, 1), decoder=None)
    shared = on_cpu.ProcessorGenerator(plain)
    features = SourceFeatures(numbers(DEPTH, 4, 4, FEATURES), numbers(4, DEPTH, 4, 4))
    keypoints = [torch.full((3, 15, 3), value) for value in (0.5, 2.0)]

    def drawn(driving: Any) -> Any:
        with torch.inference_mode():
            return shared(features, driving, torch.zeros(1, 15, 3))

    alone = [drawn(driving) for driving in keypoints]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(drawn, keypoints))
    assert float((alone[0] - alone[1]).abs().min()) > 1e-3
    torch.testing.assert_close(together, alone, atol=0, rtol=0)


@pytest.mark.parametrize(("factor", "order"), [(2, DOUBLED), (4, (FIRST, WITHIN, WITHIN, LAST))])
def test_enlarged_pictures_are_filtered_before_they_are(factor: int, order: tuple[int, ...]) -> None:
    cells, weight, bias = numbers(1, 5, 7, 6), numbers(9, 6, 3, 3, seed=2) / 7, numbers(9, seed=3)
    found = torch.empty(1, 5 * factor, 7 * factor, 9)
    laid_out(EnlargedFilter(weight, bias)(cells), order, found)
    enlarged = functional.interpolate(cells.permute(0, 3, 1, 2), scale_factor=factor)
    wanted = functional.conv2d(enlarged, weight, bias, padding=1).relu().permute(0, 2, 3, 1)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_enlarged_volumes_are_filtered_before_they_are() -> None:
    cells, weight, bias = numbers(4, 3, 5, 6), numbers(9, 6, 3, 3, 3, seed=2) / 13, numbers(9, seed=3)
    found = torch.empty(4, 6, 10, 9)
    laid_out(EnlargedFilter(weight, bias)(cells), DOUBLED, found)
    enlarged = functional.interpolate(cells.permute(3, 0, 1, 2)[None], scale_factor=(1, 2, 2))
    wanted = functional.conv3d(enlarged, weight, bias, padding=1).relu()[0].permute(1, 2, 3, 0)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_volumes_are_read_elsewhere_as_grid_sample_does() -> None:
    """Some places lie outside, some half."""
    volume, places = numbers(6, 5, 7, 3), numbers(4, 9, 8, 3, seed=2)
    sampled = functional.grid_sample(volume.permute(3, 0, 1, 2)[None], places[None], align_corners=False)
    torch.testing.assert_close(warped(volume, places), sampled[0].permute(1, 2, 3, 0), atol=1e-5, rtol=0)


def test_shifted_volumes_are_those_of_the_network() -> None:
    volume, shifts = numbers(4, 16, 8, 12), numbers(1, 16, 3, seed=2) * 0.4
    wanted = DenseMotion().shifted(volume[None], shifts)[0]
    torch.testing.assert_close(shifted(volume, shifts[0]), wanted, atol=1e-5, rtol=0)


def test_heat_has_its_height_at_each_keypoint() -> None:
    keypoints = torch.tensor([[0.0, 0.0, 0.0], [1.0, -1.0, 1.0]]).repeat(8, 1)[:15]
    bells = heat(keypoints, (5, 7, 9))
    assert bells.shape == (5, 7, 9, 15)
    assert float(bells[2, 3, 4, 0]) == pytest.approx(1.0)
    assert float(bells[4, 0, 8, 1]) == pytest.approx(1.0)
    assert float(bells[0, 0, 0].max()) < 1e-6


@pytest.fixture(scope="module")
def decoder() -> Any:
    torch.manual_seed(5)
    made = SpadeDecoder().eval().requires_grad_(requires_grad=False)
    for name, value in (*made.named_parameters(), *made.named_buffers()):
        fan_in = max(1, value[0].numel()) if value.dim() > 1 else 100
        value.copy_(torch.randn_like(value) / fan_in**0.5)
        if name.endswith("weight_u"):
            value.div_(value.norm())
    for layer in made.modules():
        if hasattr(layer, "weight_v"):
            v = layer.weight_orig.flatten(1).t() @ layer.weight_u
            layer.weight_v.copy_(v / v.norm())
    return made


@pytest.fixture(scope="module")
def features() -> Any:
    return numbers(1, 256, 8, 8, seed=7)


def test_decoder_draws_what_the_plain_one_does(decoder: Any, features: Any) -> None:
    with torch.inference_mode():
        wanted = decoder(features)
        within = functional.pad(features, (1, 1, 1, 1))[0].permute(1, 2, 0).contiguous()
        fast, scratch = ProcessorDecoder(decoder), Scratch()
        found = fast(within, scratch)
        again = fast(within, scratch)
    assert wanted.std() > 0.02
    torch.testing.assert_close(found, wanted, atol=2e-5, rtol=0)
    torch.testing.assert_close(again, found, atol=0, rtol=0)


def test_decoder_in_half_the_precision_stays_near(decoder: Any, features: Any) -> None:
    """Within 6 % of the range at the worst pixel, and half a percent on the whole."""
    small = features[:, :, :4, :4]
    with torch.inference_mode():
        wanted = decoder(small)
        found = deepcopy(decoder).to(torch.bfloat16)(small.to(torch.bfloat16)).float()
    difference = (found - wanted).abs()
    assert float(difference.max()) < 0.06
    assert float(difference.mean()) < 0.005
