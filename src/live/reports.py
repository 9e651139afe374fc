"""What a worker and the service say to each other of the worker itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live.costs import Measured
    from live.engines import EngineState


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker says of itself when it can be spoken to."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Report:
    """How a worker fares, once a second at least.

    `load` and `capacity` are sessions of the usual size and rate; `load` counts those that are being opened, `capacity`
    is that of the machine. `taken`: seconds of a core that its sessions take for a frame of each.
    `frame_seconds`: a core's time for a frame at the usual size, None until it is known; `measured`: when it was.
    `open`: numbers. `engines`: none before their costs are known.
    """

    sessions: int
    capacity: int
    frame_seconds: float | None
    load: float = 0.0
    taken: float = 0.0
    open: frozenset[str] = frozenset()
    engines: "tuple[EngineState, ...]" = ()
    measured: "Measured | None" = None


@dataclass(frozen=True, slots=True)
class Farewell:
    """What ends a worker: it tells its clients first."""
