"""What the speaker seems to feel, over time and on the whole, and what each source says of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.files import atomic_file
from avatar.telemetry import tell
from avatar.types import Emotion, EmotionReading, Span, TimedEmotion
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.emotion_sources import detect_emotions, installed_models
from orchestrator.emotion_summary import overall, said_by_each
from orchestrator.state import AvatarState, Update
from video_processor.portrait import load_portrait

DIGITS: Final = 4


def emotion_detection(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """The timed emotions become an artifact; the emotion of the whole sound, by source too, goes into the state."""
    artifacts = runtime.context.artifacts
    models, notes = installed_models(runtime.context.weights)
    made_of = [artifacts.name(state["artifacts"][kind]) for kind in ("speech", "portrait")]
    path = artifacts.path("emotions", artifact_key("emotions", made_of, models), ".json")
    emotions = artifacts.kept(path, lambda: _detected(state, runtime.context, models), save_emotions, load_emotions)
    tell(windows=len(emotions))
    whole = overall(emotions)
    return {
        "emotion": whole.label,
        "confidence": float(whole.confidence),
        "valence": float(whole.valence),
        "arousal": float(whole.arousal),
        "emotion_sources": [asdict(reading) for reading in said_by_each(emotions)],
        "artifacts": {"emotions": str(path)},
        "notes": list(notes),
    }


def save_emotions(path: Path, emotions: Sequence[TimedEmotion]) -> None:
    told = [_rounded(asdict(timed)) for timed in emotions]
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(told), encoding="utf-8")


def load_emotions(path: Path) -> tuple[TimedEmotion, ...]:
    return tuple(_timed(item) for item in json.loads(path.read_text(encoding="utf-8")))


def _detected(state: AvatarState, context: RunContext, models: Sequence[str]) -> tuple[TimedEmotion, ...]:
    places = state["artifacts"]
    return detect_emotions(
        load_speech(Path(places["speech"])),
        load_portrait(Path(places["portrait"])),
        Path(places["samples"]),
        models,
        context.weights,
        context.stop.check,
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _timed(item: dict[str, Any]) -> TimedEmotion:
    sources = tuple(EmotionReading(**reading) for reading in item["sources"])
    return TimedEmotion(Span(*item["span"]), Emotion(**item["emotion"]), sources)
