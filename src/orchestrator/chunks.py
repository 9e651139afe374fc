"""Where the chunks of a video begin and end."""

from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final

from avatar.types import Size
from orchestrator.state import AvatarState, RenderRecord

OPENING_SECONDS: Final = (0.5, 0.5, 1.0, 1.0)
"""The first chunks of a long video are short: it can be watched soon, and each lasts until the next is there."""

OPENING_FROM_SECONDS: Final = 20.0
"""A shorter video is finished soon after its first chunk."""

SHORTEST_CHUNK_SECONDS: Final = 0.5
"""Every chunk begins with a key frame, which takes room: chunks that share out the work get no shorter."""

MOST_CHUNK_PIXELS: Final = 80_000_000
"""Two seconds at 1280 x 1280 and 25 frames a second. Work is kept by whole chunks, so that none may take long."""


def chunk_lengths(frames: int, fps: Fraction, chunk_seconds: float, workers: int, size: Size) -> tuple[list[int], int]:
    """Frames in each chunk of the opening, which may be none, and in every chunk after it but the last."""
    most = max(1, MOST_CHUNK_PIXELS // (size.width * size.height))
    ideal, shortest = (min(most, _frames_in(seconds, fps)) for seconds in (chunk_seconds, SHORTEST_CHUNK_SECONDS))
    opening = [length for length in (_frames_in(seconds, fps) for seconds in OPENING_SECONDS) if length < ideal]
    if frames < OPENING_FROM_SECONDS * fps or sum(opening) >= frames:
        opening = []
    return opening, chunk_length(frames - sum(opening), ideal, shortest, workers)


def chunk_length(frames: int, ideal: int, shortest: int, workers: int) -> int:
    """Frames in a chunk, about `ideal`, so that all workers have equally many where chunks are few.

    Chunks become shorter for that, but not shorter than `shortest` where `ideal` is longer.
    """
    few = ceil(frames / ideal)
    most = max(few, frames // shortest)
    return ceil(frames / min(ceil(few / workers) * workers, most))


def chunk_total(render: RenderRecord) -> int:
    opening = render["opening"]
    return len(opening) + ceil((render["frames"] - sum(opening)) / render["chunk_frames"])


def chunk_span(render: RenderRecord, index: int) -> tuple[int, int]:
    """The first frame of chunk `index`, and the frame after its last."""
    return _start(render, index), _start(render, index + 1)


def segment_path(artifacts: Path, render: RenderRecord, index: int) -> Path:
    """Where the segment of chunk `index` lies, or will."""
    return artifacts / f"segment-{render['key']}-{index:05d}.{render['format']}"


def drawn_chunks(state: AvatarState, render: RenderRecord) -> dict[int, Path]:
    """The segments of the render that are there, by the numbers of their chunks.

    Those of the same engine that another enhancer worked on are none of it.
    """
    paths = {
        chunk["index"]: Path(chunk["path"]) for chunk in state.get("chunks", ()) if chunk["engine"] == render["engine"]
    }
    return {index: path for index, path in paths.items() if path.name == segment_path(path.parent, render, index).name}


def look_path(artifacts: Path, render: RenderRecord, index: int) -> Path:
    """Where lies, or will, what was seen in the frames of chunk `index` as they were drawn."""
    return artifacts / f"look-{render['key']}-{index:05d}.npz"


def _start(render: RenderRecord, index: int) -> int:
    opening = render["opening"]
    after = max(0, index - len(opening))
    return min(sum(opening[:index]) + after * render["chunk_frames"], render["frames"])


def _frames_in(seconds: float, fps: Fraction) -> int:
    return max(1, round(Fraction(seconds) * fps))
