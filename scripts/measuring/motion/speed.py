"""How fast motion is made: seconds of motion for a second of processor time of one thread."""

import time
from typing import Final

from threadpoolctl import threadpool_limits

from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.made_speech import make_speech
from scripts.measuring.motion.people import directed
from scripts.measuring.motion.playing import played

LENGTHS: Final = (10.0, 60.0, 600.0)
LEAST_TIMES_REAL: Final = 200.0
RUNS: Final = 3


def measure() -> Measurement:
    with threadpool_limits(1):
        figures = tuple(
            Figure(f"{seconds:g} s of speech, best of {RUNS}", _times_real(seconds), "at least", LEAST_TIMES_REAL, "x")
            for seconds in LENGTHS
        )
    return Measurement("speed", figures, {})


def _times_real(seconds: float) -> float:
    speech = make_speech(seconds)
    performance = directed(speech)
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        played(speech, performance)
        taken.append(time.process_time() - started)
    return seconds / max(min(taken), 1e-6)
