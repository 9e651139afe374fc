"""Who is asked how somebody feels: voice, words and face always, learned models where they are installed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from audio_processor.analysis import TEXT_SOURCE
from audio_processor.speech_emotion import emotion_windows, voice_readings
from audio_processor.voice_model import voice_model_readings
from audio_processor.word_emotion import word_readings
from avatar.types import EmotionReading, Portrait, Speech, TimedEmotion
from models.emotion.ferplus import FER_PLUS, FerPlus
from models.emotion.hubert import VOICE_EMOTION, VoiceModel
from models.weights import WeightStore
from orchestrator.emotion_fusion import fused
from video_processor.face_model import face_model_reading
from video_processor.facial_emotion import face_reading

SYNTHETIC_VOICE: Final = 0.3
"""What a voice that the program speaks with itself counts: it always speaks alike."""


class _Engine(NamedTuple):
    """A learned model: the key of its weights, the module that runs it, and the extra that brings that."""

    key: str
    module: str
    extra: str


ENGINES: Final = (_Engine(FER_PLUS, "onnxruntime", "learned"), _Engine(VOICE_EMOTION, "torch", "neural"))


class Installed(NamedTuple):
    """Keys of the learned models that can run here, and what the user should know of those that cannot."""

    keys: tuple[str, ...]
    notes: tuple[str, ...]


def installed_models(weights: WeightStore) -> Installed:
    present = [engine for engine in ENGINES if weights.is_present(engine.key)]
    lacking = [engine for engine in present if find_spec(engine.module) is None]
    return Installed(
        tuple(engine.key for engine in present if engine not in lacking),
        tuple(
            f'The model {engine.key} was not asked: it needs pip install "avatar-orchestrator[{engine.extra}]".'
            for engine in lacking
        ),
    )


def detect_emotions(
    speech: Speech,
    portrait: Portrait,
    sound: Path,
    models: Sequence[str],
    weights: WeightStore,
    check: Callable[[], None] = lambda: None,
) -> tuple[TimedEmotion, ...]:
    """An emotion for each stretch of about 2 s of speech, in order; none where nobody speaks.

    `sound` is the file of its samples, mono float32 at 16 kHz; `models` are keys of learned models that run here.
    """
    windows = emotion_windows(speech)
    if not windows:
        return ()
    said: list[Sequence[EmotionReading | None]] = [
        _heard(voice_readings(speech, windows), speech),
        word_readings(speech.transcript, windows),
        (face_reading(portrait),) * len(windows),
    ]
    if VOICE_EMOTION in models:
        samples = np.memmap(sound, np.float32, "r")
        said.append(
            _heard(voice_model_readings(samples, windows, VoiceModel(weights.path(VOICE_EMOTION)), check=check), speech)
        )
    if FER_PLUS in models:
        said.append((face_model_reading(portrait, FerPlus(weights.path(FER_PLUS))),) * len(windows))
    return tuple(fused(window, readings) for window, *readings in zip(windows, *said, strict=True))


def _heard(readings: Sequence[EmotionReading | None], speech: Speech) -> Sequence[EmotionReading | None]:
    """The voice's readings, less sure where the voice is the program's own."""
    if speech.transcript is None or speech.transcript.source != TEXT_SOURCE:
        return readings
    return [reading and replace(reading, confidence=SYNTHETIC_VOICE * reading.confidence) for reading in readings]
