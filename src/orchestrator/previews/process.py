"""The process that draws previews, as it sees itself, and as the service sees it."""

import threading
from collections import deque
from concurrent.futures import Future
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Final

import cv2
from threadpoolctl import threadpool_limits

from avatar.errors import AvatarError, RenderError
from avatar.settings import Settings
from orchestrator.previews.room import PreviewRoom
from orchestrator.previews.tasks import Abandoned, Answer, CurvesTask, Order, Task
from orchestrator.side_process import Attend, SideProcess

IDLE_SECONDS: Final = 900.0
"""A process that nobody asks for so long gives its memory back."""


class ProcessDied(Exception):  # noqa: N818 - the process ended, its task may be given to another
    """The process ended before it answered."""


def draw_previews(line: Connection, _settings: Settings) -> None:
    """What the process does: it answers every `Order` on the line with an `Answer`, and ends when none has come long.

    Several such processes draw side by side, so that OpenCV and BLAS start no threads of their own.
    """
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        _Attendant(line).attend()


class _Attendant:
    """Does one order after the other; between frames it hears which are wanted no more, and gives curves at once."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._room = PreviewRoom()
        self._waiting: deque[Order] = deque()
        self._called_off: set[int] = set()

    def attend(self) -> None:
        while self._waiting or self._line.poll(IDLE_SECONDS):
            self._hear()
            self._called_off.clear()
            if self._waiting:
                self._do(self._waiting.popleft())

    def _do(self, order: Order) -> None:
        if order.task is not None:
            self._line.send(self._answer(order.number, order.task))

    def _answer(self, number: int, task: Task) -> Answer:
        try:
            return Answer(number, self._room.done(task, lambda: self._listen(number)))
        except (AvatarError, Abandoned) as error:
            return Answer(number, error=error)
        except FileNotFoundError as error:
            return Answer(number, error=error)
        except Exception as error:
            return Answer(number, error=RenderError(f"The preview failed ({type(error).__name__}: {error})."))

    def _listen(self, number: int) -> None:
        """Gives the curves that wait. Raises `Abandoned` where order `number`, which is in hand, is wanted no more."""
        self._hear()
        while curves := next((order for order in self._waiting if isinstance(order.task, CurvesTask)), None):
            self._waiting.remove(curves)
            self._do(curves)
            self._hear()
        if number in self._called_off:
            raise Abandoned

    def _hear(self) -> None:
        """Takes all that is on the line; an order that waits and is wanted no more is not begun."""
        while self._line.poll():
            order: Order = self._line.recv()
            if order.task is not None:
                self._waiting.append(order)
            elif order.number in [other.number for other in self._waiting]:
                self._waiting = deque(other for other in self._waiting if other.number != order.number)
                self._line.send(Answer(order.number, error=Abandoned()))
            else:
                self._called_off.add(order.number)


class PreviewProcess:
    """A process that draws previews, started with its first order. Safe for threads."""

    def __init__(self, settings: Settings, attend: Attend = draw_previews) -> None:
        self._process = SideProcess("previews", attend, settings)
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._reader: threading.Thread | None = None
        self._line: Connection | None = None
        self._answers: dict[int, Future[Any]] = {}

    def order(self, task: Task) -> tuple[int, "Future[Any]"]:
        """The order's number, and the answer to come: its value, an error, `Abandoned`, or `ProcessDied`."""
        answer: Future[Any] = Future()
        with self._lock:
            number = next(self._numbers)
            line = self._line or self._connected()
            self._answers[number] = answer
            self._send(line, Order(number, task))
        return number, answer

    def call_off(self, number: int) -> None:
        """The order of that number is wanted no more."""
        with self._lock:
            if self._line is not None and number in self._answers:
                self._send(self._line, Order(number, None))

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        if (reader := self._reader) is not None:
            reader.join()

    def _connected(self) -> Connection:
        line = self._line = self._process.line()
        self._reader = threading.Thread(target=self._read, args=(line,), name="preview-answers", daemon=True)
        self._reader.start()
        return line

    def _send(self, line: Connection, order: Order) -> None:
        try:
            line.send(order)
        except OSError:
            return  # the process has ended: the reader learns it too, and tells all who wait

    def _read(self, line: Connection) -> None:
        try:
            while True:
                answer: Answer = line.recv()
                with self._lock:
                    waiting = self._answers.pop(answer.number, None)
                if waiting is not None:
                    _settle(waiting, answer)
        except (EOFError, OSError):
            with self._lock:
                self._process.dismiss()
                self._line = None
                left, self._answers = list(self._answers.values()), {}
            for waiting in left:
                waiting.set_exception(ProcessDied())


def _settle(waiting: "Future[Any]", answer: Answer) -> None:
    if answer.error is not None:
        waiting.set_exception(answer.error)
    else:
        waiting.set_result(answer.value)
