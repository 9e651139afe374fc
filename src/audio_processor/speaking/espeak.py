"""espeak-ng: small, quick, a hundred languages, and the time of every word and sound."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np

from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.espeak_line import EspeakLine, espeak_line
from audio_processor.speaking.sentences import CLAUSE_MARKS, CLOSERS, sentences
from audio_processor.speaking.utterance import spoken_parts
from audio_processor.spoken_words import Phoneme
from audio_processor.tts import (
    USUAL_VOICE,
    check_text,
    espeak_request,
    interpreted,
    language_code,
    languages,
    variant_of,
    voices,
)
from avatar.errors import SynthesisError
from avatar.types import Word

NAME: Final = "espeak"
RATE_HZ: Final = 22_050
INT16_SCALE: Final = 32_768.0
SENTENCE_PAUSE_SECONDS: Final = 0.35
CLAUSE_PAUSE_SECONDS: Final = 0.175
"""What espeak-ng itself leaves between two sentences, and at a comma; it leaves none at the end of a text."""


class EspeakSpeaker:
    """Speaks sentence by sentence through a process that stays up."""

    def __init__(self, line: EspeakLine | None = None) -> None:
        self._line = line or espeak_line()

    @cached_property
    def capabilities(self) -> SpeakerCapabilities:
        return SpeakerCapabilities(
            name=NAME,
            summary="espeak-ng: speaks over a hundred languages at once, and sounds like a machine.",
            languages=tuple(languages()),
            rate=RATE_HZ,
        )

    def voices(self, language: str) -> tuple[Voice, ...]:
        code = (language_code(language),)
        return (Voice(USUAL_VOICE, code, "The language's own voice."), *(Voice(name, code) for name in voices()))

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        check_text(text)
        code, variant = language_code(language), variant_of(voice.name if voice else None)

        def say(sentence: str) -> Iterator[SpokenPiece]:
            yield _piece(sentence, *self._line.ask(espeak_request(sentence, code, variant)))

        return spoken_parts(sentences(text), say, check)


def _piece(sentence: str, reply: dict[str, Any], sound: bytes) -> SpokenPiece:
    if reply["rate"] != RATE_HZ:
        raise SynthesisError(f"espeak-ng speaks at {reply['rate']} Hz; {RATE_HZ} Hz were expected.")
    times = interpreted(sentence, reply)
    spoken = np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(INT16_SCALE)
    duration = len(spoken) / RATE_HZ
    rest = round(_pause_after(sentence) * RATE_HZ)
    pause = (Phoneme("", duration, duration + rest / RATE_HZ),) if rest else ()
    return SpokenPiece(
        samples=np.concatenate([spoken, np.zeros(rest, np.float32)]),
        rate=RATE_HZ,
        words=tuple(Word(**word) for word in times["words"]),
        phonemes=(*(Phoneme(**phoneme) for phoneme in times["phonemes"]), *pause),
    )


def _pause_after(sentence: str) -> float:
    """Seconds of silence before another piece."""
    last = sentence.rstrip(CLOSERS)[-1:]
    if not last or last.isalnum():
        return 0.0
    return CLAUSE_PAUSE_SECONDS if last in CLAUSE_MARKS else SENTENCE_PAUSE_SECONDS
