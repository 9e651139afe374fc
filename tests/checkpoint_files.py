"""Checkpoint files in every form that the networks of this field are handed round in."""

import warnings
from pathlib import Path
from typing import Any, Final

import pytest
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

WRAPPINGS: Final = ("plain", "state_dict", "parallel", "params", "params_ema", "legacy", "torchscript", "safetensors")


def write_checkpoint(path: Path, arrays: Arrays, wrapping: str = "plain") -> Path:
    """The file at `path`. `parallel` is Wav2Lip's own: `state_dict`, every key after `module.`, beside an optimizer."""
    torch = pytest.importorskip("torch")
    state = {key: torch.from_numpy(value.copy()) for key, value in arrays.items()}
    if wrapping == "torchscript":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(_tree(state)).save(str(path))
    elif wrapping == "safetensors":
        from safetensors.torch import save_file

        save_file(state, path)
    else:
        torch.save(_wrapped(state, wrapping), path, _use_new_zipfile_serialization=wrapping != "legacy")
    return path


def _wrapped(state: dict[str, Any], wrapping: str) -> dict[str, Any]:
    if wrapping in ("plain", "legacy"):
        return state
    if wrapping == "parallel":
        parallel = {f"module.{key}": value for key, value in state.items()}
        optimizer = {"state": {}, "param_groups": [{"lr": 1e-4, "params": [0]}]}
        return {"state_dict": parallel, "optimizer": optimizer, "global_step": 7, "global_epoch": 2}
    if wrapping == "params_ema":
        return {"params": {key: value * 0 for key, value in state.items()}, "params_ema": state}
    return {wrapping: state}


def _tree(state: dict[str, Any]) -> Any:
    """A module without a forward pass that holds `state` under the same keys."""
    import torch

    root = torch.nn.Module()
    for key, value in state.items():
        *places, name = key.split(".")
        module = root
        for place in places:
            if not hasattr(module, place):
                module.add_module(place, torch.nn.Module())
            module = getattr(module, place)
        module.register_buffer(name, value)
    return root
