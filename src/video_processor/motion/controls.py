"""The control parameters over time: segments laid over the clip's own, joined without a jump."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Generic

import numpy as np
from numpy.typing import NDArray

from avatar.performance import ControlParameters, Performance
from avatar.types import Floats
from video_processor.motion.curves import Clock, Value, eased

TRANSITION_SECONDS: Final = 0.4


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which control parameters hold when: in frame i those of `rows[owner[i]]`."""

    rows: tuple[ControlParameters, ...]
    owner: NDArray[np.int64]
    clock: Clock

    def track(self, values: Sequence[float] | Floats) -> Floats:
        """(frames,) the value of each row while it holds, with smooth transitions."""
        return eased(np.asarray(values, np.float32)[self.owner], self.clock, TRANSITION_SECONDS)


@dataclass(frozen=True, slots=True)
class ControlTracks(Generic[Value]):
    """The control parameters of a performance but for its emotion, in their own ranges."""

    blink_rate: Value
    head_tilt: Value
    mouth_openness: Value
    head_motion: Value
    gaze_contact: Value
    energy: Value


def timeline(performance: Performance, clock: Clock) -> Timeline:
    """Where segments overlap the one that starts last holds."""
    segments = sorted(performance.segments, key=lambda segment: segment.start)
    owner = np.zeros(clock.frames, np.int64)
    for row, segment in enumerate(segments, start=1):
        owner[clock.window(segment.start, segment.end)] = row
    return Timeline((performance.controls, *(segment.controls for segment in segments)), owner, clock)


def control_tracks(line: Timeline) -> ControlTracks[Floats]:
    names = [field.name for field in fields(ControlTracks)]
    return ControlTracks(**{name: line.track([getattr(row, name) for row in line.rows]) for name in names})
