"""Faces in, faces out, around a network that stands in for GFPGAN's; and the parts of the real one that are small."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.errors import RenderError, WeightsError
from avatar.types import Image
from models.computing import Computing
from models.gfpgan.restorer import FaceRestorer, load_restorer
from tests.checkpoint_files import write_checkpoint

torch = pytest.importorskip("torch")


def faces(count: int) -> Image:
    return np.random.default_rng(3).integers(0, 256, (count, 512, 512, 3), dtype=np.uint8)


def test_colours_come_out_where_they_went_in() -> None:
    given = faces(3)
    found = FaceRestorer(lambda shown: shown, Computing(batch=2)).restore(given)
    assert found.dtype == np.uint8
    assert np.array_equal(found, given)
    assert FaceRestorer(lambda shown: shown, Computing()).restore(given[:0]).shape == (0, 512, 512, 3)


def test_the_network_sees_red_first_in_minus_one_to_one_and_what_it_overshoots_is_clipped() -> None:
    given = np.zeros((1, 512, 512, 3), np.uint8)
    given[..., 0] = 255
    seen: list[Any] = []

    def network(shown: Any) -> Any:
        seen.append(shown.clone())
        return shown * 2

    found = FaceRestorer(network, Computing()).restore(given)
    assert [float(value) for value in seen[0][0, :, 0, 0]] == [1.0, -1.0, -1.0]
    assert np.array_equal(found, given)


def test_no_numbers_are_an_error() -> None:
    restorer = FaceRestorer(lambda shown: shown / 0.0 * 0.0, Computing())
    with pytest.raises(RenderError, match="NaN"):
        restorer.restore(faces(1))


def test_a_batch_that_does_not_fit_is_halved() -> None:
    def network(shown: Any) -> Any:
        if len(shown) > 2:
            raise RuntimeError("CUDA out of memory")
        return shown

    given = faces(5)
    restorer = FaceRestorer(network, Computing(batch=4), threads=1)
    assert np.array_equal(restorer.restore(given), given)
    assert restorer.batch == 2
    assert "4 frames" in restorer.notes[0]


class Meeting:
    """A network that only goes on when so many threads are in it at once. `most` is how many there ever were."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties)
        self._lock = threading.Lock()
        self._inside = self.most = 0
        self.cores = set[int]()

    def __call__(self, shown: Any) -> Any:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self.cores.add(torch.get_num_threads())
        self._barrier.wait(timeout=30)
        with self._lock:
            self._inside -= 1
        return shown


def test_faces_of_one_call_are_restored_side_by_side_one_core_each_and_keep_their_order() -> None:
    given, network = faces(4), Meeting(2)
    restorer = FaceRestorer(network, Computing(batch=1), threads=2)
    assert restorer.batch == 2
    assert np.array_equal(restorer.restore(given), given)
    assert network.cores == {1}


def test_calls_of_several_chunks_share_the_room_for_faces() -> None:
    given, network = faces(3), Meeting(1)
    restorer = FaceRestorer(network, Computing(batch=1), threads=2)
    with ThreadPoolExecutor(3) as chunks:
        found = list(chunks.map(restorer.restore, [given] * 3))
    assert all(np.array_equal(one, given) for one in found)
    assert network.most <= 2


def test_where_memory_ends_with_faces_side_by_side_they_go_one_after_another() -> None:
    inside = threading.Semaphore(1)

    def network(shown: Any) -> Any:
        if not inside.acquire(blocking=False):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        if not restorer.notes:
            meeting.wait(timeout=1)
        inside.release()
        return shown

    given, meeting = faces(3), threading.Event()
    restorer = FaceRestorer(network, Computing(batch=1), threads=2)
    assert np.array_equal(restorer.restore(given), given)
    assert restorer.batch == 1
    assert "2 frames" in restorer.notes[0]


def test_another_checkpoint_is_refused_by_the_keys_that_differ(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "other.pth", {"conv.weight": np.zeros((1, 1), np.float32)}, "params")
    with pytest.raises(WeightsError, match=r"conv_body_first\.weight"):
        load_restorer(path, Computing())


