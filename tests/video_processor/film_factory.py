"""Films made up for tests, by real codecs."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from avatar.types import Image
from tests.video_processor.sound_factory import Sound


def write_film(
    path: Path,
    frames: Iterable[Image],
    *,
    times: Sequence[float] | None = None,
    fps: int = 25,
    sound: Sound | None = None,
    sound_at: float = 0.0,
) -> Path:
    """A film whose frames stand at `times` in seconds, or at `fps`; its 16 kHz `sound` (1, n) begins at `sound_at`."""
    with av.open(str(path), "w") as container:
        heard = None if sound is None else container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for index, picture in enumerate(frames):
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
