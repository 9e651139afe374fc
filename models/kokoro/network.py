"""The network from its ONNX file: numbers of symbols in, samples and the length of each symbol out."""

import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.errors import MissingExtraError, SynthesisError, WeightsError
from avatar.types import Floats
from models.downloads import download_command
from models.kokoro.symbols import PAD

KOKORO: Final = "kokoro"
"""Key of its file in the registry."""

RATE_HZ: Final = 24_000
DURATIONS: Final = "duration"
"""The output with the frames that each symbol takes; exports of 2025 lack it."""

TOKENS: Final = ("input_ids", "tokens")
"""What exports call the numbers of the symbols."""

TYPES: Final[dict[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}
ERRORS_ONLY: Final = 3
INSTALL: Final = f'{sys.executable} -m pip install -e ".[kokoro]"'


def missing_package(name: str) -> MissingExtraError:
    return MissingExtraError(f"Kokoro needs {name}, which is not installed.", cure=f"Run: {INSTALL}")


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono `samples` (n,) at 24 kHz, and `edges` (symbols + 1,): the seconds at which each symbol begins, and the end.

    `edges` is None where the file does not tell them. What comes before the first edge and after the last is silence.
    """

    samples: Floats
    edges: Floats | None


class KokoroNetwork:
    """The network in the file at `path`, on `threads` cores. Safe to call from several threads.

    Raises `MissingExtraError` where onnxruntime is not installed, `WeightsError` where the file is not the network.
    """

    def __init__(self, path: Path, threads: int) -> None:
        if importlib.util.find_spec("onnxruntime") is None:
            raise missing_package("onnxruntime")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _unusable(path, str(error)) from None
        self._types = {wanted.name: TYPES.get(wanted.type, np.float32) for wanted in self._session.get_inputs()}
        self._tokens = next((name for name in TOKENS if name in self._types), "")
        if lacking := {"style", "speed"} - {*self._types}:
            raise _unusable(path, f"it has no input {min(lacking)}")
        if not self._tokens:
            raise _unusable(path, f"it has no input {TOKENS[0]}")
        outputs = [output.name for output in self._session.get_outputs()]
        self._outputs = [name for name in outputs if name != DURATIONS][:1]
        if not self._outputs:
            raise _unusable(path, "it has no output of sound")
        self._outputs += [DURATIONS] if DURATIONS in outputs else []

    def __call__(self, numbers: Sequence[int], style: Floats) -> Sound:
        """The sound of symbols with these numbers, 510 at most, spoken with `style` (1, 256).

        Raises `SynthesisError` where the network fails.
        """
        given = {self._tokens: [[PAD, *numbers, PAD]], "style": style, "speed": [1]}
        feed = {name: np.asarray(value, self._types[name]) for name, value in given.items()}
        try:
            found = self._session.run(self._outputs, feed)
        except Exception as error:
            raise SynthesisError(f"Kokoro failed on {len(numbers)} symbols: {' '.join(str(error).split())}.") from None
        samples = np.asarray(found[0], np.float32).reshape(-1)
        if not len(samples) or not np.isfinite(samples).all():
            raise SynthesisError(
                f"Kokoro made no sound of {len(numbers)} symbols, or one that is no numbers.",
                cure="Run `python main.py models verify kokoro kokoro-voices`.",
            )
        return Sound(np.clip(samples, -1.0, 1.0), _edges(found[1], len(samples)) if len(found) > 1 else None)


def _edges(durations: Any, samples: int) -> Floats:
    """Seconds at which each symbol between the pads begins, and at which the last ends."""
    ends = np.cumsum(np.asarray(durations, np.float64).reshape(-1))
    edges: Floats = (ends[:-1] * (samples / RATE_HZ / ends[-1])).astype(np.float32)
    return edges


def _unusable(path: Path, problem: str) -> WeightsError:
    return WeightsError(
        f"{path.name} cannot be used: {' '.join(problem.split()).rstrip('.')}.",
        cure=f"Run {download_command([KOKORO])}.",
    )
