"""The puppet on one core, in a process of its own: `python -m api.cli.bench.puppet IMAGE` prints JSON.

Time is processor time of one thread, so that other programs on the machine hardly change it.
"""

import gc
import json
import sys
import time
import tracemalloc
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.settings import load_settings
from avatar.types import FaceMotion, Floats, Portrait, Size
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from video_processor.framing import frame_portrait
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.engine import PuppetSession, build_session

FRAMING: Final = "portrait"
TARGETS_FPS: Final = {Size(512, 512): 200.0, Size(1280, 720): 80.0, Size(1920, 1080): 35.0}
"""Least frames a second, from motion to a finished RGB frame."""

PREPARE_TARGET_S: Final = 1.0
MEMORY_TARGET_MB: Final = 60.0
PREPARED_SIZE: Final = Size(512, 512)

FRAMES: Final = 40
REPEATS: Final = 4
BLINK_FRAMES: Final = 4
"""Lids move in one frame of so many, as in a person who blinks and looks about."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Frames a second by size, best of several repeats, and what a portrait prepared at 512 x 512 takes.

    `times_plain`: how many times as fast 512 x 512 is drawn as without the compiled loops; 1 where there are none.
    """

    frames_per_second: dict[Size, float]
    times_plain: float
    prepare_seconds: float
    prepared_megabytes: float

    def to_json(self) -> dict[str, Any]:
        fps = {f"{size.width}x{size.height}": value for size, value in self.frames_per_second.items()}
        times = {"times_plain": self.times_plain}
        return {"fps": fps, **times, "prepare_seconds": self.prepare_seconds, "prepared_mb": self.prepared_megabytes}


def measure_speed(portrait: Portrait) -> Speed:
    """Everything on one thread."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            prepare = min(prepare_seconds(portrait) for _ in range(REPEATS))
            fps = {size: frames_per_second(portrait, size) for size in TARGETS_FPS}
            return Speed(fps, times_plain(portrait), prepare, prepared_megabytes(portrait))
    finally:
        cv2.setNumThreads(threads)


def lively_motion(rest: Floats, frames: int) -> FaceMotion:
    """Talking with a turning head: lips and pose move in every frame, lids in some."""
    random = np.random.Generator(np.random.PCG64(3))
    shapes = np.tile(rest, (frames, 1)).astype(np.float32)
    for name in ("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "browInnerUp"):
        shapes[:, BLENDSHAPE_INDEX[name]] = random.uniform(0, 0.6, frames)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        shapes[::BLINK_FRAMES, BLENDSHAPE_INDEX[name]] = random.uniform(0.2, 1, len(shapes[::BLINK_FRAMES]))
    pose = random.uniform(-1, 1, (frames, 6)) * [4, 6, 4, 0.03, 0.03, 0.05]
    return FaceMotion(Fraction(25), shapes, pose.astype(np.float32))


def frames_per_second(portrait: Portrait, size: Size) -> float:
    """The best of several repeats, in the head-and-shoulders framing."""
    session = build_session(frame_portrait(portrait, size, FRAMING))
    motion = lively_motion(session.portrait.rest, FRAMES)
    return max(_rate(session, motion) for _ in range(REPEATS))


def times_plain(portrait: Portrait) -> float:
    """Each with the compiled loops and without in turn, since a machine's speed varies."""
    session = build_session(frame_portrait(portrait, PREPARED_SIZE, FRAMING))
    motion = lively_motion(session.portrait.rest, FRAMES)
    compiled, rates = native.kernels, []
    try:
        for _ in range(REPEATS):
            fast = _rate(session, motion)
            native.kernels = None
            rates.append(fast / _rate(session, motion))
            native.kernels = compiled
    finally:
        native.kernels = compiled
    return float(np.median(rates))


def _rate(session: PuppetSession, motion: FaceMotion) -> float:
    started = time.process_time()
    for shapes, pose in zip(motion.blendshapes, motion.pose, strict=True):
        session.draw(shapes, pose)
    return len(motion) / (time.process_time() - started)


def prepare_seconds(portrait: Portrait) -> float:
    """Framing an analysed portrait and solving its fields."""
    started = time.process_time()
    build_session(frame_portrait(portrait, PREPARED_SIZE, FRAMING))
    return time.process_time() - started


def prepared_megabytes(portrait: Portrait) -> float:
    """What a prepared portrait keeps in memory; what all portraits share is not counted."""
    build_session(frame_portrait(portrait, PREPARED_SIZE, FRAMING))
    gc.collect()
    tracemalloc.start()
    try:
        session = build_session(frame_portrait(portrait, PREPARED_SIZE, FRAMING))
        session.draw(session.portrait.rest, np.zeros(6, np.float32))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()


def main(image: Path) -> dict[str, Any]:
    settings = load_settings()
    picture = load_picture(
        image, max_megapixels=settings.max_image_megapixels, max_megabytes=settings.max_upload_megabytes
    )
    tracker = FaceTracker(WeightStore.of(settings))
    portrait = analyse_portrait(picture, tracker, min_face_pixels=settings.min_face_pixels)
    return measure_speed(portrait).to_json()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
