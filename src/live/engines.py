"""Which engine draws a live session: those that can draw frame by frame, and what a frame of each costs here."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.types import Choice, Floats, Portrait
from live.costs import costs_key
from live.plan import USUAL_FPS
from live.stage import Drawer, Listener
from models.hardware import Hardware, hardware_of
from models.weights import WeightStore
from video_processor.engine_lacks import Wants, lack
from video_processor.hybrid_generator import AUTO, choose, engines
from video_processor.renderers.base import Renderer

FRAME_SHARE: Final = 0.6
"""Of the time between two frames: `auto` takes no engine that needs more."""

WARM_UP_FRAMES: Final = 3
MEASURED_FRAMES: Final = 10
OPEN_JAW: Final = 0.4

Prepare = Callable[[Portrait, Renderer, int, Callable[[Exception], None]], Drawer]
"""A drawer of a portrait by an engine at so many frames a second; the last hears what the engine failed of."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineState:
    """An engine, as the status tells of it. `why`: what it lacks, or how it keeps up."""

    name: str
    available: bool
    why: str
    frame_milliseconds: float | None


@dataclass(frozen=True, slots=True)
class LiveEngine:
    """What was chosen for a session. `frame_seconds`: what a frame by a network was measured to take, or None."""

    renderer: Renderer
    choice: Choice
    frame_seconds: float | None = None
    notes: tuple[str, ...] = ()


