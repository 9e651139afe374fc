"""What a run's nodes work with. Handed to each of them by the graph's runtime; never stored."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from langgraph.errors import GraphBubbleUp

from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.telemetry import Tracer
from models.hardware import Hardware, hardware_of
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore
from orchestrator.rendering import OpenRenders, WarmSessions
from orchestrator.request import Job
from orchestrator.shared_span import SharedSpan
from video_processor.estimates.past import PastRuns
from video_processor.renderers.base import Renderer

DRAWING: Final = "video_generation"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: `done` of `total`, which are chunks for `video_generation` and 1 elsewhere."""

    stage: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]


class Stopped(Exception):  # noqa: N818 - not an error: the run was asked to end
    """The run ends, because a stage failed or its caller went away."""

    is_error = False


class Cancelled(Stopped):
    """The user wants the video no more."""


class SteppedBack(Stopped):
    """The run goes on another time: others wait, the process ends, or the job is another worker's."""


def is_retryable(error: Exception) -> bool:
    return isinstance(error, AvatarError) and error.retryable


class StopSign:
    """Raised once by whoever ends the run; the other stages look at it and leave.

    `from_outside` is True where it was not a stage's failure that put it up.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self.cause: Exception | None = None
        self.from_outside = False

    def put_up(self, cause: Exception | None = None) -> None:
        """End the run; the first cause is the one that counts."""
        self._put_up(cause, from_outside=True)

    def _put_up(self, cause: Exception | None, *, from_outside: bool) -> None:
        with self._lock:
            if not self._event.is_set():
                self.cause, self.from_outside = cause, from_outside
                self._event.set()

    def check(self) -> None:
        """Raises `Stopped` where the run is to end."""
        if self._event.is_set():
            raise Stopped

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A stage's work: not begun where the run is to end; what it cannot get over ends the run."""
        self.check()
        try:
            yield
        except (GraphBubbleUp, Stopped):
            raise
        except Exception as error:
            if not is_retryable(error):
                self._put_up(error, from_outside=False)
            raise


class Reporter:
    """Tells the caller of progress, one event at a time whatever thread it comes from."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._done = self._total = 0

    def stage(self, name: str, done: int) -> None:
        with self._lock:
            self._tell(Progress(name, done, 1))

    def chunks(self, done: int, total: int) -> None:
        """Where the chunks stand before more of them are made."""
        with self._lock:
            self._done, self._total = done, total
            self._tell(Progress("video_generation", done, total))

    def chunk_finished(self) -> None:
        with self._lock:
            self._done += 1
            self._tell(Progress("video_generation", self._done, self._total))

    def _tell(self, progress: Progress) -> None:
        if self._on_progress is not None:
            self._on_progress(progress)


@dataclass(frozen=True, slots=True)
class RunContext:
    """The job as asked for in this call, and what its stages need.

    Paths of inputs and of the output come from `job`, not from the state: a job that goes on may have been
    asked for again with the same files elsewhere. `folder` is the job's own. `drawing` is the span around all chunks.
    """

    job: Job
    settings: Settings
    artifacts: ArtifactStore
    weights: WeightStore
    engines: Mapping[str, Renderer]
    hardware: Hardware
    past: PastRuns
    renders: OpenRenders
    tracer: Tracer
    drawing: SharedSpan
    report: Reporter
    stop: StopSign
    folder: Path


def new_context(
    job: Job,
    settings: Settings,
    folder: Path,
    tracer: Tracer,
    engines: Mapping[str, Renderer],
    *,
    hardware: Hardware | None = None,
    fresh: bool = False,
    on_progress: OnProgress | None = None,
    stop: StopSign | None = None,
    warm: WarmSessions | None = None,
) -> RunContext:
    """What a run in the job's `folder` works with; `hardware` is what the settings stand for where it is not given."""
    return RunContext(
        job=job,
        settings=settings,
        artifacts=ArtifactStore(settings.data_dir / "artifacts", fresh=fresh),
        weights=WeightStore.of(settings),
        engines=engines,
        hardware=hardware or hardware_of(settings),
        past=PastRuns(settings.data_dir),
        renders=OpenRenders(settings.workers, warm or WarmSessions(1)),
        tracer=tracer,
        drawing=SharedSpan(tracer, DRAWING),
        report=Reporter(on_progress),
        stop=stop or StopSign(),
        folder=folder,
    )
