"""Listens to a person's microphone, in a thread of its own."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol

from avatar.types import SAMPLE_RATE_HZ, Floats
from live.conversation.outliving import CLOSE_SECONDS, outlived
from live.conversation.recognising import Understood
from live.conversation.turns import (
    SpeechBegan,
    SpeechDoubted,
    SpeechPaused,
    SpeechSensed,
    TurnDetector,
    TurnEnded,
    TurnEvent,
)
from live.messages import Problem
from live.resampling import Resampler

MOST_WAITING_SECONDS: Final = 20.0
"""Of sound that waits to be listened to."""

OFF_SECONDS: Final = 1.0
"""A microphone from which nothing has come so long is off."""

SENTENCE_ENDS: Final = ".!?。！？…"
HEARING_FAILED: Final = "hearing_failed"


class Listener(Protocol):
    """Who is told what is heard, in the thread of the ears."""

    def sensed(self) -> None:
        """A person may have begun to speak while the avatar does; `began` or `doubted` follows."""
        ...

    def doubted(self) -> None: ...

    def began(self, event: SpeechBegan) -> None: ...

    def guess(self, samples: Floats) -> Future[Understood] | None:
        """The person has paused: what they said so far may be understood ahead. None where that would take long."""
        ...

    def ended(self, event: TurnEnded, guess: Future[Understood] | None) -> None:
        """`guess` is of the whole turn."""
        ...

    def failed(self, problem: Problem) -> None:
        """A piece of sound could not be listened to; the next may be."""
        ...


class Ears:
    """From the first sound until `close`."""

    def __init__(self, detector: TurnDetector, listener: Listener, on_flood: Callable[[], None]) -> None:
        self._detector, self._listener, self._on_flood = detector, listener, on_flood
        self._sound: queue.SimpleQueue[tuple[Floats, int] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting_seconds = 0.0
        self._is_closed = False
        self._guess: Future[Understood] | None = None
        self._guessed_at = 0
        self._resampler: tuple[int, Resampler] | None = None
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)
        self._thread.start()

    def hear(self, samples: Floats, rate: int) -> None:
        """Sound (n,) at `rate` Hz. Returns at once; what is too much is dropped, and told."""
        seconds = len(samples) / rate
        with self._lock:
            has_room = self._waiting_seconds + seconds <= MOST_WAITING_SECONDS
            self._waiting_seconds += seconds if has_room else 0.0
        if has_room:
            self._sound.put((samples, rate))
        else:
            self._on_flood()

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Returns when the thread has ended, or after so many seconds; what waits is listened to no more."""
        self._is_closed = True
        self._sound.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._is_closed:
            with outlived(HEARING_FAILED, "Listening", self._listener.failed):
                self._listen()

    def _listen(self) -> None:
        """To the next piece."""
        try:
            piece = self._sound.get(timeout=OFF_SECONDS)
        except queue.Empty:
            self._take(self._detector.flush())
            return
        if piece is None:
            return
        samples, rate = piece
        with self._lock:
            self._waiting_seconds -= len(samples) / rate
        self._take(self._detector.push(self._at_own_rate(samples, rate)))

    def _at_own_rate(self, samples: Floats, rate: int) -> Floats:
        if self._resampler is None or self._resampler[0] != rate:
            self._resampler = (rate, Resampler(rate, SAMPLE_RATE_HZ))
        return self._resampler[1].push(samples)

    def _take(self, events: list[TurnEvent]) -> None:
        self._look_at_guess()
        for event in events:
            if isinstance(event, SpeechSensed):
                self._listener.sensed()
            elif isinstance(event, SpeechDoubted):
                self._listener.doubted()
            elif isinstance(event, SpeechBegan):
                self._guess = None
                self._listener.began(event)
            elif isinstance(event, SpeechPaused):
                self._guess = self._listener.guess(event.samples)
                self._guessed_at = self._detector.resumptions
            else:
                is_whole = self._guessed_at == self._detector.resumptions
                self._listener.ended(event, self._guess if is_whole else None)
                self._guess = None

    def _look_at_guess(self) -> None:
        guess = self._guess
        if guess is None or not guess.done() or guess.cancelled() or guess.exception() is not None:
            return
        if self._guessed_at == self._detector.resumptions and guess.result().text.endswith(tuple(SENTENCE_ENDS)):
            self._detector.hurry()
