"""Films for tests, by real codecs: Grace Hopper, who turns her head, blinks and talks, no face, or what is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Image, Size
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.sound_factory import Sound
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import build_session

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


def faceless(count: int = 4, side: int = 64) -> list[Image]:
    """Pictures of nothing."""
    return [np.full((side, side, 3), 40 + 5 * index, np.uint8) for index in range(count)]


def write_film(
    path: Path,
    frames: Iterable[Image] | None = None,
    *,
    times: Sequence[float] | None = None,
    fps: int = 25,
    sound: Sound | None = None,
    sound_at: float = 0.0,
) -> Path:
    """A film of Grace Hopper, or of the frames given, which have one size.

    They stand at `times` in seconds, or at `fps`; its 16 kHz `sound` (1, n) begins at `sound_at`.
    """
    with av.open(str(path), "w") as container:
        heard = None if sound is None else container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for index, picture in enumerate(acted().pictures if frames is None else frames):
            if not index:
                stream.width, stream.height = picture.shape[1], picture.shape[0]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (index / fps if times is None else times[index]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None and sound is not None:
            block = av.AudioFrame.from_ndarray((sound * 32_000).astype("<i2"), format="s16", layout="mono")
            block.sample_rate, block.pts = 16_000, round(16_000 * sound_at)
            block.time_base = Fraction(1, 16_000)
            container.mux(heard.encode(block))
            container.mux(heard.encode(None))
    return path


def with_rotation(path: Path, degrees: int) -> Path:
    """Tells players to turn the film clockwise by 90, 180 or 270 degrees: the matrix of its track header."""
    one, full, minus = 1 << 16, 1 << 30, (1 << 32) - (1 << 16)
    a, b, c, d = {90: (0, one, minus, 0), 180: (minus, 0, 0, minus), 270: (0, minus, one, 0)}[degrees]
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4 + 40
    rows = (a, b, 0, c, d, 0, 0, 0, full)
    data[start : start + 36] = b"".join(value.to_bytes(4, "big") for value in rows)
    path.write_bytes(data)
    return path


def with_cover(path: Path, picture: Image) -> Path:
    """Gives an MP4 a cover that players meet before the film: iTunes' `covr` at the start of the movie's header."""
    _, png = cv2.imencode(".png", picture[..., ::-1])
    kind = (14).to_bytes(4, "big")
    cover = _box(b"covr", _box(b"data", kind, bytes(4), png.tobytes()))
    handler = _box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    told = _box(b"udta", _box(b"meta", bytes(4), handler, _box(b"ilst", cover)))
    data = path.read_bytes()
    start = data.index(b"moov") - 4
    size = int.from_bytes(data[start : start + 4], "big")
    assert start + size == len(data), "the frames must lie before the header, whose growth would move them"
    path.write_bytes(data[:start] + _box(b"moov", told, data[start + 8 :]))
    return path


def _box(name: bytes, *content: bytes) -> bytes:
    """A box of ISO 14496-12: its size, its name and what it holds."""
    whole = b"".join(content)
    return (8 + len(whole)).to_bytes(4, "big") + name + whole


def shifted(image: Image, right: float, down: float = 0.0) -> Image:
    """The picture moved by pixels; its border repeats."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    height, width = image.shape[:2]
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
