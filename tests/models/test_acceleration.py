"""Folding, tiles and batches change nothing but rounding; memory that ends halves a batch."""

from itertools import chain
from typing import Any

import pytest

from avatar.errors import RenderError
from models.acceleration import compiled, fold_batch_norms, made_ready
from models.batching import BatchSize, in_batches, out_of_memory
from models.computing import Computing, Precision
from models.devices import processor
from tests.seeded_weights import assert_golden, network_inputs, seeded_state

torch = pytest.importorskip("torch")

TIMES_TOLERANCE: dict[Precision, float] = {"fp16": 200.0, "bf16": 1500.0}
"""Of the recorded pictures' tolerance of 3e-5: 1.5 and 11.5 of 255 levels at most."""

MEAN_DIFFERENCE: dict[Precision, float] = {"fp16": 0.001, "bf16": 0.006}
"""0.26 and 1.5 of 255 levels."""


def randomised(network: Any) -> Any:
    torch.manual_seed(7)
    for module in network.modules():
        if hasattr(module, "running_var"):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            module.weight.data.uniform_(0.5, 2.0)
            module.bias.data.normal_()
    return network.eval()


@pytest.mark.parametrize(
    ("layer", "options", "norm", "shape"),
    [
        ("Conv1d", (3, 5, 3), "BatchNorm1d", (2, 3, 9)),
        ("Conv2d", (4, 5, 3), "BatchNorm2d", (2, 4, 7, 7)),
        ("Conv3d", (3, 5, 3), "BatchNorm3d", (2, 3, 5, 6, 6)),
        ("ConvTranspose2d", (3, 5, 3, 2, 1, 1), "BatchNorm2d", (2, 3, 6, 6)),
        ("Linear", (4, 5), "BatchNorm1d", (3, 4)),
        ("Linear", (4, 5, False), "BatchNorm1d", (3, 4)),
    ],
)
def test_a_folded_batch_norm_changes_nothing(
    layer: str, options: tuple[Any, ...], norm: str, shape: tuple[int, ...]
) -> None:
    nn = torch.nn
    network = randomised(nn.Sequential(getattr(nn, layer)(*options), getattr(nn, norm)(5), nn.ReLU()))
    x = torch.randn(shape)
    with torch.inference_mode():
        wanted = network(x)
    assert fold_batch_norms(network) == 1
    with torch.inference_mode():
        torch.testing.assert_close(network(x), wanted, atol=1e-5, rtol=1e-5)
    assert not any("BatchNorm" in type(module).__name__ for module in network.modules())


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_reduced_precision_stays_within_its_tolerance(precision: Precision) -> None:
    from models.wav2lip.network import Wav2LipNetwork
    from tests.seeded_weights import goldens

    network = Wav2LipNetwork()
    state = {key: torch.from_numpy(value) for key, value in seeded_state("wav2lip", "generator").items()}
    network.load_state_dict(state, assign=True)
    ready: Any = made_ready(network, Computing(precision=precision))
    inputs = [torch.from_numpy(value).to(ready.output_block[1].weight.dtype) for value in
              (network_inputs("wav2lip", "generator")[name] for name in ("mel", "face"))]  # fmt: skip
    with torch.inference_mode():
        found = ready(*inputs).float().numpy()
        if precision == "bf16" and processor().flags:
            other_place = ready(*(value.flip(0) for value in inputs)).float().flip(0).numpy()
            assert (other_place == found).all(), "a frame depends on its place in the batch"
    assert_golden("wav2lip", "generator/image", found, times=TIMES_TOLERANCE[precision])
    assert abs(found - goldens("wav2lip")["generator/image"]).mean() < MEAN_DIFFERENCE[precision]


class Machine:
    """Draws at most `fits` frames at once."""

    def __init__(self, fits: int, error: BaseException) -> None:
        self.fits, self.error = fits, error
        self.tried: list[int] = []

    def __call__(self, part: slice) -> list[int]:
        self.tried.append(part.stop - part.start)
        if self.tried[-1] > self.fits:
            raise self.error
        return list(range(part.start, part.stop))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("could not create a primitive: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("GET was unable to find an engine to execute this computation"),
    ],
)
def test_a_batch_that_does_not_fit_is_halved_and_stays_so(error: BaseException) -> None:
    machine, size = Machine(3, error), BatchSize(8, "Wav2Lip")
    assert list(chain.from_iterable(in_batches(10, machine, size))) == list(range(10))
    assert machine.tried == [8, 4, 2, 2, 2, 2, 2]
    assert size.size == 2
    assert size.notes == (
        "Wav2Lip ran out of memory with 8 frames at once; it draws 4",
        "Wav2Lip ran out of memory with 4 frames at once; it draws 2",
    )


def test_a_single_frame_that_does_not_fit_is_an_error_of_rendering() -> None:
    with pytest.raises(RenderError, match="Wav2Lip ran out of memory with a single frame"):
        in_batches(4, Machine(0, MemoryError()), BatchSize(2, "Wav2Lip"))


def test_a_network_is_compiled_where_a_compiler_works(monkeypatch: pytest.MonkeyPatch) -> None:
    network, calls = torch.nn.Linear(2, 2), list[Any]()

    def without_compiler(module: Any) -> Any:
        def run(*_: Any) -> None:
            raise RuntimeError("No working C++ compiler found")

        return run

    monkeypatch.setattr(torch, "compile", torch.nn.Sequential)
    made = compiled(network, lambda made: calls.append(made(torch.ones(1, 2))))
    assert made[0] is network
    monkeypatch.setattr(torch, "compile", without_compiler)
    assert compiled(network, lambda made: calls.append(made(torch.ones(1, 2)))) is network
    assert len(calls) == 2


def test_other_errors_are_not_taken_for_memory() -> None:
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert not out_of_memory(error)
    with pytest.raises(RuntimeError, match="mat1"):
        in_batches(4, Machine(0, error), BatchSize(2, "Wav2Lip"))


def test_pictures_that_are_no_numbers_are_an_error_of_rendering() -> None:
    import numpy as np

    from models.wav2lip.generator import LipGenerator

    def broken(mel: Any, face: Any, top: int) -> Any:
        return torch.full((len(mel), 3, 96 - top, 96), float("nan"))

    generator = LipGenerator(broken, Computing())
    with pytest.raises(RenderError, match="no numbers"):
        generator.draw(np.zeros((1, 80, 16), np.float32), np.zeros((1, 96, 96, 3), np.uint8))
