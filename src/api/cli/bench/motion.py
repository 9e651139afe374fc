"""Motion on one core, in a process of its own: `python -m api.cli.bench.motion AUDIO` prints JSON.

Speed is seconds of motion for a second of processor time of one thread, so that other programs on the machine hardly
change it.
"""

import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from avatar.blendshapes import BLENDSHAPES
from avatar.types import frame_count
from orchestrator.director.rules import direct
from video_processor.motion.synthesis import synthesise_motion

MOTION_TARGET: Final = 200.0
"""Times real time, at least."""

FPS: Final = Fraction(25)
RUNS: Final = 3
MAX_MINUTES: Final = 60.0
MAX_MEGABYTES: Final = 512.0


def main(audio: Path) -> dict[str, Any]:
    """Times real time of motion synthesis from the rule director's performance, best of a few runs."""
    with tempfile.TemporaryDirectory(prefix="avatar-") as folder, threadpool_limits(1):
        clip = decode_audio(audio, Path(folder), max_minutes=MAX_MINUTES, max_megabytes=MAX_MEGABYTES)
        speech = analyse_speech(clip)
    performance = direct(speech, ())
    frames, rest = frame_count(speech.duration, FPS), np.zeros(len(BLENDSHAPES), np.float32)
    seconds = []
    with threadpool_limits(1):
        for _ in range(RUNS):
            started = time.process_time()
            synthesise_motion(speech, performance, fps=FPS, frames=frames, rest=rest, seed=0)
            seconds.append(time.process_time() - started)
    return {"times_real": speech.duration / max(min(seconds), 1e-6)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