def test_several_pictures_by_one_convolution_are_what_each_would_be() -> None:
    from models.gfpgan.decoder import StyleConvolution

    torch.manual_seed(1)
    layer = StyleConvolution(6, 5).eval()
    torch.nn.init.normal_(layer.modulated_conv.weight)
    torch.nn.init.normal_(layer.bias)
    layer.weight.data.fill_(0.3)
    x, latents, noise = torch.randn(3, 6, 8, 8), torch.randn(3, 512), torch.randn(1, 1, 8, 8)
    with torch.inference_mode():
        together = layer(x, latents, noise)
        alone = torch.cat([layer(x[i : i + 1], latents[i : i + 1], noise) for i in range(3)])
    assert float((together - alone).abs().max()) < 1e-5


def test_minimal_filtering_gives_the_sum_of_products() -> None:
    from models.convolution import convolved, has_winograd

    if not has_winograd():
        pytest.skip("this PyTorch is built without NNPACK")
    torch.manual_seed(2)
    x, weight, bias = torch.randn(1, 40, 26, 31), torch.randn(48, 40, 3, 3) / 19.0, torch.randn(48)
    fast, plain = (convolved(x, weight, bias, winograd=winograd) for winograd in (True, False))
    assert 0.0 < float((fast - plain).abs().max()) < 1e-4


def test_minimal_filtering_in_several_threads_at_once_gives_the_same_to_the_byte() -> None:
    from models.convolution import convolved, has_winograd
    from models.threads import network_threads

    if not has_winograd():
        pytest.skip("this PyTorch is built without NNPACK")
    torch.manual_seed(4)
    pictures, weight = torch.randn(6, 1, 64, 48, 40), torch.randn(64, 64, 3, 3) / 24.0

    def drawn(picture: Any) -> Any:
        return convolved(picture, weight, None, winograd=True)

    alone = [drawn(picture) for picture in pictures]
    together = list(network_threads("conv", "cpu", 3).map(drawn, pictures))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))


def test_halving_by_runs_is_the_mean_of_four() -> None:
    from models.gfpgan.layers import halved, halved_by_slices

    x = torch.randn(2, 3, 12, 20, generator=torch.Generator().manual_seed(5))
    assert float((halved_by_slices(x) - halved(x)).abs().max()) < 1e-6


def test_enlarging_and_convolution_are_one_sum_up_to_the_last_row() -> None:
    from models.convolution import doubled_convolved, has_winograd, phase_weights

    if not has_winograd():
        pytest.skip("this PyTorch is built without NNPACK")
    functional = torch.nn.functional
    torch.manual_seed(3)
    x, weight, bias = torch.randn(1, 16, 26, 31), torch.randn(12, 16, 3, 3) / 12.0, torch.randn(12)
    large = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    apart = doubled_convolved(x, weight, bias, phase_weights(weight)) - functional.conv2d(
        large, weight, bias, padding=1
    )
    assert apart.shape == (1, 12, 52, 62)
    assert float(apart.abs().max()) < 1e-4


def test_the_decoder_in_bfloat16_stays_near() -> None:
    from models.gfpgan.decoder import StyleDecoder
    from models.gfpgan.network import lay_channels_last

    torch.manual_seed(6)
    decoder = StyleDecoder((32, 24, 16)).eval().requires_grad_(requires_grad=False)
    for weight in (*decoder.parameters(), *decoder.buffers()):
        torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
    latents = torch.randn(1, 6, 512)
    shapes = ((1, 12, 8, 8), (1, 8, 16, 16))
    conditions = [(torch.randn(shape) * 0.2 + 1.0, torch.randn(shape)) for shape in shapes]
    with torch.inference_mode():
        wanted = decoder(latents, conditions)
        half = [tuple(map(torch.Tensor.bfloat16, pair)) for pair in conditions]
        lay_channels_last(decoder.bfloat16())
        found = decoder(latents.bfloat16(), half).float()
    assert decoder.style_convs[0].modulated_conv.weight[0].is_contiguous(memory_format=torch.channels_last)
    difference = (found - wanted).abs() / wanted.std()
    assert float(difference.max()) < 0.06
    assert float(difference.mean()) < 0.01
