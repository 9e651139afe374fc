"""What a process that draws previews can be asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar.performance import Performance
from orchestrator.moving import MotionSource


@dataclass(frozen=True, slots=True)
class CurvesTask:
    """The curves of the whole motion, answered as a `MotionOverview`."""

    source: MotionSource
    performance: Performance
    most_points: int
    most_per_second: float | None


@dataclass(frozen=True, slots=True)
class PictureTask:
    """A segment at `place`: `count` frames from `first`, the longer side of which has `side` pixels."""

    source: MotionSource
    performance: Performance
    first: int
    count: int
    side: int
    place: Path


@dataclass(frozen=True, slots=True)
class SoundTask:
    """The soundtrack of `count` frames from `first`, at `place`."""

    source: MotionSource
    first: int
    count: int
    place: Path


@dataclass(frozen=True, slots=True)
class WarmTask:
    """The portrait is made ready for previews of that size."""

    source: MotionSource
    side: int


Task = CurvesTask | PictureTask | SoundTask | WarmTask


@dataclass(frozen=True, slots=True)
class Order:
    """A numbered task; without one, the order of that number is wanted no more."""

    number: int
    task: Task | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of the order of that number; an error is raised where the task was given."""

    number: int
    value: Any = None
    error: Exception | None = None


class Abandoned(Exception):  # noqa: N818 - not an error: nobody wants it any more
    """The task is wanted no more."""
