"""What a worker opens sessions with, and how many it bears."""

import asyncio
import logging
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from avatar.errors import AvatarError
from avatar.performance import ControlParameters
from avatar.settings import Settings, core_count
from live.conversation.opening import open_partner
from live.drawing import DrawingRoom
from live.messages import USUAL_SIDE, Chosen, StartStream, checked_controls
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
"""Sessions that a worker takes while its pace is not known."""

MEASURED_FRAMES: Final = 40
USABLE_SHARE: Final = 0.8
"""Of a core: the rest is for the service, for sound and for what is uneven."""

PRUNE_SECONDS: Final = 600.0
"""Between two looks at what portraits of every size have left in DATA_DIR/artifacts."""

_log = logging.getLogger(__name__)


def worker_count(settings: Settings) -> int:
    """Live worker processes of this machine."""
    return min(core_count(), 4) if settings.live_workers < 0 else settings.live_workers


class SessionRoom:
    """Opens sessions. `frame_seconds`: a core's time for a frame of the usual size, drawn and encoded."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._drawing = DrawingRoom(settings)
        self.frame_seconds: float | None = None
        self._pruned_at = -PRUNE_SECONDS

    @property
    def capacity(self) -> int:
        """Sessions of the usual size and rate that this worker bears, on a core of its own or its share of one."""
        if self.frame_seconds is None:
            return UNMEASURED_CAPACITY
        cores = min(1.0, core_count() / max(1, worker_count(self._settings)))
        return max(1, int(USABLE_SHARE * cores / (USUAL_FPS * self.frame_seconds)))

    def measure(self) -> None:
        """Draws and encodes some frames of the character that comes with the program, by this thread's own time."""
        plan = SessionPlan(session="measure", start=StartStream(image=NOVA), image=str(DRAWN[NOVA]), name="Nova")
        try:
            stage = self.stage(plan, PuppetRenderer(), lambda _: None)
        except AvatarError as error:
            _log.warning("the pace of this machine could not be measured: %s", error)
            return
        stage.add(FragmentViewer(stage.size, plan.start.fps, lambda _: None))
        stage.walk(MEASURED_FRAMES // 4)
        began = time.thread_time()
        stage.walk(MEASURED_FRAMES)
        self.frame_seconds = (time.thread_time() - began) / MEASURED_FRAMES
        _log.info("a frame of %d pixels takes %.1f ms", USUAL_SIDE, 1000.0 * self.frame_seconds)

    async def open(self, plan: SessionPlan) -> LiveSession:
        """The session, running. Raises `AvatarError`."""
        opened: list[LiveSession] = []
        engine, choice = self._drawing.engine(plan.start.renderer)

        def crashed(error: Exception) -> None:
            for session in opened:
                session.crashed(error)

        stage = await asyncio.to_thread(self.stage, plan, engine, crashed)
        session = LiveSession(plan, stage, await open_partner(plan, stage, self._settings), self._settings)
        session.renderer = Chosen(name=choice.name, why=choice.why)
        opened.append(session)
        stage.start()
        asyncio.get_running_loop().run_in_executor(None, self._prune)
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

    def stage(self, plan: SessionPlan, engine: Renderer, crashed: Callable[[Exception], None]) -> Stage:
        """The plan's avatar, not started. `crashed` hears what ends it. Raises `AvatarError`."""
        start = plan.start
        controls = checked_controls({**plan.controls, **start.controls}, ControlParameters())
        portrait = self._drawing.portrait(plan)
        drawer = self._drawing.drawer(portrait, engine, start.fps)
        motion = LiveMotion(portrait.rest, fps=Fraction(start.fps), seed=start.seed, controls=controls)
        return Stage(drawer, motion, fps=start.fps, controls=controls, on_crash=crashed)
