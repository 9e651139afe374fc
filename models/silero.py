"""Silero VAD (Silero team, 2020-2025, MIT): how likely each 32 ms of a sound is speech; run by onnxruntime."""

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import MissingExtraError, WeightsError
from avatar.types import Floats

KEY: Final = "silero-vad"
"""The network's name in `configs/weights.yaml`: the form that takes many frames in one call."""

FRAME_SAMPLES: Final = 512
"""32 ms at 16 kHz."""

CONTEXT_SAMPLES: Final = 64
"""Samples of the frame before, which the network sees too."""

STATE_SHAPE: Final = (1, 1, 128)
OUTPUTS: Final = ("speech_probs", "hn", "cn")
ERRORS_ONLY: Final = 3
INSTALL: Final = f'{sys.executable} -m pip install -e ".[hear]"'


def has_runtime() -> bool:
    return importlib.util.find_spec("onnxruntime") is not None


def require_runtime() -> None:
    """Raises `MissingExtraError` where onnxruntime is not installed."""
    if not has_runtime():
        raise MissingExtraError("Silero VAD needs onnxruntime, which is not installed.", cure=f"Run: {INSTALL}")


def _zeros(*shape: int) -> Floats:
    return np.zeros(shape, np.float32)


@dataclass(frozen=True, slots=True)
class SileroState:
    """What the network remembers of the sound so far: the last samples (64,), and its hidden and cell state."""

    context: Floats = field(default_factory=lambda: _zeros(CONTEXT_SAMPLES))
    hidden: Floats = field(default_factory=lambda: _zeros(*STATE_SHAPE))
    cell: Floats = field(default_factory=lambda: _zeros(*STATE_SHAPE))


class SileroNetwork:
    """The network, on one thread. Safe to call from several threads: what it remembers is handed in and out.

    Raises `MissingExtraError` where onnxruntime is not installed, `WeightsError` where the file is not the network.
    """

    def __init__(self, path: Path) -> None:
        require_runtime()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = ERRORS_ONLY
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _damaged(path, str(error)) from None
        if missing := {*OUTPUTS} - {output.name for output in self._session.get_outputs()}:
            raise _damaged(path, f"it has no output {min(missing)}")

    def __call__(self, samples: Floats, state: SileroState) -> tuple[Floats, SileroState]:
        """Probabilities (n,) of speech in `n` frames, and the state after them.

        `samples`: (512 n,) at 16 kHz in -1..1, `n` at least 1.
        """
        frames = samples.reshape(-1, FRAME_SAMPLES).astype(np.float32, copy=False)
        tails = np.concatenate([state.context[None], frames[:, -CONTEXT_SAMPLES:]])
        seen = {"input": np.concatenate([tails[:-1], frames], axis=1), "h": state.hidden, "c": state.cell}
        probabilities, hidden, cell = self._session.run(OUTPUTS, seen)
        return probabilities.reshape(-1), SileroState(tails[-1].copy(), hidden, cell)


def _damaged(path: Path, problem: str) -> WeightsError:
    return WeightsError(
        f"{path.name} cannot be used: {' '.join(problem.split())}.",
        cure=f"Run `python main.py models download {KEY}`.",
    )
