"""What a stage works on, in numbers: the attributes of its span. Nothing in them is anybody's words."""

from collections.abc import Mapping
from typing import Any, Final

FEATURES: Final = {
    "duration": "seconds_of_sound",
    "speech_seconds": "seconds_of_speech",
    "phrases": "phrases",
    "voices": "voices",
}
FOUND: Final = ("emotion", "confidence", "valence", "arousal", "emotion_sources", "magnification")
TOLD: Final = (*FOUND, "width", "height")


def shape_of(known: Mapping[str, Any]) -> dict[str, Any]:
    """Of a state or an update; what it does not tell is left out."""
    features = known.get("audio_features") or {}
    shape = {name: features[feature] for feature, name in FEATURES.items() if feature in features}
    shape |= {name: known[name] for name in TOLD if name in known}
    if "transcribed_text" in known:
        shape["words"] = len(known["transcribed_text"].split())
    if (performance := known.get("performance")) is not None:
        shape |= {"cues": len(performance.get("cues", ())), "segments": len(performance.get("segments", ()))}
    if (render := known.get("render")) is not None:
        shape |= {"engine": render["engine"], "frames": render["frames"], "fps": render["fps"]}
    return shape


def inputs_of(state: Mapping[str, Any], fps: str) -> dict[str, Any]:
    """Of the state that a stage begins with: counts and sizes, without what earlier stages found out."""
    shape = {name: value for name, value in shape_of(state).items() if name not in FOUND}
    return {**shape, "fps": fps} if shape else {}
