"""The face models and demo pictures of this machine, shared by the tests that need them."""

from functools import cache
from typing import Final

import numpy as np
import pytest

from avatar.settings import PROJECT_ROOT, Settings
from avatar.types import Image
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from video_processor.pictures import Picture, load_picture

FACE_MODELS = ("face-detector", "face-mesh", "iris", "segmenter")
GRACE_HOPPER = "portrait-grace-hopper"
ASTRONAUT = "portrait-astronaut"

CHECKPOINTS: Final = PROJECT_ROOT / Settings.model_fields["checkpoints_dir"].default
"""The project's own folder, wherever a test tells the program to look."""


def face_store(*keys: str) -> WeightStore:
    """The store of this machine; the test skips where one of the files is missing."""
    store = WeightStore(CHECKPOINTS)
    for key in keys:
        if not store.is_present(key):
            pytest.skip(f"no {key} here; `python main.py models download` brings it")
    return store


@cache
def face_tracker() -> FaceTracker:
    return FaceTracker(face_store(*FACE_MODELS))


@cache
def demo_picture(key: str) -> Picture:
    return load_picture(face_store(key).path(key), max_megapixels=100, max_megabytes=512)


def picture_of(image: Image, name: str = "picture.png") -> Picture:
    return Picture(np.ascontiguousarray(image), None, "0" * 64, (), name)
