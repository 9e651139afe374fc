"""The same motion gives the same bytes, and slow motion does not flicker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from scripts.measuring.figures import Measurement, worst_of
from scripts.measuring.subjects import Subject, turned, with_shapes
from video_processor.renderers.puppet.engine import PuppetSession, build_session

REPEATS: Final = 6
THREADS: Final = 2
SLOW_FRAMES: Final = 12
SLOW_PIXELS: Final = 0.09
"""How far anything moves from frame to frame in slow motion."""

FLICKER_LEVELS: Final = 1.0
"""Largest mean second difference over frames of the pixels that move, of 255."""

REACH: Final[dict[str, float]] = {
    "yaw": 0.03,
    "pitch": 0.03,
    "roll": 0.035,
    "jawOpen": 0.35,
    "eyeBlink": 0.15,
    "mouthSmile": 0.13,
    "eyeLookUp": 0.1,
}
"""How far a degree of a turn, or the whole of a shape, moves what moves most, in inter-ocular distances."""


def measure(subjects: list[Subject]) -> Measurement:
    differing = {s.name: float(differing_frames(s.head)) for s in subjects}
    worst: dict[str, float] = {}
    rows = [["portrait", *REACH]]
    for subject in subjects:
        levels = [flicker(subject.head, subject.shut, moving) for moving in REACH]
        worst[subject.name] = max(levels)
        rows.append([subject.name, *(f"{level:.2f}" for level in levels)])
    figures = (
        worst_of("constant motion: frames that differ from the first", differing, "at most", 0),
        worst_of("slow motion: mean second difference of what moves", worst, "under", FLICKER_LEVELS, "of 255"),
    )
    return Measurement("stability", figures, {"second difference in slow motion, of 255": rows})


def differing_frames(session: PuppetSession) -> int:
    """How many frames of one motion differ from the first: drawn again, by two threads, and by a second session."""
    shapes = with_shapes(session.portrait.rest, {"jawOpen": 0.4, "eyeBlink": 0.3, "mouthSmile": 0.5, "eyeLookUp": 0.3})
    pose = turned(pitch=2, yaw=4, roll=-3)
    first = session.draw(shapes, pose)
    again = [session.draw(shapes, pose) for _ in range(REPEATS)]
    with ThreadPoolExecutor(THREADS) as pool:
        again += pool.map(lambda _: session.draw(shapes, pose), range(REPEATS))
    again.append(build_session(session.portrait).draw(shapes, pose))
    return sum(not np.array_equal(frame, first) for frame in again)


def slow_frames(session: PuppetSession, base: Floats, moving: str) -> Iterator[Image]:
    """Frames in which nothing moves faster than a tenth of a pixel a frame, from a face in the middle of its motion."""
    step = SLOW_PIXELS / (REACH[moving] * session.portrait.inter_ocular)
    for frame in range(SLOW_FRAMES):
        if moving in ("yaw", "pitch", "roll"):
            yield session.draw(base, turned(**{moving: 2 + frame * step}))
        else:
            yield session.draw(with_shapes(base, {moving: 0.3 + frame * step}), turned(yaw=2))


def flicker(session: PuppetSession, base: Floats, moving: str) -> float:
    """Mean second difference over frames, 0..255, of the pixels that change in the sequence."""
    return second_difference(np.stack(list(slow_frames(session, base, moving))))


def second_difference(frames: NDArray[np.uint8]) -> float:
    """Of frames (n, H, W, 3), over the pixels that change at all."""
    changing = (frames != frames[:1]).any(axis=(0, 3))
    if not changing.any():
        return 0.0
    return float(np.abs(np.diff(frames[:, changing].astype(np.int16), n=2, axis=0)).mean())
