"""Speech analysis on one core, in a process of its own: `python -m api.cli.bench.hearing AUDIO` prints JSON.

Speed is seconds of sound for a second of processor time of one thread, so that other programs on the machine hardly
change it.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from threadpoolctl import threadpool_limits

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.detectors import AUTO, build_detector, choose_detector
from audio_processor.tracks import measure
from audio_processor.visemes import visemes_from_sound
from avatar.settings import load_settings
from avatar.types import AudioClip, Floats
from models.visemes.stream import VisemeStream
from models.weights import WeightStore

ANALYSIS_TARGET: Final = 40.0
LIPS_TARGET: Final = 150.0
"""Times real time, at least."""

TAIL_TARGET_MS: Final = 5.0
CHUNK_SAMPLES: Final = 640
"""40 ms: a live chunk."""

LIVE_SAMPLES: Final = 480_000
HOUR_TARGET_MB: Final = 200.0
MAX_MINUTES: Final = 60.0
MAX_MEGABYTES: Final = 512.0
WARM_SAMPLES: Final = 160_000


def main(audio: Path) -> dict[str, Any]:
    """Times real time of the whole analysis, and of features and lips alone; a live chunk's tail; and who heard."""
    _use_one_core()
    settings = load_settings()
    store = WeightStore.of(settings)
    detector = build_detector(choose_detector(AUTO, store).name, store)
    with tempfile.TemporaryDirectory(prefix="avatar-") as folder, threadpool_limits(1):
        clip = decode_audio(audio, Path(folder), max_minutes=MAX_MINUTES, max_megabytes=MAX_MEGABYTES)
        warm = AudioClip(clip.samples[:WARM_SAMPLES], clip.source)
        analyse_speech(warm, detector=detector)
        return {
            "detector": detector.name,
            "analysis": clip.duration / _seconds(lambda: analyse_speech(clip, detector=detector)),
            "lips": clip.duration / _seconds(lambda: _lips(clip.samples)),
            "tail_ms": _tail_ms(clip.samples),
        }


def _lips(samples: Floats) -> None:
    measure(samples)
    visemes_from_sound(samples)


def _tail_ms(samples: Floats) -> float:
    """Median processor time from the last sample of a live chunk to the lips of all its frames that are sure."""
    stream = VisemeStream()
    starts = range(0, min(len(samples), LIVE_SAMPLES) - CHUNK_SAMPLES, CHUNK_SAMPLES)
    chunks = (samples[start : start + CHUNK_SAMPLES] for start in starts)
    return 1000.0 * statistics.median(_seconds(partial(stream.push, chunk)) for chunk in chunks)


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _use_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
