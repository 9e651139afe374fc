"""What a worker opens sessions with, and how many it bears."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from statistics import fmean
from typing import Final

from avatar.errors import AvatarError
from avatar.memory import memory_bytes
from avatar.performance import ControlParameters
from avatar.settings import Settings, core_count
from live.conversation.opening import open_partner
from live.costs import Costs, Measured, costs_of
from live.drawing import DrawingRoom
from live.engines import EngineState, LiveEngine
from live.messages import USUAL_SIDE, Chosen, Notice, StartStream, checked_controls
from live.own_thread import in_own_thread
from live.plan import USUAL_FPS, SessionPlan
from live.session import LiveSession
from live.stage import Stage
from live.viewers.fragments import FragmentViewer
from orchestrator.characters.built_in import DRAWN, NOVA
from orchestrator.run import prune_artifacts
from video_processor.motion.live import LiveMotion
from video_processor.renderers.base import Renderer
from video_processor.renderers.puppet import PuppetRenderer

UNMEASURED_CAPACITY: Final = 2
"""Sessions that a machine takes while its pace is not known."""

WORKERS_A_CORE, MOST_WORKERS = 3, 8
WITHOUT_ROOM: Final = 4
"""Workers at most, one a core, where there is no memory for more."""

WORKER_BYTES: Final = 3_000_000_000
"""Of memory, for a worker more: it has models of its own."""

WARM_UP_FRAMES, MEASURED_FRAMES = 10, 40
PUPPET: Final = PuppetRenderer.capabilities.name
USABLE_SHARE: Final = 0.8
"""Of a core, for a session alone: the rest is for the service, for sound and for what is uneven."""

CORE_SECONDS: Final = USABLE_SHARE / USUAL_FPS
"""Of a core, for a frame of a session alone at the usual rate."""

CROWD_SHARE: Final = 0.45
"""Of a core, for many sessions: hearing lips and melody, moving, coding sound and passing it on take as much as drawing
and encoding at the usual size do, and what is drawn between others' frames finds the caches empty.
"""

PRUNE_SECONDS: Final = 600.0
"""Between two looks at what portraits of every size have left in DATA_DIR/artifacts."""

_log = logging.getLogger(__name__)


def worker_count(settings: Settings) -> int:
    """Live worker processes of this machine.

    More than it has cores, where there is memory for their models: sessions of one process wait for each other's turn
    in the interpreter.
    """
    if settings.live_workers >= 0:
        return settings.live_workers
    cores, memory = core_count(), memory_bytes()
    room = memory[1] // WORKER_BYTES if memory is not None else 0
    return max(min(cores, WITHOUT_ROOM), min(WORKERS_A_CORE * cores, MOST_WORKERS, room))


class SessionRoom:
    """Opens sessions. `frame_seconds`: a core's time for a frame of the usual size, drawn and encoded.

    `measured` tells when it was; None as long as it is not known.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._drawing = DrawingRoom(settings)
        self.measured: Measured | None = None
        self.frame_seconds: float | None = None
        self._opened, self._opening = threading.Condition(), 0
        self._pruned_at = -PRUNE_SECONDS

    @property
    def capacity(self) -> int:
        """Sessions of the usual size and rate that this machine bears, in all workers together."""
        if self.frame_seconds is None:
            return UNMEASURED_CAPACITY
        return max(1, int(CROWD_SHARE * core_count() / USUAL_FPS / self.frame_seconds))

    @property
    def engines(self) -> tuple[EngineState, ...]:
        """What is known of every engine; none before the first is measured."""
        return self._drawing.engines.states if self.measured else ()

    def weight(self, session: LiveSession) -> float:
        """How many sessions of the usual engine, size and rate it is worth."""
        network = session.frame_seconds / self.frame_seconds if self.frame_seconds else 0.0
        return max(session.plan.weight, network * session.plan.start.fps / USUAL_FPS)

    def measure(self) -> None:
        """Draws and encodes some frames of the character that comes with the program, by this thread's own time.

        Then every engine that can be used draws some of them, by the clock. What was measured on this machine before
        is taken as it is. While a session is being opened nothing is drawn.
        """
        engines = self._drawing.engines
        try:
            key = engines.key(side=USUAL_SIDE, fps=USUAL_FPS)
            costs, measured = costs_of(self._settings.data_dir, key, self._costs)
        except (AvatarError, OSError) as error:
            _log.warning("the pace of this machine could not be measured: %s", error)
            return
        engines.seconds, self.frame_seconds, self.measured = dict(costs.engines), costs.usual, measured
        _log.info("a frame of %d pixels takes %.1f ms, measured %s", USUAL_SIDE, 1000.0 * costs.usual, measured)

    def _costs(self) -> Costs:
        plan = SessionPlan(session="measure", start=StartStream(image=NOVA), image=str(DRAWN[NOVA]), name="Nova")
        stage = self.stage(plan, PuppetRenderer(), lambda _: None)
        stage.add(FragmentViewer(stage.size, plan.start.fps, lambda _: None))
        spent = [self._frame_seconds_of(stage) for _ in range(WARM_UP_FRAMES + MEASURED_FRAMES)]
        engines = self._drawing.engines
        engines.measure(self._drawing.portrait(plan), self._drawing.drawer, self._wait)
        return Costs(usual=fmean(spent[WARM_UP_FRAMES:]), engines=engines.seconds)

    def _frame_seconds_of(self, stage: Stage) -> float:
        self._wait()
        began = time.thread_time()
        stage.walk(1)
        return time.thread_time() - began

    def _wait(self) -> None:
        """Until no session is being opened."""
        with self._opened:
            self._opened.wait_for(lambda: not self._opening)

    @contextmanager
    def _first(self) -> Iterator[None]:
        """What is done inside goes before measuring."""
        with self._opened:
            self._opening += 1
        try:
            yield
        finally:
            with self._opened:
                self._opening -= 1
                self._opened.notify_all()

    async def open(self, plan: SessionPlan, running: Iterable[LiveSession] = ()) -> LiveSession:
        """The session, running beside those that do. Raises `AvatarError`."""
        with self._first():
            return await self._open(plan, running)

    async def _open(self, plan: SessionPlan, running: Iterable[LiveSession]) -> LiveSession:
        opened: list[LiveSession] = []
        engine = await in_own_thread(partial(self.engine, plan, tuple(running)), f"engine-{plan.session}")

        def crashed(error: Exception) -> None:
            for session in opened:
                session.crashed(error)

        def fell(notice: Notice) -> None:
            for session in opened:
                session.renderer, session.frame_seconds = Chosen(name=PUPPET, why=notice.message), 0.0

        prepare = partial(self.stage, plan, engine.renderer, crashed, fell)
        stage = await in_own_thread(prepare, f"portrait-{plan.session}")
        partner = await open_partner(plan, stage, self._settings)
        session = LiveSession(plan, stage, partner, self._settings, (*engine.notes, *partner.notes))
        session.renderer = Chosen(name=engine.choice.name, why=engine.choice.why)
        session.frame_seconds = engine.frame_seconds or 0.0
        opened.append(session)
        stage.start()
        threading.Thread(target=self._prune, name="prune-artifacts", daemon=True).start()
        return session

    def _prune(self) -> None:
        """Drops the artifacts used longest ago, as a job does when it ends; once in a while."""
        now = time.monotonic()
        if now - self._pruned_at < PRUNE_SECONDS:
            return
        self._pruned_at = now
        try:
            prune_artifacts(self._settings.data_dir / "jobs", self._settings, self._drawing.artifacts)
        except Exception:
            _log.exception("old artifacts could not be dropped")

    def engine(self, plan: SessionPlan, running: Iterable[LiveSession] = ()) -> LiveEngine:
        """What draws the plan's avatar beside the sessions that run. Raises `AvatarError`."""
        free = CORE_SECONDS * core_count() - self.taken(running) - plan.beside
        return self._drawing.engines.engine(plan.start.renderer, plan.start.fps, min(CORE_SECONDS, free))

    def taken(self, running: Iterable[LiveSession]) -> float:
        """Seconds of a core that the sessions take for a frame of each."""
        return sum(max(self.frame_seconds or 0.0, session.frame_seconds) for session in running)

    def stage(
        self,
        plan: SessionPlan,
        renderer: Renderer,
        crashed: Callable[[Exception], None],
        fell: Callable[[Notice], None] = lambda _: None,
    ) -> Stage:
        """The plan's avatar, not started. Raises `AvatarError`.

        `crashed` hears what ends it, `fell` what viewers are told where its engine fails and another one goes on.
        """
        start = plan.start
        controls = checked_controls({**plan.controls, **start.controls}, ControlParameters())
        portrait = self._drawing.portrait(plan)

        def failed(error: Exception) -> None:
            notice = fallen(renderer.capabilities.name, error)
            fell(notice)
            stage.tell(notice)

        drawer = self._drawing.drawer(portrait, renderer, start.fps, failed)
        motion = LiveMotion(portrait.rest, fps=Fraction(start.fps), seed=start.seed, controls=controls)
        stage = Stage(drawer, motion, fps=start.fps, controls=controls, on_crash=crashed)
        return stage


def fallen(engine: str, error: Exception) -> Notice:
    """What viewers are told of an engine that failed."""
    _log.error("the engine %s failed in a session", engine, exc_info=error)
    known = error if isinstance(error, AvatarError) else None
    what = known.message if known else f"It raised {type(error).__name__}."
    return Notice(
        code="engine_fell_back",
        message=f"{engine} failed, and {PUPPET} draws from here on. {what}",
        cure=known.cure if known else "",
    )
