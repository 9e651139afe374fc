"""The pipeline alone, in one warm process: `python -m api.cli.bench.warm IMAGE AUDIO FOLDER` prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from avatar.settings import Settings, load_settings
from avatar.types import SAMPLE_RATE_HZ, Image, RenderChunk, Size
from models.face_mesh.tracker import FaceTracker
from models.hardware import hardware_of
from models.weights import WeightStore
from orchestrator.request import JobRequest
from orchestrator.result import JobResult
from orchestrator.run import run_job
from video_processor.encoding import encode_segment
from video_processor.framing import frame_portrait
from video_processor.hybrid_generator import engines
from video_processor.motion.export import load_motion
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait

SIZE: Final = Size(512, 512)
FPS: Final = Fraction(25)
ENCODED_FRAMES: Final = 250
KEPT_FRAMES: Final = 50


def main(image: Path, audio: Path, folder: Path) -> dict[str, Any]:
    """Seconds of a second run that finds nothing finished, by stage, and frames a second of renderer and encoder."""
    settings = [load_settings(data_dir=folder / name) for name in ("first", "second")]
    make(image, audio, settings[0])
    started = time.perf_counter()
    result = make(image, audio, settings[1])
    seconds = time.perf_counter() - started
    drawing, frames = renderer_speed(image, result, settings[1])
    return {
        "seconds": seconds,
        "stages": result.seconds,
        "renderer": result.renderer.name if result.renderer else "",
        "renderer_fps": drawing,
        "encoder_fps": encoder_speed(frames, folder / "segment.mp4", settings[1]),
    }


def make(image: Path, audio: Path, settings: Settings) -> JobResult:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    output = settings.data_dir / "video.mp4"
    request = JobRequest(
        image=image,
        audio=audio,
        output=output,
        fps=str(FPS),
        width=SIZE.width,
        height=SIZE.height,
        director="rules",
    )
    return run_job(request, settings)


def renderer_speed(image: Path, result: JobResult, settings: Settings) -> tuple[float, list[Image]]:
    """Frames a second of the engine that made `result`, on one thread, and the first of its frames."""
    store = WeightStore.of(settings)
    picture = load_picture(
        image, max_megapixels=settings.max_image_megapixels, max_megabytes=settings.max_upload_megabytes
    )
    portrait = analyse_portrait(picture, FaceTracker(store), min_face_pixels=settings.min_face_pixels)
    engine = engines(store, hardware_of(settings))[result.renderer.name if result.renderer else "puppet"]
    session = engine.prepare(frame_portrait(portrait, SIZE), SIZE)
    motion = load_motion(Path(str(result.motion)))
    sound = np.zeros(round(len(motion) / FPS * SAMPLE_RATE_HZ), np.float32)
    kept: list[Image] = []

    def draw() -> int:
        for index, frame in enumerate(session.render(RenderChunk(0, 0, len(motion), motion, sound))):
            if index < KEPT_FRAMES:
                kept.append(frame)
        return len(motion)

    return _rate(draw), kept


def encoder_speed(frames: list[Image], path: Path, settings: Settings) -> float:
    """Frames a second that become H.264 with the settings in force."""
    crf, preset = settings.video_crf, settings.video_preset

    def encode() -> int:
        source = islice(cycle(frames), ENCODED_FRAMES)
        return encode_segment(source, path, size=SIZE, fps=FPS, crf=crf, preset=preset)

    return _rate(encode)


def _rate(work: Callable[[], int]) -> float:
    cv2.setNumThreads(1)
    started = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:4]))))
