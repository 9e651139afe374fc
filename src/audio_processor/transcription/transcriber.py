"""From a sound to the words in it, window by window, whatever the engine."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from audio_processor.features import read_samples
from audio_processor.tracks import SoundTracks, measure
from audio_processor.transcription.windows import windows
from audio_processor.vad import phrases, speech_mask
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Floats, Span, Transcript, Word

TOKENS_PER_SECOND: Final = 12
LEAST_TOKENS: Final = 24
MOST_TOKENS: Final = 224
"""More than anybody says; a model that goes round in circles is cut off. Whisper's own limit is 224."""

LISTENED_WINDOWS: Final = 3
"""The language is that of the first windows together."""

LEAST_WORD_SECONDS: Final = 0.02


class Transcriber(Protocol):
    """An engine, ready to work."""

    @property
    def source(self) -> str:
        """Engine and size, as `Transcript.source` has them."""
        ...

    def transcribe(
        self,
        clip: AudioClip,
        language: str | None = None,
        *,
        tracks: SoundTracks | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Transcript:
        """The words of `clip` with their times and confidences.

        `language` is Whisper's code; it is recognised where it is None. `tracks` are the clip's curves, measured
        here where they are None. What `check`, called before each window, raises ends the work.
        """
        ...


class WindowModel(Protocol):
    """A network that hears at most 30 s at a time."""

    def languages(self, samples: Floats) -> dict[str, float]:
        """Probability of each language that it knows."""
        ...

    def words(self, samples: Floats, language: str, most_tokens: int) -> list[Word]:
        """Words of a window, with times in seconds from its start; `text` keeps the space before a word."""
        ...


class WindowedTranscriber:
    """Runs a `WindowModel` over a sound of any length; no more than a window of samples is in memory."""

    def __init__(self, source: str, model: WindowModel) -> None:
        self.source = source
        self._model = model

    def transcribe(
        self,
        clip: AudioClip,
        language: str | None = None,
        *,
        tracks: SoundTracks | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Transcript:
        parts = _heard_windows(clip, tracks or measure(clip.samples, check=check))
        spoken = language or self._language(clip, parts, check)
        words: list[Word] = []
        for part in parts:
            check()
            samples = _samples(clip, part)
            cap = min(MOST_TOKENS, LEAST_TOKENS + round(TOKENS_PER_SECOND * (part.end - part.start)))
            words += _placed(self._model.words(samples, spoken, cap), part)
        text = "".join(word.text for word in words).strip()
        return Transcript(text, spoken, _trimmed(words), self.source)

    def _language(self, clip: AudioClip, parts: Sequence[Span], check: Callable[[], None]) -> str:
        """The likeliest over the first windows, each counted by its length; `en` where nothing is said."""
        votes: dict[str, float] = {}
        for part in parts[:LISTENED_WINDOWS]:
            check()
            for code, probability in self._model.languages(_samples(clip, part)).items():
                votes[code] = votes.get(code, 0.0) + probability * (part.end - part.start)
        return max(votes, key=lambda code: votes[code], default="en")


def _heard_windows(clip: AudioClip, tracks: SoundTracks) -> list[Span]:
    return windows(phrases(speech_mask(tracks)), tracks.loudness_db, clip.duration)


def _samples(clip: AudioClip, part: Span) -> Floats:
    first, last = round(part.start * SAMPLE_RATE_HZ), round(part.end * SAMPLE_RATE_HZ)
    return np.ascontiguousarray(read_samples(clip.samples, first, min(last, len(clip.samples))))


def _placed(words: Sequence[Word], part: Span) -> list[Word]:
    """The words in the sound's time, in order, none before the one it follows or past the window."""
    placed: list[Word] = []
    clock = part.start
    for word in words:
        start = max(clock, min(part.start + word.start, part.end - LEAST_WORD_SECONDS))
        end = max(start, min(max(start + LEAST_WORD_SECONDS, part.start + word.end), part.end))
        placed.append(Word(word.text, round(start, 3), round(end, 3), round(min(1.0, max(0.0, word.confidence)), 4)))
        clock = end
    return placed


def _trimmed(words: Sequence[Word]) -> tuple[Word, ...]:
    """Without the spaces; what has no letter or digit goes with the word before it."""
    kept: list[Word] = []
    for word in words:
        text = word.text.strip()
        if not any(character.isalnum() for character in text):
            if kept and text:
                kept[-1] = Word(kept[-1].text + text, kept[-1].start, kept[-1].end, kept[-1].confidence)
        else:
            kept.append(Word(text, word.start, word.end, word.confidence))
    return tuple(kept)
