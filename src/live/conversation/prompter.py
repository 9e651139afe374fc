"""Does things at their moments on a stage's media clock, and sees when what is said is heard, seen, over or cut."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.conversation.line import Line
from live.messages import ServerMessage, Speaking
from live.stage import Stage

Action = Callable[[], None]
_order: Final = itertools.count()


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    line: Line = field(compare=False)
    action: Action = field(compare=False)


class Prompter:
    """A viewer of the stage, without pictures.

    `on_sound` hears of each line that begins to be heard, `on_over` of each that is over, in a thread of the stage.
    """

    wants_pictures: Final = False

    def __init__(self, stage: Stage, on_sound: Callable[[Line], None], on_over: Callable[[Line], None]) -> None:
        self._stage, self._on_sound, self._on_over = stage, on_sound, on_over
        self._lock = threading.Lock()
        self._due: list[_Due] = []
        self._lines: dict[str, Line] = {}

    def watch(self, line: Line) -> None:
        with self._lock:
            self._lines[line.name] = line

    def at(self, moment: float, line: Line, action: Action) -> None:
        """Done when the media clock comes there, unless the line is cut before."""
        with self._lock:
            heapq.heappush(self._due, _Due(moment, next(_order), line, action))

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those that are not over, in the order in which they are said."""
        with self._lock:
            return tuple(self._lines.values())

    @property
    def count(self) -> int:
        """How many are not over."""
        return len(self._lines)

    def cut(self, at: float) -> None:
        """Every line whose utterance was cut ends at `at`."""
        for line in self.lines:
            if line.is_cut:
                self._end(line, at)

    def sound(self, sound: TimedSound) -> None:
        for action in self._taken(sound.at + len(sound.samples) / SOUND_RATE_HZ):
            action()

    def frame(self, frame: TimedFrame) -> None:
        seen = time.monotonic()
        while (line := self._first()) is not None:
            if line.heard.sound is not None and line.heard.frame is None:
                line.heard.frame = seen
                line.seen.set()
            if line.is_cut:
                self._end(line, frame.at)
            elif line.utterance.ended and self._stage.now >= line.ends_at:
                self._end(line, None)
            else:
                return

    def tell(self, message: ServerMessage) -> None:
        if not isinstance(message, Speaking):
            return
        with self._lock:
            line = self._lines.get(message.utterance or "")
        if line is None:
            return
        if message.on and line.heard.sound is None:
            line.heard.sound = time.monotonic()
            self._on_sound(line)
        if message.cut:
            self._end(line, message.at)

    def _first(self) -> Line | None:
        """The one that is being said, or else is the next to be; those behind it wait for it."""
        with self._lock:
            return next(iter(self._lines.values()), None)

    def _taken(self, until: float) -> list[Action]:
        """What is due before `until`."""
        with self._lock:
            due = []
            while self._due and self._due[0].at < until:
                due.append(heapq.heappop(self._due))
        return [one.action for one in due if not one.line.is_cut]

    def _end(self, line: Line, cut_at: float | None) -> None:
        with self._lock:
            if self._lines.pop(line.name, None) is None:
                return
        line.cut_at = cut_at
        line.over.set()
        line.seen.set()
        self._on_over(line)
