"""What the speaker seems to feel, over time and on the whole."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from audio_processor.speech_emotion import detect_emotion, overall
from avatar.files import atomic_file
from avatar.types import Emotion, Span, TimedEmotion
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update


def emotion_detection(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """The timed emotions become an artifact; the label and confidence over the whole sound go into the state."""
    artifacts = runtime.context.artifacts
    made_of = artifacts.name(state["artifacts"]["speech"])
    path = artifacts.path("emotions", artifact_key("emotions", made_of), ".json")
    emotions = artifacts.kept(path, lambda: _detected(state), save_emotions, load_emotions)
    whole = overall(emotions)
    return {
        "emotion": whole.label,
        "confidence": float(whole.confidence),
        "artifacts": {"emotions": str(path)},
    }


def save_emotions(path: Path, emotions: Sequence[TimedEmotion]) -> None:
    with atomic_file(path) as partial:
        partial.write_text(json.dumps([asdict(item) for item in emotions]), encoding="utf-8")


def load_emotions(path: Path) -> tuple[TimedEmotion, ...]:
    return tuple(_timed(item) for item in json.loads(path.read_text(encoding="utf-8")))


def _detected(state: AvatarState) -> tuple[TimedEmotion, ...]:
    return detect_emotion(load_speech(Path(state["artifacts"]["speech"])))


def _timed(item: dict[str, Any]) -> TimedEmotion:
    return TimedEmotion(Span(*item["span"]), Emotion(**item["emotion"]))
