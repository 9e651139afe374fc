"""Speech of any length to measure with."""

import wave
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Floats

TEXT: Final = (
    "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and the shells "
    "that she sells are sea shells, I am sure. Peter Piper picked a peck of pickled peppers. How much wood "
    "would a woodchuck chuck, if a woodchuck could chuck wood? We were away a year ago, when the sunlight "
    "strikes raindrops in the air, and they act as a prism and form a rainbow."
)
MAX_MINUTES: Final = 60.0
MAX_MEGABYTES: Final = 512.0


def base_clip(recording: Path | None, folder: Path) -> AudioClip:
    """The recording, or the fixed text as espeak-ng speaks it. Raises `AudioError` for a bad recording."""
    source = recording or speak(TEXT, folder=folder).path
    return decode_audio(source, folder, max_minutes=MAX_MINUTES, max_megabytes=MAX_MEGABYTES)


def write_speech(clip: AudioClip, seconds: float, path: Path) -> Path:
    """A wav of exactly `seconds`: the clip again and again."""
    missing = round(seconds * SAMPLE_RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        while missing > 0:
            block = clip.samples[:missing]
            file.writeframes(_to_int16(block).tobytes())
            missing -= len(block)
    return path


def shifted(clip: AudioClip, seconds: float) -> AudioClip:
    """The same clip from another moment on, round to that moment again: another sound, and as much speech."""
    return replace(clip, samples=np.roll(clip.samples, -round(seconds * SAMPLE_RATE_HZ)))


def _to_int16(samples: Floats) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (np.clip(samples, -1.0, 1.0) * np.iinfo(np.int16).max).astype("<i2")
