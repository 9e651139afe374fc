"""The process that speaks with networks, as it sees itself, and as the one that asks sees it."""

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from typing import Final

from audio_processor.speaking.base import SpokenPiece, Voice
from audio_processor.speaking.choice import speaker_of
from audio_processor.speaking.utterance import uttered
from avatar.errors import AvatarError, SynthesisError
from avatar.settings import Settings
from orchestrator.side_process import Attend, SideProcess

IDLE_SECONDS: Final = 900.0
"""A process that nobody asks for so long gives its memory back."""


class ProcessEnded(SynthesisError):  # noqa: N818 - the process ended, the text may be given to another
    """The process ended before it had spoken the text."""


@dataclass(frozen=True, slots=True)
class SpeakTask:
    """A text, and the engine, the language and the voice to speak it with."""

    engine: str
    text: str
    language: str
    voice: Voice | None


@dataclass(frozen=True, slots=True)
class Order:
    """A numbered task; without one, the order of that number is wanted no more."""

    number: int
    task: SpeakTask | None


@dataclass(frozen=True, slots=True)
class Said:
    """A piece for the order of that number; without one its end, or the error that ended it."""

    number: int
    piece: SpokenPiece | None = None
    error: Exception | None = None


def speak_orders(line: Connection, settings: Settings) -> None:
    """What the process does: it speaks every `Order`, several in turns, and ends when none has come for long."""
    _Attendant(line, settings).attend()


class _Unwanted(Exception):  # noqa: N818 - not an error: nobody wants it any more
    pass


class _Attendant:
    """Speaks a piece of each order in turn; within a piece it hears which are wanted no more."""

    def __init__(self, line: Connection, settings: Settings) -> None:
        self._line, self._settings = line, settings
        self._speaking: deque[tuple[int, Iterator[SpokenPiece]]] = deque()
        self._called_off: set[int] = set()

    def attend(self) -> None:
        while self._speaking or self._line.poll(IDLE_SECONDS):
            self._hear()
            if self._speaking:
                number, pieces = self._speaking.popleft()
                if self._goes_on(number, pieces):
                    self._speaking.append((number, pieces))
                else:
                    self._called_off.discard(number)

    def _hear(self) -> None:
        while self._line.poll():
            order: Order = self._line.recv()
            if order.task is None:
                self._called_off.add(order.number)
            else:
                self._speaking.append((order.number, self._pieces(order.number, order.task)))

    def _pieces(self, number: int, task: SpeakTask) -> Iterator[SpokenPiece]:
        def check() -> None:
            self._hear()
            if number in self._called_off:
                raise _Unwanted

        check()
        speaker = speaker_of(task.engine, self._settings)
        yield from uttered(speaker, task.text, language=task.language, voice=task.voice, check=check)

    def _goes_on(self, number: int, pieces: Iterator[SpokenPiece]) -> bool:
        try:
            self._line.send(Said(number, next(pieces)))
        except (StopIteration, _Unwanted):
            self._line.send(Said(number))
            return False
        except AvatarError as error:
            self._line.send(Said(number, error=error))
            return False
        except (EOFError, OSError):
            raise
        except Exception as error:
            problem = SynthesisError(f"The engine failed ({type(error).__name__}: {error}).", cure="Try another one.")
            self._line.send(Said(number, error=problem))
            return False
        return True


class SpeakingProcess:
    """A process that speaks, started with its first order. Safe for threads."""

    def __init__(self, settings: Settings, attend: Attend = speak_orders) -> None:
        self._process = SideProcess("speaking", attend, settings)
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._reader: threading.Thread | None = None
        self._line: Connection | None = None
        self._answers: dict[int, queue.SimpleQueue[Said]] = {}
        self._heard = time.monotonic()

    @property
    def silent_seconds(self) -> float:
        """Since anything was heard of the process, or it was asked after a rest."""
        return time.monotonic() - self._heard

    def order(self, task: SpeakTask) -> tuple[int, "queue.SimpleQueue[Said]"]:
        """The order's number, and what is said to it as it comes."""
        answers: queue.SimpleQueue[Said] = queue.SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            line = self._line or self._connected()
            if not self._answers:
                self._heard = time.monotonic()
            self._answers[number] = answers
            _send(line, Order(number, task))
        return number, answers

    def call_off(self, number: int) -> None:
        """The order of that number is wanted no more."""
        with self._lock:
            if self._line is not None and number in self._answers:
                _send(self._line, Order(number, None))

    def end(self) -> None:
        """End the process, whatever it does; whoever waits is told. The next order starts another one."""
        self._process.kill()
        if (reader := self._reader) is not None:
            reader.join()

    def _connected(self) -> Connection:
        line = self._line = self._process.line()
        self._reader = threading.Thread(target=self._read, args=(line,), name="speaking-answers", daemon=True)
        self._reader.start()
        return line

    def _read(self, line: Connection) -> None:
        try:
            while True:
                said: Said = line.recv()
                with self._lock:
                    self._heard = time.monotonic()
                    waiting = self._answers.get(said.number)
                    if said.piece is None:
                        self._answers.pop(said.number, None)
                if waiting is not None:
                    waiting.put(said)
        except (EOFError, OSError):
            with self._lock:
                self._process.dismiss()
                self._line = None
                left, self._answers = self._answers, {}
            for number, waiting in left.items():
                waiting.put(Said(number, error=ProcessEnded("The process that speaks has ended.", cure="Try again.")))


def _send(line: Connection, order: Order) -> None:
    try:
        line.send(order)
    except OSError:
        return  # the process has ended: the reader learns it too, and tells all who wait
