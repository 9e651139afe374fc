"""The contract that every engine keeps which turns text into speech.

An engine is asked for its capabilities, and speaks one utterance at a time: a sentence, or a few. It yields pieces as
they come, so that the first can be heard before the last is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audio_processor.spoken_words import Phoneme
from avatar.types import Floats, Word


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """A stretch of speech: mono float32 `samples` (n,) in [-1, 1] at `rate` Hz.

    `words` and `phonemes` have their times from the start of this piece, in seconds. An engine that does not know when
    its sounds are spoken leaves `phonemes` empty; the lips are then heard from the samples.
    """

    samples: Floats
    rate: int
    words: tuple[Word, ...] = ()
    phonemes: tuple[Phoneme, ...] = ()

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of an engine. `sample` is the recording that it was cloned from, where it was."""

    name: str
    languages: tuple[str, ...]
    summary: str = ""
    sample: Path | None = None


@dataclass(frozen=True, slots=True)
class SpeakerCapabilities:
    """What an engine is and needs.

    `languages` are codes such as `en` and `zh`. `weights` are registry keys of its model files, `extra` the extra of
    this project that it needs. An engine that `clones` speaks with the voice of a recording. `rate` of its sound in Hz.
    """

    name: str
    summary: str
    languages: tuple[str, ...]
    rate: int
    weights: tuple[str, ...] = ()
    extra: str = ""
    clones: bool = False


class Speaker(Protocol):
    """An engine that speaks. Safe to use from several threads at once."""

    @property
    def capabilities(self) -> SpeakerCapabilities: ...

    def voices(self, language: str) -> tuple[Voice, ...]:
        """The voices that speak `language`, the usual one first. Raises `InputError` for a language it has not."""
        ...

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        """The text as speech, piece by piece; without a `voice` the language's usual one speaks.

        What `check`, called between pieces and within long work, raises ends it. Raises `InputError` for a text that
        cannot be spoken, `SynthesisError` where the engine fails.
        """
        ...
