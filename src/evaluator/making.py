"""A scenario becomes a video, made anew so that what is timed is work."""

import wave
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from audio_processor.analysis import load_speech
from audio_processor.decode import decode_audio, probe
from audio_processor.tts import speak
from avatar.errors import EvaluationError
from avatar.settings import Settings
from avatar.types import Portrait, Speech
from evaluator.scenarios import Scenario
from models.weights import WeightStore
from orchestrator.characters.built_in import built_in_portrait
from orchestrator.context import OnProgress
from orchestrator.request import JobRequest
from orchestrator.result import JobResult
from orchestrator.run import run_job
from video_processor.portrait import load_portrait


@dataclass(frozen=True, slots=True)
class Made:
    """A finished video, with the speech behind it, and the portrait at its size."""

    video: Path
    result: JobResult
    speech: Speech
    portrait: Portrait
    text: str | None


def make(scenario: Scenario, settings: Settings, folder: Path, on_progress: OnProgress | None = None) -> Made:
    """Writes `folder`/video.mp4; what else is needed lies in `folder` too. Raises `AvatarError`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings.model_copy(update={"data_dir": folder / "data"})
    values = _values(scenario, settings, folder)
    video = folder / "video.mp4"
    result = run_job(JobRequest(output=video, **values), settings, on_progress=on_progress, fresh=True)
    if result.speech is None or result.framed is None:
        raise EvaluationError(f"The job of '{scenario.name}' ended without a video.", cure="Leave out the review.")
    speech, portrait = load_speech(Path(result.speech)), load_portrait(Path(result.framed))
    return Made(video, result, speech, portrait, values.get("text"))


def _values(scenario: Scenario, settings: Settings, folder: Path) -> dict[str, Any]:
    given: dict[str, Any] = {
        "image": _portrait(scenario, settings),
        "fps": scenario.fps,
        "width": scenario.size,
        "renderer": scenario.renderer,
        "enhance": scenario.enhance,
        "seed": scenario.seed,
        "controls": dict(scenario.controls),
    }
    if scenario.audio is not None:
        return {**given, "audio": _cut(scenario.audio, scenario.seconds, settings, folder)}
    spoken = {"language": scenario.language or settings.default_language, "voice": scenario.voice}
    return {**given, **spoken, "text": _long_enough(scenario.text or "", scenario.seconds, spoken, folder)}


def _portrait(scenario: Scenario, settings: Settings) -> Path:
    if isinstance(scenario.portrait, Path):
        return scenario.portrait
    return built_in_portrait(scenario.portrait, WeightStore.of(settings))


def _long_enough(text: str, seconds: float | None, spoken: dict[str, Any], folder: Path) -> str:
    """The text as often as it takes to last `seconds`."""
    if seconds is None:
        return text
    once = probe(speak(text, **spoken, folder=folder / "once").path).duration or seconds
    return " ".join([text] * max(1, ceil(seconds / once)))


def _cut(sound: Path, seconds: float | None, settings: Settings, folder: Path) -> Path:
    """The first `seconds` of a sound."""
    if seconds is None:
        return sound
    clip = decode_audio(
        sound, folder / "whole", max_minutes=settings.max_audio_minutes, max_megabytes=settings.max_upload_megabytes
    )
    path = folder / f"{sound.stem}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate)
        samples = np.clip(clip.samples[: round(seconds * clip.rate)], -1.0, 1.0)
        file.writeframes(np.rint(samples * 32_767).astype("<i2").tobytes())
    return path
