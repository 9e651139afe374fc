"""A speaker without a voice: silence as long as reading aloud would take, so that captions keep its pace."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.sentences import WIDE
from audio_processor.spoken_words import Phoneme
from avatar.types import Word

RATE_HZ: Final = 16_000
LETTERS_PER_SECOND: Final = 15.0
WIDE_LETTERS: Final = 3
"""A Han letter takes as long as so many Latin ones."""

PAUSE_SECONDS: Final = 0.35
WORD: Final = re.compile(rf"{WIDE.pattern}|(?:(?!{WIDE.pattern})\S)+")


class SilentReader:
    """Keeps time for every language."""

    capabilities: Final = SpeakerCapabilities("captions", "No voice: captions as fast as one speaks.", (), RATE_HZ)

    def voices(self, language: str) -> tuple[Voice, ...]:  # noqa: ARG002 - it has none for any
        return ()

    def speak(
        self,
        text: str,
        *,
        language: str,  # noqa: ARG002 - all are read at one pace
        voice: Voice | None = None,  # noqa: ARG002 - it has none
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[SpokenPiece]:
        check()
        words = spread_words(text, seconds_of(text))
        length = (words[-1].end if words else 0.0) + PAUSE_SECONDS
        silence = np.zeros(round(length * RATE_HZ), np.float32)
        yield SpokenPiece(silence, RATE_HZ, words, (Phoneme("", 0.0, length),))


def seconds_of(text: str) -> float:
    """About how long it takes to say a text."""
    return sum(_weight(word) for word in WORD.findall(text)) / LETTERS_PER_SECOND


def spread_words(text: str, seconds: float) -> tuple[Word, ...]:
    """The words of a text, which takes `seconds`, each as long as its letters; of Han text each letter is one."""
    parts: Sequence[str] = WORD.findall(text)
    pace = seconds / max(1, sum(_weight(part) for part in parts))
    words, at = [], 0.0
    for part in parts:
        end = at + pace * _weight(part)
        words.append(Word(part, round(at, 4), round(end, 4)))
        at = end
    return tuple(words)


def _weight(word: str) -> int:
    return WIDE_LETTERS if WIDE.fullmatch(word) else len(word) + 1
