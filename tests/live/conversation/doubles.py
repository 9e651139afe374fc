"""Models with scripted answers and delays, and a stage that is cheap to draw. They keep the real contracts."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from avatar.performance import ControlParameters, Cue
from avatar.types import Floats, Image, LiveProsody, Size, VisemeTrack
from live.contract import TimedFrame, TimedSound
from live.messages import Attention, ServerMessage
from live.stage import Stage

FPS = 25
RATE = 16_000


class TinyDrawer:
    size = Size(8, 8)

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        return np.zeros((8, 8, 3), np.uint8)


@dataclass
class NotedMotion:
    """Moves nothing but the jaw, with the lips it is shown, and notes what it is told."""

    cues: list[Cue] = field(default_factory=list)
    directed: list[ControlParameters] = field(default_factory=list)
    attended: list[Attention] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    hushes: list[tuple[float, float]] = field(default_factory=list)
    unhushes: list[float] = field(default_factory=list)
    lips: list[tuple[float, int]] = field(default_factory=list)

    def cut(self, at: float) -> None:
        self.cuts.append(at)

    def hush(self, at: float, until: float) -> None:
        self.hushes.append((at, until))

    def unhush(self, at: float) -> None:
        self.unhushes.append(at)

    def direct(self, controls: ControlParameters, at: float) -> None:
        self.directed.append(controls)

    def cue(self, cue: Cue) -> None:
        self.cues.append(cue)

    def attend(self, state: Attention, at: float) -> None:
        self.attended.append(state)

    def speech(self, track: VisemeTrack, at: float, *, prosody: LiveProsody | None = None) -> None:
        self.lips.append((at, len(track.opening)))

    def frame(self, index: int) -> tuple[Floats, Floats]:
        return np.zeros(52, np.float32), np.zeros(6, np.float32)


@dataclass
class Watcher:
    """A viewer that keeps what it gets."""

    wants_pictures: bool = False
    messages: list[ServerMessage] = field(default_factory=list)
    sounds: list[TimedSound] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def sound(self, sound: TimedSound) -> None:
        with self._changed:
            self.sounds.append(sound)
            self._changed.notify_all()

    def frame(self, frame: TimedFrame) -> None:
        with self._changed:
            self.frames.append(frame.at)
            self._changed.notify_all()

    def tell(self, message: ServerMessage) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def of(self, kind: type[Any]) -> list[Any]:
        with self._changed:
            return [message for message in self.messages if isinstance(message, kind)]

    def wait(self, until: Callable[[], bool], seconds: float = 10.0) -> None:
        """Until something that came makes it true; fails after `seconds`."""
        with self._changed:
            assert self._changed.wait_for(until, seconds), f"it never came: {self.messages}"

    def wait_for(self, kind: type[Any], **fields: Any) -> Any:
        def found() -> Any:
            return next((m for m in self.messages if isinstance(m, kind) and fields.items() <= vars(m).items()), None)

        self.wait(lambda: found() is not None)
        return found()

    def heard(self) -> Floats:
        """All samples that were given out, in -1..1."""
        with self._changed:
            joined = np.concatenate([sound.samples for sound in self.sounds])
        heard: Floats = joined.astype(np.float32) / np.float32(32_767)
        return heard


def tiny_stage(motion: NotedMotion | None = None) -> Stage:
    """A stage that has not started."""
    return Stage(TinyDrawer(), cast(Any, motion or NotedMotion()), fps=FPS, controls=ControlParameters())
