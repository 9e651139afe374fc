"""FER+: a small network that names the expression of a face.

E. Barsoum and others (2016), *Training deep networks for facial expression recognition with crowd-sourced label
distribution*; the file `emotion-ferplus-8.onnx` of the ONNX model zoo, MIT. Run by onnxruntime on the CPU.
"""

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import MissingExtraError, WeightsError
from avatar.types import EMOTION_LABELS, EmotionLabel, Floats
from models.downloads import download_command

FER_PLUS: Final = "face-emotion"
"""Key of its file in the registry."""

FACE_MODEL: Final = "face_model"
SIDE: Final = 64
CLASSES: Final[tuple[EmotionLabel, ...]] = (
    "neutral",
    "happy",
    "surprised",
    "sad",
    "angry",
    "disgusted",
    "fearful",
    "disgusted",
)
"""In the order of its outputs; the last is contempt, which counts as disgust."""


class FerPlus:
    """The network of the file at `path`. Safe to call from several threads.

    Raises `MissingExtraError` without onnxruntime, `WeightsError` where the file is not this network.
    """

    def __init__(self, path: Path) -> None:
        self._session = _load(path)
        self._input = str(self._session.get_inputs()[0].name)
        self._lock = threading.Lock()

    def scores(self, grey: NDArray[np.uint8]) -> dict[EmotionLabel, float]:
        """The share of each label for a face (64, 64) in shades of grey, the face filling the picture."""
        batch: Floats = grey[None, None].astype(np.float32)
        with self._lock:
            logits = np.asarray(self._session.run(None, {self._input: batch})[0], np.float64)[0]
        weights = np.exp(logits - logits.max())
        found: dict[EmotionLabel, float] = dict.fromkeys(EMOTION_LABELS, 0.0)
        for label, weight in zip(CLASSES, weights / weights.sum(), strict=True):
            found[label] += float(weight)
        return found


def _load(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError(
            "The face model needs onnxruntime.", cure='Run pip install "avatar-orchestrator[learned]".'
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises kinds of its own that share no base
        raise _wrong(path, f"cannot be loaded: {error}") from None
    shapes = [session.get_inputs()[0].shape, session.get_outputs()[0].shape]
    if shapes != [[1, 1, SIDE, SIDE], [1, len(CLASSES)]]:
        raise _wrong(path, f"takes and gives {shapes}")
    return session


def _wrong(path: Path, what: str) -> WeightsError:
    return WeightsError(f"{path.name} {what}.", cure=f"Run {download_command([FER_PLUS])}.")
