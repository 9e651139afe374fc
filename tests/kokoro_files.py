"""Small files in the layout of Kokoro's official ones: an ONNX network with random weights, and style vectors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from models.kokoro.network import KOKORO
from models.kokoro.symbols import CONTEXT
from models.kokoro.voices import STYLE_SIZE, VOICES
from models.weights import WeightStore

NAMES: Final = ("af_heart", "bf_emma", "ef_dora", "ff_siwis", "hf_alpha", "if_sara", "pf_dora", "zf_xiaoxiao")


def write_voices(path: Path, names: Sequence[str] = NAMES) -> Path:
    rng = np.random.default_rng(0)
    tables = {name: rng.normal(0, 0.1, (CONTEXT, 1, STYLE_SIZE)).astype(np.float32) for name in names}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **tables)
    return path


def kokoro_store(folder: Path) -> WeightStore:
    """A store that holds a small network and voices; files that are in `folder` already are taken."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from scripts.speaking.kokoro_graph import SMALL, write_kokoro

    network, voices = folder / "kokoro.onnx", folder / "voices.bin"
    if not network.exists():
        write_kokoro(network, SMALL)
        write_voices(voices)
    return WeightStore(folder, given={KOKORO: network, VOICES: voices})