class LiveEngines:
    """The engines of a worker, best first. `seconds`: what a frame was measured to cost, by the engine's name.

    Raises `ConfigurationError` on first use where the settings name a device that there is not.
    """

    def __init__(self, settings: Settings, store: WeightStore, hardware: Hardware | None = None) -> None:
        self._settings, self._store, self._given = settings, store, hardware
        self.seconds: dict[str, float] = {}
        self._broken: dict[str, str] = {}

    @cached_property
    def hardware(self) -> Hardware:
        """This machine, with batches of one frame."""
        found = self._given or hardware_of(self._settings)
        ones = dict.fromkeys(found.profile.batches, 1)
        return replace(found, profile=found.profile.model_copy(update={"batches": ones}))

    @cached_property
    def all(self) -> Mapping[str, Renderer]:
        known = engines(self._store, self.hardware)
        return {name: renderer for name, renderer in known.items() if renderer.capabilities.live is not None}

    def lack(self, name: str) -> str:
        """Why the engine cannot be used, to stand behind its name; empty where it can."""
        return lack(self.all[name], self._store, self.hardware, Wants()) or self._broken.get(name, "")

    @property
    def usable(self) -> dict[str, Renderer]:
        """Those that lack nothing."""
        return {name: renderer for name, renderer in self.all.items() if not self.lack(name)}

    def key(self, **about: int) -> str:
        """What their costs hold for, and numbers `about` it."""
        return costs_key(self.usable.values(), self.hardware, self._store, **about)

    def measure(self, portrait: Portrait, drawer: Prepare, wait: Callable[[], None] = lambda: None) -> None:
        """Lets every engine that can be used draw a speaking `portrait`; what it takes is the median, by the clock.

        `wait` is called before each frame, and returns when it may be drawn.
        """
        for name, renderer in self.usable.items():
            try:
                wait()
                self.seconds[name] = _seconds_of(drawer(portrait, renderer, USUAL_FPS, _refuse), portrait, wait)
            except (AvatarError, MemoryError, RuntimeError) as error:
                self._broken[name] = f"failed when it was measured: {str(error).rstrip('.')}"
                _log.warning("the engine %s could not be measured: %s", name, error)
            else:
                _log.info("the engine %s takes %.1f ms a frame", name, 1000.0 * self.seconds[name])

    def engine(self, wanted: str, fps: int, free_seconds: float = float("inf")) -> LiveEngine:
        """The engine to draw `fps` frames a second with: `wanted`, or the best that keeps up.

        `free_seconds`: what may be spent on a frame beside the sessions that run. Raises `InputError` for an engine
        that cannot draw live, `MissingExtraError` and `WeightsError` for a named one that lacks something.
        """
        if wanted != AUTO:
            choice = choose(wanted, self.all, self._store, hardware=self.hardware)
            return LiveEngine(self.all[wanted], choice, self._cost(wanted), self._warnings(wanted, fps))
        problems = {name: self.lack(name) or self._slowness(name, fps, free_seconds) for name in self.all}
        name = next(name for name, problem in problems.items() if not problem)
        better = list(problems)[: list(problems).index(name)]
        choice = Choice(
            name, self._reason(name, fps, problems), tuple(f"{other} {problems[other]}" for other in better)
        )
        return LiveEngine(self.all[name], choice, self._cost(name))

    @property
    def states(self) -> tuple[EngineState, ...]:
        return tuple(self._state(name) for name in self.all)

    def _state(self, name: str) -> EngineState:
        seconds = self.seconds.get(name)
        if problem := self.lack(name):
            return EngineState(name, available=False, why=f"It {problem}.", frame_milliseconds=None)
        slow = self._slowness(name, USUAL_FPS, float("inf"))
        why = f"It {slow}; `auto` does not take it." if slow else "It keeps up with 25 frames a second."
        milliseconds = None if seconds is None else round(1000.0 * seconds, 1)
        return EngineState(name, available=True, why=why, frame_milliseconds=milliseconds)

    def _cost(self, name: str) -> float | None:
        return self.seconds.get(name) if self._needs_measuring(name) else None

    def _needs_measuring(self, name: str) -> bool:
        """An engine without a network draws on any processor."""
        return bool(self.all[name].capabilities.weights)

    def _slowness(self, name: str, fps: int, free_seconds: float) -> str:
        """Why `auto` leaves an engine alone that could be used; empty where it does not."""
        if not self._needs_measuring(name):
            return ""
        seconds = self.seconds.get(name)
        if seconds is None:
            return "has not been measured on this machine"
        if seconds > FRAME_SHARE / fps:
            return f"takes {_milliseconds(seconds)} a frame, more than {_milliseconds(FRAME_SHARE / fps)}"
        if seconds > free_seconds:
            return f"takes {_milliseconds(seconds)} a frame, which the other sessions do not leave"
        return ""

    def _reason(self, name: str, fps: int, problems: Mapping[str, str]) -> str:
        if self._needs_measuring(name):
            return f"the best engine that keeps up: a frame takes {_share(self.seconds[name], fps)}"
        measured = [f"; {other} {problems[other]}" for other in problems if problems[other] and other in self.seconds]
        return "it keeps up on any processor" + "".join(measured)

    def _warnings(self, name: str, fps: int) -> tuple[str, ...]:
        if not self._slowness(name, fps, float("inf")):
            return ()
        seconds = self.seconds.get(name)
        if seconds is None:
            return (f"What a frame by {name} takes here has not been measured: frames are left out if it is too much.",)
        return (f"A frame by {name} takes {_share(seconds, fps)} here: frames are left out when it does not keep up.",)


def _seconds_of(drawer: Drawer, portrait: Portrait, wait: Callable[[], None]) -> float:
    if isinstance(drawer, Listener):
        drawer.listen(_murmur)
    shapes, pose = portrait.rest.copy(), np.zeros(6, np.float32)
    shapes[BLENDSHAPE_INDEX["jawOpen"]] = OPEN_JAW
    took = []
    for index in range(WARM_UP_FRAMES + MEASURED_FRAMES):
        wait()
        began = time.perf_counter()
        drawer.draw(index, shapes, pose)
        took.append(time.perf_counter() - began)
    return median(took[WARM_UP_FRAMES:])


def _murmur(first: int, count: int) -> Floats:
    """Noise as loud as speech."""
    return np.random.default_rng(first).normal(0.0, 0.1, count).astype(np.float32)


def _refuse(error: Exception) -> None:
    raise error


def _share(seconds: float, fps: int) -> str:
    return f"{_milliseconds(seconds)} of {_milliseconds(1 / fps)}"


def _milliseconds(seconds: float) -> str:
    return f"{1000.0 * seconds:.0f} ms"
