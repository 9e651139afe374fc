"""Who understands what a person says in a conversation."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from audio_processor.speaking.tongues import language_of
from audio_processor.transcription.registry import NONE, choose_transcriber
from audio_processor.transcription.registry import Recogniser as Choosing
from audio_processor.transcription.sizes import whisper_language
from audio_processor.transcription.transcriber import Transcriber
from avatar.errors import AvatarError, InputError, TranscriptionError
from avatar.settings import Settings
from avatar.types import AudioClip, Floats, Transcript
from live.messages import Chosen
from models.devices import CPU
from models.hardware import largest_transcriber, transcriber_device
from models.profiles import AUTO
from models.weights import WeightStore

LEAST_CONFIDENCE: Final = 0.2
"""Words of which the engine is less sure, all together, were made up of noise."""

_log = logging.getLogger(__name__)
_at_work: Final = threading.Lock()
"""Sessions of a process share one network, and its threads."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said; an empty `text` where it was nothing that can be understood."""

    text: str
    language: str
    confidence: float = 1.0


class Recogniser(Protocol):
    """Turns a turn's sound into words. Safe for several threads."""

    @property
    def chosen(self) -> Chosen: ...

    @property
    def label(self) -> str:
        """Engine and size, for traces."""
        ...

    def warm(self) -> None:
        """Loads what the first turn would else wait for. Raises what `recognise` does."""
        ...

    def recognise(self, samples: Floats, language: str | None, among: Sequence[str]) -> Understood:
        """`samples` (n,) at 16 kHz. Without a `language` it is told by ear, and is one of those `among`.

        Raises `AvatarError`.
        """
        ...


def choose_recogniser(settings: Settings) -> Chosen:
    """Who understands speech, and why; or what to bring where nobody does."""
    found = open_recogniser(settings)
    return no_recogniser(settings) if found is None else found.chosen


def no_recogniser(settings: Settings) -> Chosen:
    """Why nothing is understood, and what brings it."""
    try:
        found = _choose(settings, None)
    except InputError as error:
        return Chosen(name=None, why=f"{error.message} {error.cure}")
    return Chosen(name=None, why=f"{found.choice.why[:1].upper()}{found.choice.why[1:]}.")


def open_recogniser(settings: Settings, language: str | None = None) -> Recogniser | None:
    """The best one here for `language`, or for any; None where there is none."""
    try:
        found = _choose(settings, language)
    except InputError:
        return None
    return None if found.choice.name == NONE else WhisperRecogniser(settings, found)


class WhisperRecogniser:
    """A transcriber of the project, which the process loads once."""

    def __init__(self, settings: Settings, found: Choosing) -> None:
        self._settings, self._found = settings, found
        self._device = transcriber_device(settings)

    @property
    def chosen(self) -> Chosen:
        return Chosen(name=self._found.label, why=self._found.choice.why)

    @property
    def label(self) -> str:
        return self._found.label

    def warm(self) -> None:
        with _at_work:
            self._opened()

    def recognise(self, samples: Floats, language: str | None, among: Sequence[str]) -> Understood:
        clip = AudioClip(samples, Path("turn"))
        with _at_work:
            found = self._heard(clip, whisper_language(language) if language else None)
            if language is None and found.text and found.language not in among:
                found = self._heard(clip, language_of(found.text, among) or among[0])
        text = found.text if (found.confidence or 0.0) >= LEAST_CONFIDENCE else ""
        return Understood(text, found.language, found.confidence or 0.0)

    def _heard(self, clip: AudioClip, language: str | None) -> Transcript:
        try:
            return self._opened().transcribe(clip, language)
        except AvatarError:
            raise
        except (RuntimeError, ValueError, OSError, MemoryError, ImportError) as error:
            raise TranscriptionError(
                f"{self.label} failed: {type(error).__name__}: {error}.",
                cure="Choose another DEFAULT_TRANSCRIBER, or type.",
            ) from error

    def _opened(self) -> Transcriber:
        weights = WeightStore.of(self._settings)
        try:
            return self._found.open(weights, self._device)
        except (RuntimeError, OSError) as error:
            if self._device == CPU or self._settings.transcriber_device != AUTO:
                raise
            _log.warning("%s does not work on %s: %s; it goes on on the processor.", self.label, self._device, error)
            self._device = CPU
            return self._found.open(weights, CPU)


def _choose(settings: Settings, language: str | None) -> Choosing:
    code = whisper_language(language) if language else None
    weights = WeightStore.of(settings)
    return choose_transcriber(
        settings.default_transcriber, weights, largest=largest_transcriber(settings), language=code
    )
