"""The trained network that comes with the project: read, and checked to be the file that it should be."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import WeightsError
from models.visemes.fingerprint import SHA256
from models.visemes.network import AHEAD_STEPS, DILATIONS, Layer, Network

WEIGHTS_FILE: Final = Path(__file__).with_name("visemes.safetensors")
CURE: Final = "Bring back the project's own file, or train it again with `python scripts/train_visemes.py`."


@lru_cache(maxsize=1)
def own_network() -> Network:
    """The network of `WEIGHTS_FILE`. Raises `WeightsError`."""
    return read_network(WEIGHTS_FILE, SHA256)


def read_network(path: Path, sha256: str) -> Network:
    """The network in a safetensors file. Raises `WeightsError` where it is missing or has another SHA-256."""
    from safetensors.numpy import load

    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"The lip network {path} cannot be read: {error.strerror or error}.", cure=CURE) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsError(f"The lip network {path} is damaged: its SHA-256 is {found}, not {sha256}.", cure=CURE)
    return network_of({name: np.asarray(value, np.float32) for name, value in load(content).items()})


def network_of(arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> Network:
    """A network from its arrays: `layer0.weight`, `layer0.bias` and so on, `head.weight`, `head.bias`, `shapes`."""
    layers = [
        Layer(arrays[f"layer{i}.weight"], arrays[f"layer{i}.bias"], dilation, ahead, residual=i > 0)
        for i, (dilation, ahead) in enumerate(zip(DILATIONS, AHEAD_STEPS, strict=True))
    ]
    return Network(tuple(layers), arrays["head.weight"], arrays["head.bias"], arrays["shapes"])
