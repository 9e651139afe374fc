"""The coded frames of a soundtrack in a folder, where they can be read while they are being made.

`sound.json` describes them, `frames.aac` holds them end to end, `frames.index` tells where each of them ends.
"""

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from avatar.files import atomic_file

FRAME_SAMPLES: Final = 1024
"""Samples of an AAC-LC frame (ISO/IEC 14496-3)."""

PRIMING_SAMPLES: Final = 1024
"""What FFmpeg's encoder puts before the first sample of the sound: one frame."""

FORMAT_FILE: Final = "sound.json"
DATA_FILE: Final = "frames.aac"
INDEX_FILE: Final = "frames.index"
END_TYPE: Final = np.dtype("<u4")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """An AAC track of `samples` samples at `rate` Hz, without the priming.

    `config` is the AudioSpecificConfig (ISO/IEC 14496-3, 1.6) in hexadecimal digits, `encoder` what made the frames.
    """

    rate: int
    channels: int
    samples: int
    config: str
    encoder: str = ""

    @property
    def frames(self) -> int:
        return ceil((self.samples + PRIMING_SAMPLES) / FRAME_SAMPLES)

    def duration_of(self, frame: int) -> int:
        """Samples of a frame that belong to the track; the last one is cut."""
        return min(FRAME_SAMPLES, self.samples + PRIMING_SAMPLES - frame * FRAME_SAMPLES)


class FrameWriter:
    """Appends frames. One that begins again where another was cut off writes the same bytes to the same places,
    so that whoever is reading sees no difference.
    """

    def __init__(self, folder: Path, sound: SoundFormat) -> None:
        if load_format(folder) != sound:
            for name in (FORMAT_FILE, INDEX_FILE, DATA_FILE):
                (folder / name).unlink(missing_ok=True)
        self._data = _overwritten(folder / DATA_FILE)
        self._index = _overwritten(folder / INDEX_FILE)
        with atomic_file(folder / FORMAT_FILE) as partial:
            partial.write_text(json.dumps(asdict(sound)), encoding="utf-8")
        self._end = 0

    def add(self, frame: bytes) -> None:
        self._data.write(frame)
        self._end += len(frame)
        self._index.write(np.array([self._end], END_TYPE).tobytes())

    def close(self) -> None:
        self._data.close()
        self._index.close()


def _overwritten(path: Path) -> BinaryIO:
    """A file to write from its start without emptying it first; every write reaches it at once."""
    path.touch()
    return path.open("r+b", buffering=0)


def load_format(folder: Path) -> SoundFormat | None:
    """None before the first frame."""
    try:
        return SoundFormat(**json.loads((folder / FORMAT_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def frames_written(folder: Path) -> int:
    try:
        return (folder / INDEX_FILE).stat().st_size // END_TYPE.itemsize
    except FileNotFoundError:
        return 0


def read_frames(folder: Path, first: int, last: int) -> list[bytes]:
    """Frames `first` to `last`, without the last; fewer where they do not exist yet."""
    before = max(0, first - 1)
    found: NDArray[np.uint32] = np.fromfile(
        folder / INDEX_FILE, END_TYPE, last - before, offset=before * END_TYPE.itemsize
    )
    ends: list[int] = found.tolist() if first else [0, *found.tolist()]
    with (folder / DATA_FILE).open("rb") as data:
        data.seek(ends[0] if ends else 0)
        return [data.read(end - start) for start, end in pairwise(ends)]
