"""A small Whisper checkpoint with random weights, in the official form, and a registry that lists it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from avatar.files import file_digest
from models.sources import REGISTRY_FILE
from models.weights import WeightStore

LAYERS = {"tiny": (4, 6), "base": (6, 8)}
"""Layers and heads of the official checkpoints, whose alignment heads are known by name."""


def dimensions(size: str = "tiny") -> Any:
    from whisper.model import ModelDimensions

    layers, heads = LAYERS[size]
    return ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=8 * heads,
        n_audio_head=heads,
        n_audio_layer=2,
        n_vocab=51_865,
        n_text_ctx=448,
        n_text_state=8 * heads,
        n_text_head=heads,
        n_text_layer=layers,
    )


def make_checkpoint(path: Path, size: str = "tiny", seed: int = 1) -> None:
    import torch
    from whisper.model import Whisper

    torch.manual_seed(seed)
    dims = dimensions(size)
    network = Whisper(dims)
    state = {}
    for name, tensor in network.state_dict().items():
        is_norm = "_ln" in name or ".ln" in name
        state[name] = (tensor if is_norm else torch.randn_like(tensor) * 0.3).half()
    torch.save({"dims": asdict(dims), "model_state_dict": state}, path)


def store_with_checkpoint(folder: Path, size: str = "tiny", *, key: str | None = None) -> WeightStore:
    """A store in `folder` that has a random checkpoint under the official name of `size`, and knows all other files."""
    path = folder / f"whisper-{size}.pt"
    make_checkpoint(path, size)
    own = entry(path, key or f"whisper-{size}")
    known = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    known["files"] = [file for file in known["files"] if file["file"] != own["file"]] + [own]
    registry = folder / "weights.yaml"
    registry.write_text(yaml.safe_dump(known), encoding="utf-8")
    return WeightStore(folder, registry)


def entry(path: Path, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "purpose": "random weights",
        "group": key,
        "required": False,
        "file": path.name,
        "size": path.stat().st_size,
        "sha256": file_digest(path),
        "licence": "MIT",
        "commercial": True,
        "source": {"url": "https://example.invalid/none.pt"},
    }
