"""Listens to a person's microphone, in a thread of its own."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol

from avatar.types import SAMPLE_RATE_HZ, Floats
from live.conversation.recognising import Understood
from live.conversation.turns import SpeechBegan, SpeechPaused, TurnDetector, TurnEnded
from live.resampling import Resampler

MOST_WAITING: Final = 500
"""Pieces of sound that wait to be listened to; about ten seconds."""

OFF_SECONDS: Final = 1.0
"""A microphone from which nothing has come so long is off."""

SENTENCE_ENDS: Final = ".!?。！？…"
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told what is heard, in the thread of the ears."""

    def began(self, event: SpeechBegan) -> None: ...

    def guess(self, samples: Floats) -> Future[Understood] | None:
        """The person has paused: what they said so far may be understood ahead. None where that would take long."""
        ...

    def ended(self, event: TurnEnded, guess: Future[Understood] | None) -> None:
        """`guess` is of the whole turn."""
        ...


class Ears:
    """From the first sound until `close`."""

    def __init__(self, detector: TurnDetector, listener: Listener, on_flood: Callable[[], None]) -> None:
        self._detector, self._listener, self._on_flood = detector, listener, on_flood
        self._sound: queue.Queue[tuple[Floats, int] | None] = queue.Queue(MOST_WAITING)
        self._guess: Future[Understood] | None = None
        self._guessed_at = 0
        self._resampler: tuple[int, Resampler] | None = None
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)
        self._thread.start()

    def hear(self, samples: Floats, rate: int) -> None:
        """Sound (n,) at `rate` Hz. Returns at once; what is too much is dropped, and told."""
        try:
            self._sound.put_nowait((samples, rate))
        except queue.Full:
            self._on_flood()

    def close(self) -> None:
        """Returns when the thread has ended."""
        while self._thread.is_alive():
            try:
                self._sound.put(None, timeout=0.1)
                break
            except queue.Full:
                continue
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                piece = self._sound.get(timeout=OFF_SECONDS)
            except queue.Empty:
                self._take(self._detector.flush())
                continue
            if piece is None:
                return
            try:
                self._take(self._detector.push(self._at_own_rate(*piece)))
            except Exception:
                _log.exception("sound could not be listened to")

    def _at_own_rate(self, samples: Floats, rate: int) -> Floats:
        if self._resampler is None or self._resampler[0] != rate:
            self._resampler = (rate, Resampler(rate, SAMPLE_RATE_HZ))
        return self._resampler[1].push(samples)

    def _take(self, events: "list[SpeechBegan | SpeechPaused | TurnEnded]") -> None:
        self._look_at_guess()
        for event in events:
            if isinstance(event, SpeechBegan):
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
        if guess is None or not guess.done() or guess.exception() is not None:
            return
        if self._guessed_at == self._detector.resumptions and guess.result().text.endswith(tuple(SENTENCE_ENDS)):
            self._detector.hurry()
