"""What a video will take, by the engine that draws it.

The shipped figures give the shape (how time and memory grow with frames and pixels); the median of what videos of this
engine took on this device, against these figures, gives the scale. One odd run changes a median little.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Final

from avatar.settings import core_count
from avatar.types import Size, frame_count
from models.devices import CPU
from models.hardware import Hardware
from video_processor.estimates.past import PastRun, PastRuns
from video_processor.estimates.priors import REST_OF_SOUND, REST_SECONDS, Prior, prior_of

LEAST_SECONDS: Final = 1e-3
SMALLEST_OF_MEMORY: Final = 0.25
LARGEST_OF_MEMORY: Final = 2.0
"""What was measured counts as so many times the shipped figure: a process takes again what it has given back, and a
run's memory holds more than its engine, which, once passed over, never shows that it needs less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds from request to video without waiting in a queue, of which `drawing`; memory in bytes.

    `memory` is what the process grows by at its peak, `card_memory` the same on the card, 0 without one. `runs` is how
    many videos it was learned from; 0 where only the shipped figures speak.
    """

    engine: str
    device: str
    seconds: float
    drawing: float
    memory: int
    card_memory: int
    runs: int


def device_of(engine: str, hardware: Hardware) -> str:
    """Where an engine computes, as runs are noted: the device of the networks for those that have one."""
    return hardware.device.label if engine in hardware.profile.batches else CPU


def estimate_generation_time(
    sound: float, engine: str, size: Size, fps: Fraction, *, hardware: Hardware, past: PastRuns
) -> Estimate:
    """For `sound` seconds of speech, spoken by `engine` in a video of `size` at `fps`."""
    prior, batch = prior_of(engine, hardware), hardware.profile.batches.get(engine, 1)
    device = device_of(engine, hardware)
    runs = past.of(engine, device)
    frames, cores = frame_count(sound, fps), core_count()
    drawing = prior.drawing(size, frames, cores) * _scale(runs, lambda run: _drawn(run, prior, cores))
    preparing = median(run.preparing for run in runs) if runs else prior.preparing
    memory = prior.peak(size) * _scale(runs, lambda run: _taken(run.growth, prior.peak(_size(run))))
    card = prior.card_peak(batch) * _scale(runs, lambda run: _taken(run.card_growth, prior.card_peak(run.batch)))
    return Estimate(
        engine=engine,
        device=device,
        seconds=round(preparing + drawing + _rest(runs, sound), 2),
        drawing=round(drawing, 2),
        memory=round(memory),
        card_memory=round(card) if hardware.device.is_gpu and device != CPU else 0,
        runs=len(runs),
    )


def _scale(runs: Sequence[PastRun], ratio: Callable[[PastRun], float | None]) -> float:
    """The median of what was against what the shipped figures say; 1 where nothing was measured."""
    found = [value for run in runs if (value := ratio(run)) is not None]
    return median(found) if found else 1.0


def _drawn(run: PastRun, prior: Prior, cores: int) -> float | None:
    return run.drawing / max(prior.drawing(_size(run), run.frames, cores), LEAST_SECONDS)


def _taken(measured: int | None, expected: float) -> float | None:
    if measured is None or expected <= 0:
        return None
    return min(max(measured / expected, SMALLEST_OF_MEMORY), LARGEST_OF_MEMORY)


def _rest(runs: Sequence[PastRun], sound: float) -> float:
    expected = REST_SECONDS + REST_OF_SOUND * sound
    return expected * _scale(runs, lambda run: run.rest / (REST_SECONDS + REST_OF_SOUND * run.sound))


def _size(run: PastRun) -> Size:
    return Size(run.width, run.height)
