"""The official files of XTTS v2 by their keys in the registry, and their weights, read without running anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.states import read_state
from models.weights import WeightStore

if TYPE_CHECKING:
    from models.states import State

WEIGHTS: Final = "xtts"
CONFIG: Final = "xtts-config"
VOCABULARY: Final = "xtts-vocabulary"
SPEAKERS: Final = "xtts-speakers"
KEYS: Final = (WEIGHTS, CONFIG, VOCABULARY, SPEAKERS)

NAMED_IN_IT: Final = (
    "TTS.tts.configs.xtts_config.XttsConfig",
    *("TTS.tts.models.xtts.XttsArgs", "TTS.tts.configs.xtts_config.XttsArgs"),
    *("TTS.tts.models.xtts.XttsAudioConfig", "TTS.tts.configs.xtts_config.XttsAudioConfig"),
    "TTS.config.shared_configs.BaseDatasetConfig",
)
"""Classes whose instances lie beside the weights in the official file, as settings that nothing here reads.

They have moved since it was made; files of today name the new place.
"""

TRAINED_AS: Final = "xtts."
"""What the trainer puts before every key."""

OF_TRAINING: Final = ("torch_mel_spectrogram_style_encoder", "torch_mel_spectrogram_dvae", "dvae")
"""First parts of keys that only the trainer needs."""


@dataclass(frozen=True, slots=True)
class XttsFiles:
    """Where each lies."""

    weights: Path
    config: Path
    vocabulary: Path
    speakers: Path

    @classmethod
    def of(cls, store: WeightStore) -> "XttsFiles":
        """Raises `LicenceError`, `MissingWeightsError`, `WeightsError`."""
        store.require(KEYS)
        return cls(*(store.path(key) for key in KEYS))


class _Setting:
    """Stands in for a class that the file names: it takes what was kept of it, and does nothing."""


def read_weights(path: Path) -> "State":
    """The tensors of the network in the file at `path`. Raises `WeightsError`, `MissingExtraError`."""
    from torch.serialization import safe_globals

    with safe_globals([(_Setting, name) for name in NAMED_IN_IT]):
        state = read_state(path, under=("model",))
    kept = {key.removeprefix(TRAINED_AS): value for key, value in state.items()}
    return {key: value for key, value in kept.items() if key.partition(".")[0] not in OF_TRAINING}
