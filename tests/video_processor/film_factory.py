"""Films made up for tests, by real codecs."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from avatar.types import Image


def write_film(path: Path, frames: Iterable[Image], *, times: Sequence[float] | None = None, fps: int = 25) -> Path:
    """An MP4 whose frames stand at `times` in seconds, or at `fps`."""
    with av.open(str(path), "w") as container:
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


def shifted(image: Image, right: float, down: float = 0.0) -> Image:
    """The picture moved by pixels; its border repeats."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    height, width = image.shape[:2]
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
