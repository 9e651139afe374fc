"""Who finds the speech in a job's sound, and what is told of the voices in it."""

from typing import Final

import numpy as np

from audio_processor.analysis import TEXT_SOURCE
from audio_processor.detectors import AUTO, OWN, OwnDetector, SpeechDetector, build_detector, choose_detector
from audio_processor.speaking.choice import ESPEAK
from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.types import HOP_SECONDS, Choice, Prosody, Speech
from models.weights import WeightStore
from orchestrator.request import Job

KNOWN: Final = Choice(TEXT_SOURCE, "when each sound of the spoken text comes is known")


def hearing_choice(job: Job, settings: Settings, weights: WeightStore, spoken_by: Choice | None = None) -> Choice:
    """Who hears this job's sound, where the engine that speaks does not tell. Raises what `choose_detector` raises."""
    if job.text is not None and (spoken_by is None or spoken_by.name == ESPEAK):
        return KNOWN
    return choose_detector(settings.speech_detector, weights)


def hearing_detector(choice: Choice, settings: Settings, weights: WeightStore) -> SpeechDetector:
    """The one that was chosen; where `auto` chose one that fails to load, our own."""
    try:
        return build_detector(choice.name, weights)
    except AvatarError:
        if settings.speech_detector != AUTO:
            raise
        return OwnDetector()


def who_heard(choice: Choice, speech: Speech) -> Choice:
    """The choice as it came out."""
    if speech.heard_by == TEXT_SOURCE:
        return KNOWN
    if speech.heard_by == choice.name:
        return choice
    return Choice(OWN, f"takes over, since {choice.name} could not be loaded", choice.passed_over)


def voice_notes(prosody: Prosody) -> list[str]:
    """A note where several voices are heard: for how long each, and how high."""
    if prosody.voices < 2:
        return []
    shares = [_described(prosody, number) for number in range(prosody.voices)]
    told = f"{', '.join(shares[:-1])} and {shares[-1]}"
    return [f"{prosody.voices} voices are heard: {told}. One face speaks for all of them."]


def _described(prosody: Prosody, number: int) -> str:
    own = [span for span, speaker in zip(prosody.phrases, prosody.speakers, strict=True) if speaker == number]
    frames = np.concatenate([np.arange(round(a / HOP_SECONDS), round(b / HOP_SECONDS)) for a, b in own])
    voiced = prosody.f0_hz[frames]
    voiced = voiced[voiced > 0]
    pitch = f" at about {np.median(voiced):.0f} Hz" if len(voiced) else ""
    return f"{sum(b - a for a, b in own):.0f} s{pitch}"
