"""The pictures that SadTalker's networks animate: the portrait with its gaze, brows and smile as the puppet moves them.

Gaze, brows and smile go in steps too small to be seen in what the networks draw, so that frames share pictures, and
what depends only on a picture is computed once for all of them.
"""

import threading
from collections import OrderedDict
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.types import FaceMotion, Floats, Image, Portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.renderers.sadtalker.networks import FaceNetworks, PreparedFace
from video_processor.renderers.sadtalker.ticks import smoothed
from video_processor.renderers.sadtalker.view import View

GROUPS: Final = (
    (("eyeLook",), 0.1, 0.0),
    (("brow", "eyeWide", "eyeSquint"), 0.2, 0.12),
    (("mouthSmile", "mouthFrown", "cheekSquint", "noseSneer"), 0.1, 0.3),
)
"""Shapes that the picture takes on; their steps, which move no point of a face of 256 pixels by a pixel; and the
seconds (a standard deviation) over which they are smoothed: speech, the networks' part, spreads the corners of the
mouth too, and faster."""

MOST_KEPT_BYTES: Final = 256_000_000
"""Prepared pictures kept, those used last: some 26 of 256 pixels or 6 of 512, and one at least."""

STILL: Final = np.zeros(6, np.float32)

Key = tuple[int, ...]


def _indices(prefixes: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(i for i, name in enumerate(BLENDSHAPES) if name.startswith(prefixes))


MOVED: Final = tuple((_indices(prefixes), seconds) for prefixes, _, seconds in GROUPS)
SHAPES: Final = tuple(i for indices, _ in MOVED for i in indices)
STEPS: Final = np.array([step for prefixes, step, _ in GROUPS for _ in _indices(prefixes)], np.float32)


class Sources:
    """The pictures of one portrait, prepared where they are first asked for. Safe for threads."""

    def __init__(self, portrait: Portrait, view: View, pixels: int, networks: FaceNetworks, semantics: Floats) -> None:
        self._portrait, self._view, self.pixels = portrait, view, pixels
        self._networks, self._semantics = networks, semantics
        self._puppet: PuppetSession | None = None
        self._kept: OrderedDict[Key, PreparedFace] = OrderedDict()
        self._lock = threading.Lock()
        self._told: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the networks had to tell of any picture, each thing once."""
        with self._lock:
            told = (note for prepared in self._kept.values() for note in prepared.notes)
            return tuple(dict.fromkeys((*self._told, *told)))

    @property
    def still(self) -> Key:
        """Of the portrait as it is."""
        return (0,) * len(SHAPES)

    def keys(self, motion: FaceMotion, own: slice) -> list[Key]:
        """The picture of every frame in the slice `own` of a stretch of motion, by its steps away from the portrait."""
        away = motion.blendshapes - self._portrait.rest
        columns = [
            smoothed(away[:, indices], seconds, motion.fps) if seconds else away[:, indices]
            for indices, seconds in MOVED
        ]
        steps = np.rint(np.hstack(columns)[own] / STEPS).astype(int)
        return [tuple(row) for row in steps.tolist()]

    def prepared(self, key: Key) -> PreparedFace:
        """The picture of a key, ready to be drawn from."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._networks.prepare(self._picture_of(key), self._semantics)
                self._make_room()
            self._kept.move_to_end(key)
            return self._kept[key]

    def _make_room(self) -> None:
        held = sum(prepared.size_bytes for prepared in self._kept.values())
        while held > MOST_KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            held -= dropped.size_bytes
            self._told = tuple(dict.fromkeys((*self._told, *dropped.notes)))

    def _picture_of(self, key: Key) -> Image:
        """What the networks see of a key: (pixels, pixels, 3) uint8 RGB."""
        if not any(key):
            return self._view.cut(self._portrait.image, self.pixels)
        self._puppet = self._puppet or build_session(self._portrait)
        shapes = self._portrait.rest.copy()
        shapes[list(SHAPES)] = np.clip(shapes[list(SHAPES)] + np.array(key) * STEPS, 0, 1)
        return self._view.cut(self._puppet.draw(shapes, STILL), self.pixels)
