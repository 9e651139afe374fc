"""Recordings whose voice an engine may take: what they must be, and how they are kept."""

import tempfile
import wave
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import av
import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio, sound_frames
from avatar.errors import AudioError
from avatar.files import atomic_file
from avatar.types import AudioClip, Speech

LEAST_SECONDS: Final = 6.0
MOST_SECONDS: Final = 120.0
LEAST_SPOKEN_SECONDS: Final = 4.0
LEAST_LEVEL_DB: Final = -45.0
FULL_LEVEL: Final = 0.99
MOST_CLIPPED: Final = 0.01
"""Share of the samples that may stand at full scale."""

KEPT_RATE_HZ: Final = 24_000
SAMPLE_BYTES: Final = 2
RECORD_AGAIN: Final = "Record one person in a quiet room, 10 s long, close to the microphone."


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """Of a recording: its length and the speech in it in seconds, and the mean level of that speech in dB."""

    duration: float
    spoken: float
    level_db: float


def keep_sample(source: Path, path: Path, *, max_megabytes: float) -> SampleFacts:
    """Checks the recording and writes it at `path`: WAV, mono at 24 kHz, 16 bits, nothing else of the file.

    Raises `AudioError` where it is no sound, too short or long, too quiet, overdriven, or several people speak.
    """
    with tempfile.TemporaryDirectory(prefix="avatar-sample-") as folder:
        clip = decode_audio(source, Path(folder), max_minutes=MOST_SECONDS / 60, max_megabytes=max_megabytes)
        facts = checked_sample(clip)
    with atomic_file(path) as partial:
        _write(source, partial)
        partial.chmod(0o600)
    return facts


def checked_sample(clip: AudioClip) -> SampleFacts:
    """Raises `AudioError`."""
    if clip.duration < LEAST_SECONDS:
        raise _unusable(f"has {clip.duration:.1f} s; at least {LEAST_SECONDS:g} s are needed")
    clipped = float(np.mean(np.abs(clip.samples) >= FULL_LEVEL))
    if clipped > MOST_CLIPPED:
        raise _unusable(f"is overdriven: {100 * clipped:.0f} % of it is at full level")
    speech = analyse_speech(clip)
    facts = _facts(clip, speech)
    if facts.spoken < LEAST_SPOKEN_SECONDS:
        raise _unusable(f"has {facts.spoken:.1f} s of speech; at least {LEAST_SPOKEN_SECONDS:g} s are needed")
    if facts.level_db < LEAST_LEVEL_DB:
        raise _unusable(
            f"is too quiet: its speech is at {facts.level_db:.0f} dB, at least {LEAST_LEVEL_DB:g} are needed"
        )
    if speech.prosody.voices > 1:
        raise _unusable(f"has {speech.prosody.voices} voices; it must be that of one person")
    return facts


def _facts(clip: AudioClip, speech: Speech) -> SampleFacts:
    spoken = speech.prosody.loudness_db[speech.prosody.speech]
    level = float(spoken.mean()) if spoken.size else -80.0
    return SampleFacts(clip.duration, sum(end - start for start, end in speech.prosody.phrases), level)


def _unusable(what: str) -> AudioError:
    return AudioError(f"The recording of the voice {what}.", cure=RECORD_AGAIN)


def _write(source: Path, path: Path) -> None:
    resampler = av.AudioResampler("s16", "mono", KEPT_RATE_HZ)
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(SAMPLE_BYTES)
        wav.setframerate(KEPT_RATE_HZ)
        try:
            for frame in chain(sound_frames(source), (None,)):
                for part in resampler.resample(frame):
                    wav.writeframesraw(part.to_ndarray().tobytes())
        except ValueError:
            raise _unusable("changes its format midway") from None
