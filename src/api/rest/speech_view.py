"""The speech of a job as an editor shows it: words, phrases, stress, emotions and a waveform, on one time axis."""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, Field

from avatar.types import SAMPLE_RATE_HZ, EmotionLabel, Floats, Speech, TimedEmotion

MOST_PEAKS: Final = 6000
SHORTEST_STEP_SAMPLES: Final = 160
STEPS_IN_A_BLOCK: Final = 1000
DIGITS: Final = 4


class WordView(BaseModel):
    """A spoken word, in seconds."""

    text: str
    start: float
    end: float
    confidence: float = Field(ge=0, le=1)


class StretchView(BaseModel):
    """A stretch of time, in seconds."""

    start: float
    end: float


class EmphasisView(BaseModel):
    """A stressed moment: of its loudest point."""

    time: float
    strength: float = Field(ge=0, le=1)


class EmotionView(StretchView):
    """How the speaker seems to feel in a stretch of time."""

    label: EmotionLabel
    valence: float = Field(ge=-1, le=1)
    arousal: float = Field(ge=-1, le=1)
    confidence: float = Field(ge=0, le=1)


class WaveformView(BaseModel):
    """The sound's outline."""

    step_seconds: float = Field(description="What each peak covers: 10 ms, more in sounds of over a minute.", gt=0)
    peaks: list[float] = Field(description="The greatest amplitude in each step, 1 at full scale; at most 6000.")


class SpeechView(BaseModel):
    """What was said and how. `words` is empty where nobody told them."""

    duration: float = Field(description="Seconds.")
    language: str | None
    silent: bool = Field(description="Whether nobody speaks.")
    words: list[WordView]
    phrases: list[StretchView] = Field(description="Speech between pauses.")
    emphases: list[EmphasisView]
    emotions: list[EmotionView]
    waveform: WaveformView


def speech_view(speech: Speech, emotions: Sequence[TimedEmotion], samples: Floats) -> SpeechView:
    """`samples` (n,): the sound at 16 kHz, which may be a memory map."""
    prosody, transcript = speech.prosody, speech.transcript
    words = transcript.words if transcript else ()

    def within(seconds: float) -> float:
        """Tracks are made of whole steps, the last of which may reach past the end."""
        return _short(min(seconds, speech.duration))

    return SpeechView(
        duration=_short(speech.duration),
        language=transcript.language or None if transcript else None,
        silent=speech.is_silent,
        words=[
            WordView(text=word.text, start=within(word.start), end=within(word.end), confidence=_share(word.confidence))
            for word in words
        ],
        phrases=[StretchView(start=within(phrase.start), end=within(phrase.end)) for phrase in prosody.phrases],
        emphases=[EmphasisView(time=within(at.time), strength=_share(at.strength)) for at in prosody.emphases],
        emotions=[
            EmotionView(
                start=within(timed.span.start),
                end=within(timed.span.end),
                label=timed.emotion.label,
                valence=timed.emotion.valence,
                arousal=timed.emotion.arousal,
                confidence=timed.emotion.confidence,
            )
            for timed in emotions
        ],
        waveform=waveform(samples),
    )


def waveform(samples: Floats) -> WaveformView:
    step = max(SHORTEST_STEP_SAMPLES, ceil(len(samples) / MOST_PEAKS))
    peaks = [round(min(float(peak), 1.0), 3) for block in _blocks(samples, step) for peak in block]
    return WaveformView(step_seconds=step / SAMPLE_RATE_HZ, peaks=peaks)


def _blocks(samples: Floats, step: int) -> Iterator[Floats]:
    for start in range(0, len(samples), step * STEPS_IN_A_BLOCK):
        block = np.abs(samples[start : start + step * STEPS_IN_A_BLOCK])
        yield np.maximum.reduceat(block, np.arange(0, len(block), step))


def open_samples(path: Path) -> Floats:
    """The decoded sound as a read-only memory map; an empty array where there is none."""
    if path.stat().st_size == 0:
        return np.zeros(0, np.float32)
    return np.memmap(path, np.float32, "r")


def _short(seconds: float) -> float:
    return round(float(seconds), DIGITS)


def _share(value: float) -> float:
    return round(min(max(float(value), 0.0), 1.0), DIGITS)
