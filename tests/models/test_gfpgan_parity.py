"""GFPGAN against recorded outputs of the original."""

from typing import Any

import numpy as np
import pytest

from models.computing import Computing
from models.devices import processor
from models.gfpgan.restorer import load_restorer, restorer_of
from tests.checkpoint_files import write_checkpoint
from tests.seeded_weights import assert_golden, goldens, manifest, network_inputs, seeded_state

torch = pytest.importorskip("torch")

MODEL = "gfpgan"
STEPS = 7
WORST_IN_BF16 = 0.063
MEAN_IN_BF16 = 0.0102

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """The file is read as the program does. The network draws once by the plain sum, once as the program has it drawn,
    then without noise; so once more in bfloat16, on a processor that has instructions for it."""
    path = tmp_path_factory.mktemp("gfpgan") / "GFPGANv1.4.pth"
    write_checkpoint(path, seeded_state(MODEL, MODEL), "params_ema")
    network = load_restorer(path, Computing())._network
    path.unlink()
    fast = {part: part.winograd for part in network.modules() if hasattr(part, "winograd")}
    for part in fast:
        part.winograd = False
    x = torch.from_numpy(network_inputs(MODEL, MODEL)["x"])
    found: Outputs = {}
    with torch.inference_mode():
        handles = _recorded(network, found)
        found["image"] = network(x)
        for handle in handles:
            handle.remove()
        for part, winograd in fast.items():
            part.winograd = winograd
        for name, noise in network.named_buffers():
            assert "noise" in name
            noise.zero_()
        found["image_zero_noise"] = network(x)
        if processor().flags:
            found["image_bf16"] = _in_bf16(network, x)
    return found


def _in_bf16(network: Any, x: Any) -> Any:
    for part in network.modules():
        if getattr(part, "phases", None) is not None:
            part.phases = None
        if hasattr(part, "by_slices"):
            part.by_slices = False
    reduced = restorer_of(network, Computing(precision="bf16"))._network
    return reduced(x.to(torch.bfloat16)).float()


def _recorded(network: Any, outputs: Outputs) -> list[Any]:
    def keep(name: str, make: Any) -> Any:
        return lambda _module, _inputs, output: outputs.__setitem__(name, make(output).clone())

    handles = [network.final_linear.register_forward_hook(keep("style_code", lambda y: y.view(1, -1, 512)))]
    for step in range(STEPS):
        for name in ("condition_scale", "condition_shift"):
            part = getattr(network, name)[step]
            handles.append(part.register_forward_hook(keep(f"{name}_{step}", lambda y: y)))
        up = network.conv_body_up[step]
        handles.append(up.register_forward_hook(keep(f"out_rgb_{step}", network.toRGB[step])))
    return handles


def recorded_part(name: str, outputs: Outputs) -> Any:
    """The part of an output that was recorded."""
    whole = outputs[name.split("/")[0]].numpy()
    cuts = {
        "crop_topleft": np.s_[:, :, :32, :32],
        "crop_centre": np.s_[:, :, 224:288, 224:288],
        "crop_bottomright": np.s_[:, :, 480:, 480:],
        "stride4": np.s_[:, :, ::4, ::4],
        "stride8": np.s_[:, :, ::8, ::8],
    }
    if "/" in name:
        return whole[cuts[name.split("/")[1]]]
    if name.startswith("condition"):
        return whole[:, ::16, :: whole.shape[2] // 8, :: whole.shape[3] // 8]
    if name.startswith("out_rgb"):
        return whole[:, :, :: max(1, whole.shape[2] // 32), :: max(1, whole.shape[3] // 32)]
    return whole


@pytest.mark.parametrize("name", list(manifest(MODEL)["tolerance_max_abs"]))
def test_outputs_equal_the_recorded_ones(outputs: Outputs, name: str) -> None:
    assert_golden(MODEL, name, recorded_part(name, outputs))


@pytest.mark.skipif(not processor().flags, reason="a processor without instructions for bfloat16 does not use it")
def test_the_picture_in_bfloat16_stays_near_the_recorded_one(outputs: Outputs) -> None:
    """Of values in -1..1: 8 and 1.3 of 255 levels."""
    found, wanted = outputs["image_bf16"].numpy()[:, :, ::8, ::8], goldens(MODEL)["image_zero_noise/stride8"]
    difference = np.abs(found - wanted)
    assert difference.max() < WORST_IN_BF16
    assert difference.mean() < MEAN_IN_BF16
