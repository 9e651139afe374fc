"""What each model file is for: the engines and parts of the program that read it."""

from collections.abc import Mapping
from typing import Final

from audio_processor.detectors import SILERO
from audio_processor.transcription.registry import ENGINES
from audio_processor.transcription.sizes import SIZES, checkpoint
from models import silero
from models.weights import WeightStore
from video_processor.hybrid_generator import engines

OF_GROUPS: Final[Mapping[str, str]] = {
    "face": "every video",
    "tracker": "tracking of faces",
    "emotion": "emotion",
    "demo": "demo characters",
    "gfpgan": "enhancement",
    "syncnet": "evaluation",
}
"""Who else reads the files of a group."""


def model_uses(store: WeightStore) -> Mapping[str, tuple[str, ...]]:
    """For every file's key the names of those that use it, engines first."""
    readers = {engine.capabilities.name: engine.capabilities.weights for engine in engines(store).values()}
    readers[SILERO] = (silero.KEY,)
    readers |= dict.fromkeys(ENGINES, tuple(checkpoint(size).key for size in SIZES))
    return {
        file.key: (
            *(name for name, keys in readers.items() if file.key in keys),
            *filter(None, [OF_GROUPS.get(file.group)]),
        )
        for file in store.files
    }
