"""How much the figures of voice and face hang on the exact values of the weights that are set by hand."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from audio_processor import speech_emotion
from scripts.measuring.emotions import Picture, Recording, face_figures, heard, seen, voice_figures
from scripts.measuring.figures import Measurement
from video_processor import facial_emotion

SHAKE: Final = 0.3
SEED: Final = 1
_HEAD: Final = ["measure", "mean", "least", "greatest"]


def shaken_figures(voices: Sequence[Recording], faces: Sequence[Picture], times: int) -> Measurement:
    """A table of mean, least and greatest value of each figure; nothing is held against a target."""
    random = np.random.default_rng(SEED)
    values: dict[str, list[float]] = {}
    for _ in range(times):
        with shaken(random):
            for measurement in (voice_figures(heard(voices)), face_figures(seen(faces))):
                for figure in measurement.figures:
                    values.setdefault(f"{measurement.name}: {figure.name}", []).append(figure.value)
    rows = [[name, *(f"{f(found):.2f}" for f in (np.mean, np.min, np.max))] for name, found in values.items()]
    return Measurement("shaken", (), {f"weights changed by up to 30 %, {times} times": [_HEAD, *rows]})


@contextmanager
def shaken(random: np.random.Generator) -> Iterator[None]:
    """Every weight of the voice's and the face's signs is another one within."""

    def changed(numbers: Sequence[float]) -> Any:
        return (np.array(numbers) * random.uniform(1.0 - SHAKE, 1.0 + SHAKE, len(numbers))).tolist()

    with ExitStack() as changes:
        weights = changed(speech_emotion.AROUSAL_WEIGHTS)
        changes.enter_context(patch.object(speech_emotion, "AROUSAL_WEIGHTS", weights))
        for module in (speech_emotion, facial_emotion):
            signs = {
                label: type(sign)(*changed([sign.bias]), type(sign[1])(*changed(sign[1])))
                for label, sign in module.SIGNS.items()
            }
            changes.enter_context(patch.object(module, "SIGNS", signs))
        yield
