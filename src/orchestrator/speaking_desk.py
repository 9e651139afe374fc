"""Text spoken for the service: espeak-ng through its own process, networks in a process beside the service."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from audio_processor.speaking.base import Speaker, SpokenPiece, Voice
from audio_processor.speaking.choice import choose_speaker, voice_of
from audio_processor.speaking.utterance import uttered
from audio_processor.tts import check_text
from avatar.errors import BusyError, SynthesisError
from avatar.settings import Settings
from avatar.types import Choice
from orchestrator.side_process import Attend
from orchestrator.speaking_process import ProcessEnded, Said, SpeakingProcess, SpeakTask, speak_orders

MOST_AT_ONCE: Final = 16
LONGEST_SILENCE_SECONDS: Final = 120.0
"""A process of which nothing is heard for so long, while somebody waits, is ended; loading weights takes time."""

LOOK_SECONDS: Final = 0.25
ATTEMPTS: Final = 2
"""Of a text whose process ended, perhaps through another one, before anything of it was spoken."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text that is being spoken: by whom and why, in which voice, at which rate in Hz; the pieces as they come."""

    choice: Choice
    language: str
    voice: str
    rate: int
    pieces: Iterator[SpokenPiece]


class SpeakingDesk:
    """Callers may come from many threads. `attend` is what the process does that speaks with networks."""

    def __init__(
        self,
        settings: Settings,
        attend: Attend = speak_orders,
        *,
        most: int = MOST_AT_ONCE,
        patience_seconds: float = LONGEST_SILENCE_SECONDS,
    ) -> None:
        self._settings = settings
        self._process = SpeakingProcess(settings, attend)
        self._places = threading.BoundedSemaphore(most)
        self._patience = patience_seconds

    def utter(
        self,
        text: str,
        *,
        wish: str | None = None,
        language: str | None = None,
        voice: Voice | str | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Utterance:
        """The text as speech; what is None is that of the settings. `check`, called while it waits, may end it.

        Raises what `choose_speaker` raises, `InputError` for a text that cannot be spoken; and, while the pieces are
        taken, `BusyError` where too many speak at once, `SynthesisError`.
        """
        check_text(text)
        tongue = language or self._settings.default_language
        speaker, choice = choose_speaker(
            self._settings, wish=wish or self._settings.default_speaker, language=tongue, voice=voice
        )
        chosen = voice_of(speaker, tongue, voice)
        return Utterance(
            choice=choice,
            language=tongue,
            voice=chosen.name if chosen is not None else speaker.voices(tongue)[0].name,
            rate=speaker.capabilities.rate,
            pieces=self._pieces(speaker, text, tongue, chosen, check),
        )

    def close(self) -> None:
        """End the process, in the middle of a sentence too."""
        self._process.end()

    def _pieces(
        self, speaker: Speaker, text: str, language: str, voice: Voice | None, check: Callable[[], None]
    ) -> Iterator[SpokenPiece]:
        with self._place():
            if not speaker.capabilities.weights:
                yield from uttered(speaker, text, language=language, voice=voice, check=check)
                return
            task = SpeakTask(speaker.capabilities.name, text, language, voice)
            has_spoken = False
            for attempt in range(ATTEMPTS):
                try:
                    for piece in self._ordered(task, check):
                        has_spoken = True
                        yield piece
                    return
                except ProcessEnded:
                    if has_spoken or attempt + 1 == ATTEMPTS:
                        raise

    def _ordered(self, task: SpeakTask, check: Callable[[], None]) -> Iterator[SpokenPiece]:
        number, answers = self._process.order(task)
        try:
            while (piece := self._next(answers, check)) is not None:
                yield piece
        finally:
            self._process.call_off(number)

    def _next(self, answers: "queue.SimpleQueue[Said]", check: Callable[[], None]) -> SpokenPiece | None:
        while True:
            check()
            try:
                said = answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if self._process.silent_seconds > self._patience:
                    self._process.end()
                    raise SynthesisError(
                        f"The process that speaks was not heard of for {self._patience:g} s and was ended.",
                        cure="Try again, or choose another engine.",
                    ) from None
                continue
            if said.error is not None:
                raise said.error
            return said.piece

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise BusyError("Too many texts are spoken at once.", cure="Ask again in a moment.")
        try:
            yield
        finally:
            self._places.release()
