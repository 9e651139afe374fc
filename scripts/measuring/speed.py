"""The puppet's speed and memory on one core."""

from typing import Final

from api.cli.bench.puppet import MEMORY_TARGET_MB, PREPARE_TARGET_S, PREPARED_SIZE, TARGETS_FPS, measure_speed
from scripts.measuring.figures import Measurement, worst_of
from scripts.measuring.subjects import Subject

TIMED: Final = 3
"""So many portraits are timed: speed hardly depends on who is drawn."""


def measure(subjects: list[Subject]) -> Measurement:
    speeds = {subject.name: measure_speed(subject.original) for subject in subjects[:TIMED]}
    figures = [
        worst_of(
            f"{size.width}x{size.height}, one core",
            {name: speed.frames_per_second[size] for name, speed in speeds.items()},
            "at least",
            target,
            "frames/s",
        )
        for size, target in TARGETS_FPS.items()
    ]
    at = f"{PREPARED_SIZE.width}x{PREPARED_SIZE.height}"
    prepare = {name: speed.prepare_seconds for name, speed in speeds.items()}
    memory = {name: speed.prepared_megabytes for name, speed in speeds.items()}
    figures += [
        worst_of(f"preparing a portrait at {at}", prepare, "under", PREPARE_TARGET_S, "s"),
        worst_of(f"memory of a prepared portrait at {at}", memory, "under", MEMORY_TARGET_MB, "MB"),
    ]
    return Measurement("speed", tuple(figures), {})
