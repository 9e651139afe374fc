"""Who speaks a job's text, and the sound of it."""

import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from audio_processor import tts
from audio_processor.speaking.base import Speaker, SpokenPiece, Voice
from audio_processor.speaking.choice import AUTO, ESPEAK, choose_speaker, speaker_names, voice_of
from audio_processor.speaking.utterance import uttered
from audio_processor.spoken_words import Phoneme
from avatar.errors import AudioError, InputError
from avatar.files import atomic_file
from avatar.settings import Settings
from avatar.types import Choice, Transcript, Word

if TYPE_CHECKING:
    from orchestrator.request import Job, JobRequest

SPOKEN_FILE: Final = "speech.wav"
CLONED: Final = "cloned"
"""Name of the voice of a recording."""

SAMPLE_BYTES: Final = 2
FULL_SCALE: Final = 32_767
TEXT_SOURCE: Final = "text"


@dataclass(frozen=True, slots=True)
class SpokenSound:
    """The sound of a text. `text` has the times of all words and sounds, where the engine tells those of its sounds;
    else `transcript` has the words, where it tells theirs.
    """

    path: Path
    text: tts.SpokenText | None = None
    transcript: Transcript | None = None


def checked_speaker(request: "JobRequest", settings: Settings) -> str:
    """The engine that a job asks for, or `auto`; empty where nothing is spoken. Raises `InputError` for an unknown one.

    Without a wish of the request or the settings espeak-ng speaks; a voice to be cloned needs another.
    """
    if request.text is None:
        if request.speaker is not None:
            raise InputError("A speaker is for a text, and a sound was given.", cure="Leave the speaker out.")
        return ""
    usual = AUTO if request.voice_sample is not None else batch_speaker(settings)
    speaker = usual if request.speaker is None else request.speaker
    if speaker not in speaker_names():
        raise InputError(f"There is no speaker '{speaker[:40]}'.", cure=f"Choose one of: {', '.join(speaker_names())}.")
    return speaker


def batch_speaker(settings: Settings) -> str:
    """Who speaks in videos where a request says nothing."""
    return ESPEAK if settings.default_speaker == AUTO else settings.default_speaker


def speaker_for(job: "Job", settings: Settings) -> tuple[Speaker, Choice] | None:
    """Who speaks the job's text; None where nothing is spoken. Raises what `choose_speaker` raises."""
    if job.text is None:
        return None
    return choose_speaker(settings, wish=job.speaker, language=job.language, voice=_voice(job))


def spoken_sound(
    job: "Job", speaker: Speaker, folder: Path, settings: Settings, check: Callable[[], None]
) -> SpokenSound:
    """The job's text, spoken into `folder`.

    Raises `AudioError` where it takes longer than the settings allow, and what `Speaker.speak` raises.
    """
    text = job.text or ""
    if speaker.capabilities.name == ESPEAK:
        spoken = tts.speak(text, language=job.language, voice=job.voice, folder=folder)
        return SpokenSound(spoken.path, spoken)
    voice = voice_of(speaker, job.language, _voice(job))
    path, heard = folder / SPOKEN_FILE, _Heard()
    with atomic_file(path) as partial, wave.open(str(partial), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(SAMPLE_BYTES)
        wav.setframerate(speaker.capabilities.rate)
        for piece in uttered(speaker, text, language=job.language, voice=voice, check=check):
            wav.writeframesraw((np.clip(piece.samples, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes())
            heard.add(piece)
            require_short(heard.seconds, settings)
    return heard.told(path, text, job.language)


def require_short(seconds: float, settings: Settings) -> None:
    """Raises `AudioError` for a text that takes longer to speak than a sound may be."""
    minutes, most = seconds / 60, settings.max_audio_minutes
    if minutes > most:
        raise AudioError(
            f"The text takes {minutes:.1f} minutes to speak; at most {most:g} are accepted.",
            cure="Shorten it, or make several videos of it.",
        )


class _Heard:
    """What the pieces of a text tell, at their times in the whole."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._words: list[Word] = []
        self._phonemes: list[Phoneme] = []
        self._knows_words = self._knows_sounds = True

    def add(self, piece: SpokenPiece) -> None:
        start = self.seconds
        self._knows_words &= bool(piece.words)
        self._knows_sounds &= bool(piece.phonemes)
        self._words += [replace(word, start=start + word.start, end=start + word.end) for word in piece.words]
        self._phonemes += [Phoneme(sound.symbol, start + sound.start, start + sound.end) for sound in piece.phonemes]
        self.seconds += piece.duration

    def told(self, path: Path, text: str, language: str) -> SpokenSound:
        words = tuple(self._words)
        if self._knows_words and self._knows_sounds:
            return SpokenSound(path, tts.SpokenText(path, words, tuple(self._phonemes), language, text))
        if self._knows_words:
            return SpokenSound(path, transcript=Transcript(text, language, words, TEXT_SOURCE))
        return SpokenSound(path)


def _voice(job: "Job") -> Voice | str | None:
    if job.voice_sample is None:
        return job.voice
    return Voice(CLONED, (job.language,), sample=Path(job.voice_sample))
