"""Films for tests: Grace Hopper, who turns her head, blinks and talks, and films without a face."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Image, Size
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import build_session
from video_processor.segments import encode_segment

FPS: Final = Fraction(25)
FRAMES: Final = 50
SIDE: Final = 256


@dataclass(frozen=True, slots=True)
class Acted:
    """What is seen in the film: its pictures, the head's yaw (degrees), how far the jaw is open and the eyes shut."""

    pictures: tuple[Image, ...]
    yaw: Floats
    jaw: Floats
    blink: Floats


@cache
def acted() -> Acted:
    times = np.arange(FRAMES, dtype=np.float32) / float(FPS)
    yaw = 5 * np.sin(2 * np.pi * times / 2)
    jaw = 0.4 * np.clip(np.sin(2 * np.pi * times / 0.5), 0, 1)
    blink = np.exp(-(((times - 1.0) / 0.08) ** 2))
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    session = build_session(frame_portrait(portrait, Size(SIDE, SIDE)))
    pictures = []
    for index in range(FRAMES):
        shapes = session.portrait.rest.copy()
        shapes[BLENDSHAPE_INDEX["jawOpen"]] = jaw[index]
        shapes[[BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]] = blink[index]
        pictures.append(session.draw(shapes, np.array([0, yaw[index], 0, 0, 0, 0], np.float32)))
    return Acted(tuple(pictures), yaw, jaw, blink)


def write_film(path: Path, pictures: Iterable[Image] | None = None, fps: Fraction = FPS) -> Path:
    """Grace Hopper, or the pictures given, which have one size."""
    shown = list(acted().pictures if pictures is None else pictures)
    height, width = shown[0].shape[:2]
    encode_segment(shown, path, size=Size(width, height), fps=fps, crf=12, preset="veryfast")
    return path


def faceless(count: int = 4, side: int = 64) -> list[Image]:
    """Pictures of nothing."""
    return [np.full((side, side, 3), 40 + 5 * index, np.uint8) for index in range(count)]
