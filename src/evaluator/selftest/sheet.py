"""Frames of a video in one picture, with their mouths below them, to look at."""

from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image as Pillow

from avatar.files import atomic_file
from avatar.types import Image, Portrait
from video_processor.media_info import video_info
from video_processor.quality.film import decoded_pictures
from video_processor.quality.looks import Box, mouth_of

COLUMNS: Final = 8
ROWS: Final = 2
TILE_PIXELS: Final = 224
GAP_PIXELS: Final = 4
BACKGROUND: Final = 32


def write_sheet(video: Path, portrait: Portrait, path: Path) -> Path:
    """Sixteen frames, spread evenly, each over an enlargement of its mouth, as a PNG at `path`."""
    frames = _spread(video, COLUMNS * ROWS)
    box = mouth_of(portrait)
    rows = []
    for first in range(0, len(frames), COLUMNS):
        row = frames[first : first + COLUMNS]
        rows.append(_row([_tile(frame) for frame in row]))
        if box is not None:
            rows.append(_row([_tile(_square(frame, box)) for frame in row]))
    with atomic_file(path) as partial:
        Pillow.fromarray(np.vstack(rows)).save(partial, "PNG")
    return path


def _spread(video: Path, count: int) -> list[Image]:
    total = video_info(video).frames
    wanted = sorted(set(np.linspace(0, max(total - 1, 0), count).round().astype(int).tolist()))
    shown = enumerate(islice(decoded_pictures(video), wanted[-1] + 1))
    return [np.ascontiguousarray(frame[..., :3]) for index, frame in shown if index in wanted]


def _square(frame: Image, box: Box) -> Image:
    """The square part of the frame around `box`."""
    side = max(box.bottom - box.top, box.right - box.left)
    middle_y, middle_x = (box.top + box.bottom) // 2, (box.left + box.right) // 2
    y = min(max(middle_y - side // 2, 0), max(frame.shape[0] - side, 0))
    x = min(max(middle_x - side // 2, 0), max(frame.shape[1] - side, 0))
    return frame[y : y + side, x : x + side]


def _tile(picture: Image) -> Image:
    """Scaled to fit a tile, on a dark ground."""
    small = Pillow.fromarray(picture)
    scale = TILE_PIXELS / max(small.size)
    size = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
    small = small.resize(size, Pillow.Resampling.LANCZOS)
    side = TILE_PIXELS + GAP_PIXELS
    tile = Pillow.new("RGB", (side, side), (BACKGROUND,) * 3)
    tile.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return np.asarray(tile, np.uint8)


def _row(tiles: list[Image]) -> Image:
    missing = [np.full_like(tiles[0], BACKGROUND)] * (COLUMNS - len(tiles))
    return np.hstack(tiles + missing)
