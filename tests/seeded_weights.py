"""Weights and inputs that follow from their names alone, by which a network is compared with recorded outputs.

The rules are those under which the outputs in `tests/goldens` were recorded (rule version 1): a tensor called `key` is
made of `PCG64(CRC32(key))`'s standard normal numbers; its entry in the manifest says how.
"""

import json
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

GOLDENS: Final = Path(__file__).with_name("goldens")
WAVES: Final = 6

Arrays = dict[str, NDArray[Any]]


def manifest(model: str) -> dict[str, Any]:
    """What is recorded of `model`: networks with their tensors and inputs, and tolerances."""
    content: dict[str, Any] = json.loads((GOLDENS / model / "manifest.json").read_text(encoding="utf-8"))
    return content


def goldens(model: str) -> Arrays:
    """The recorded outputs of `model`, by `network/output`."""
    with np.load(GOLDENS / model / "golden.npz") as file:
        return {name: file[name] for name in file.files}


def generator(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def seeded_state(model: str, network: str) -> Arrays:
    """Every tensor of a network, in the manifest's order."""
    tensors: dict[str, Any] = manifest(model)["networks"][network]["tensors"]
    made = {key: _tensor(key, entry) for key, entry in tensors.items() if entry["kind"] not in ("sn_u", "sn_v")}
    singular = {key: _singular(key, tensors, made) for key in tensors if key not in made}
    return {key: made[key] if key in made else singular[key] for key in tensors}


def seeded_input(entry: dict[str, Any]) -> NDArray[Any]:
    """An input from its entry in the manifest."""
    kind, shape = entry["kind"], tuple(entry["shape"])
    if kind == "values":
        return np.asarray(entry["values"], entry.get("dtype", "float32")).reshape(shape)
    numbers = generator(entry["seed_name"])
    if kind == "uniform":
        return np.float32(entry["lo"]) + np.float32(entry["hi"] - entry["lo"]) * numbers.random(shape, np.float32)
    if kind == "normal":
        noise = numbers.standard_normal(shape, np.float32)
        return np.float32(entry.get("mean", 0.0)) + np.float32(entry.get("std", 1.0)) * noise
    if kind == "int":
        whole: NDArray[Any] = numbers.integers(entry["lo"], entry["hi_exclusive"], size=shape)
        return whole
    if kind == "waves":
        return _waves(numbers, shape, entry["lo"], entry["hi"])
    raise ValueError(f"no input of the kind {kind}")


def network_inputs(model: str, network: str) -> Arrays:
    entries = manifest(model)["networks"][network]["inputs"]
    return {name: seeded_input(entry) for name, entry in entries.items()}


def assert_golden(model: str, name: str, found: NDArray[Any], *, times: float = 1.0) -> None:
    """`found` equals the recorded output to its tolerance; to `times` that, for reduced precision."""
    wanted, tolerance = goldens(model)[name], manifest(model)["tolerance_max_abs"][name]
    assert found.shape == wanted.shape, f"{name}: {found.shape}, recorded {wanted.shape}"
    worst = float(np.abs(found.astype(np.float64) - wanted.astype(np.float64)).max())
    assert worst <= tolerance * times, f"{name}: {worst:.2e} off, {tolerance * times:.2e} allowed"


def _tensor(key: str, entry: dict[str, Any]) -> NDArray[Any]:
    kind, shape = entry["kind"], tuple(entry["shape"])
    noise = generator(key).standard_normal(shape, np.float32)
    if kind == "weight":
        return noise * np.float32(entry["gain"] / entry["fan_in"] ** 0.5)
    if kind == "scale":
        return np.float32(1.0) + np.float32(0.1) * noise
    if kind == "bias":
        return np.float32(entry.get("std", 0.1)) * noise
    if kind == "var":
        return np.float32(1.0) + np.float32(0.1) * np.abs(noise)
    if kind == "normal":
        return np.float32(entry["std"]) * noise
    if kind == "zeros":
        return np.zeros(shape, entry["dtype"])
    if kind == "arange":
        return np.arange(np.prod(shape), dtype=entry["dtype"]).reshape(shape)
    if kind == "gauss_kernel":
        return _low_pass(shape, entry["sigma"])
    if kind == "inv_freq":
        return np.asarray(1.0 / entry["theta"] ** (np.arange(shape[0]) / shape[0]), np.float32)
    raise ValueError(f"no tensor of the kind {kind}")


def _low_pass(shape: tuple[int, ...], sigma: float) -> NDArray[Any]:
    axes = [np.exp(-((np.arange(n) - (n - 1) / 2) ** 2) / (2 * sigma**2)) for n in shape[2:]]
    kernel = np.multiply.outer(*axes)
    return np.tile((kernel / kernel.sum()).astype(np.float32), (*shape[:2], 1, 1))


def _singular(key: str, tensors: dict[str, Any], made: Arrays) -> NDArray[Any]:
    """The singular vectors of a spectral norm: u from its name, v = W^T u / |W^T u|."""
    stem = key[: key.rindex("weight_")]
    name = f"{stem}weight_u"
    u = generator(name).standard_normal(tuple(tensors[name]["shape"]), np.float32).astype(np.float64)
    u = u / np.linalg.norm(u)
    if tensors[key]["kind"] == "sn_u":
        return u.astype(np.float32)
    weight = np.moveaxis(made[f"{stem}weight_orig"].astype(np.float64), tensors[key].get("dim", 0), 0)
    v = weight.reshape(len(weight), -1).T @ u
    return (v / np.linalg.norm(v)).astype(np.float32)


def _waves(numbers: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> NDArray[Any]:
    """Smooth pictures: the mean of six waves of up to four periods, for each leading index."""
    height, width = shape[-2:]
    y, x = (np.arange(height)[:, None] + 0.5) / height, (np.arange(width)[None] + 0.5) / width
    planes = []
    for _ in range(int(np.prod(shape[:-2]))):
        plane = np.zeros((height, width))
        for _ in range(WAVES):
            fy, fx = (int(n) for n in numbers.integers(-4, 5, size=2))
            plane += np.sin(2.0 * np.pi * (fy * y + fx * x) + 2.0 * np.pi * float(numbers.random()))
        planes.append(plane / WAVES)
    return (low + (high - low) * (np.stack(planes) * 0.5 + 0.5)).reshape(shape).astype(np.float32)
