"""The portraits that are measured, and frames of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.settings import load_settings
from avatar.types import Floats, Image, Portrait, Size
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.characters.built_in import DRAWN, PORTRAIT_KEYS
from scripts.measuring.curves import Curves, face_curves, track
from video_processor.framing import frame_portrait
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session

LONG_SIDE: Final = 512
OWN_LIPS: Final = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker")
"""What a portrait's own mouth shows and speech takes over."""


@dataclass(frozen=True)
class Subject:
    """A portrait with its sessions: `head` framed on head and shoulders in a square, `whole` as it is."""

    name: str
    original: Portrait
    tracker: FaceTracker
    side: int = LONG_SIDE

    @cached_property
    def head(self) -> PuppetSession:
        return build_session(frame_portrait(self.original, Size(self.side, self.side), "portrait"))

    @cached_property
    def whole(self) -> PuppetSession:
        return build_session(frame_portrait(self.original, whole_size(self.original), "full"))

    @property
    def shut(self) -> Floats:
        """(52,) the portrait's own blendshapes with its lips shut."""
        return with_shapes(self.head.portrait.rest, dict.fromkeys(OWN_LIPS, 0.0))

    def draw(self, shapes: Floats, **pose: float) -> Image:
        """A frame of `head`; `pose` in degrees by the names of its angles."""
        return self.head.draw(shapes, turned(**pose))

    def seen(self, shapes: Floats, **pose: float) -> Curves:
        """The curves that the tracker measures in that frame."""
        return face_curves(track(self.draw(shapes, **pose), self.tracker))


def whole_size(portrait: Portrait) -> Size:
    """The whole picture with its longer side at 512 pixels, both sides even."""
    width, height = portrait.size
    scale = LONG_SIDE / max(width, height)
    return Size(*(max(2, 2 * round(length * scale / 2)) for length in (width, height)))


def with_shapes(base: Floats, values: Mapping[str, float]) -> Floats:
    """(52,) `base` with `values` set; a name without its side sets both."""
    changed = base.copy()
    for name, value in values.items():
        for full in (name,) if name in BLENDSHAPE_INDEX else (f"{name}Left", f"{name}Right"):
            changed[BLENDSHAPE_INDEX[full]] = value
    return changed


def turned(pitch: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> Floats:
    return np.array([pitch, yaw, roll, 0, 0, 0], np.float32)


def demo_portraits() -> list[Path]:
    """The pictures of the characters that come with the project."""
    store = WeightStore(load_settings().checkpoints_dir)
    keys = list(PORTRAIT_KEYS.values())
    store.fetch([key for key in keys if not store.is_present(key)])
    return [*(store.path(key) for key in keys), *DRAWN.values()]


def load_subjects(paths: Sequence[Path]) -> list[Subject]:
    """Raises `AvatarError` for a picture without a face that can be animated."""
    tracker = FaceTracker(WeightStore(load_settings().checkpoints_dir))
    subjects = []
    for path in paths:
        picture = load_picture(path, max_megapixels=100, max_megabytes=512)
        subjects.append(Subject(path.stem, analyse_portrait(picture, tracker, min_face_pixels=32), tracker))
    return subjects
