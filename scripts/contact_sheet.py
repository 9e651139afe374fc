"""Tiles frames of videos into one picture, a row a video, to look at.

python scripts/contact_sheet.py VIDEO... -o SHEET.png [--columns 8] [--tile 240]
"""

import argparse
import sys
from pathlib import Path

import av
import cv2
import numpy as np

from avatar.types import Image


def frames_of(path: Path, count: int) -> list[Image]:
    """`count` frames spread evenly over the video, uint8 RGB."""
    with av.open(str(path)) as container:
        total = container.streams.video[0].frames
        wanted = set(np.linspace(0, max(total - 1, 0), count).astype(int).tolist())
        pictures = (f.to_ndarray(format="rgb24") for i, f in enumerate(container.decode(video=0)) if i in wanted)
        return [np.asarray(picture, np.uint8) for picture in pictures]


def row(path: Path, columns: int, tile: int) -> Image:
    """One video as a row of `columns` tiles of `tile` pixels height."""
    frames = frames_of(path, columns)
    height, width = frames[0].shape[:2]
    size = (round(width * tile / height), tile)
    small = [np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8) for frame in frames]
    missing = [np.zeros_like(small[0])] * (columns - len(small))
    return np.hstack(small + missing)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--tile", type=int, default=240)
    given = parser.parse_args(arguments)
    rows = [row(video, given.columns, given.tile) for video in given.videos]
    width = max(r.shape[1] for r in rows)
    padded = [np.pad(r, ((0, 0), (0, width - r.shape[1]), (0, 0))) for r in rows]
    cv2.imwrite(str(given.output), np.vstack(padded)[..., ::-1])
    print(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
