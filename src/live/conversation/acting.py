"""What a language model may have the face do: the tools that it is offered, and what its calls and marks mean."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from avatar.emotions import AFFECT
from avatar.performance import ACTION_MEANINGS, ACTIONS, Cue, DirectedEmotion
from avatar.types import EMOTION_LABELS, EmotionLabel
from live.conversation.marks import Act, Feeling

USUAL_INTENSITY: Final = 0.6
SIDES: Final = {"left": 1.0, "right": -1.0}
NUMBER: Final = re.compile(r"\d*\.?\d+")

_INTENSITY: Final = {"type": "number", "minimum": 0, "maximum": 1, "description": "How large, 0 to 1."}

CUE_TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "cue",
        "description": "One small action of your face or head, on a word that you say.",
        "parameters": {
            "type": "object",
            "properties": {
                "action": {
                    "type": "string",
                    "enum": list(ACTIONS),
                    "description": "; ".join(f"{name}: {what}" for name, what in ACTION_MEANINGS.items()),
                },
                "word": {"type": "string", "description": "The word of your answer on which it comes."},
                "intensity": _INTENSITY,
            },
            "required": ["action"],
        },
    },
}
FEEL_TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "feel",
        "description": "The emotion that your face shows while you give this answer.",
        "parameters": {
            "type": "object",
            "properties": {"emotion": {"type": "string", "enum": list(EMOTION_LABELS)}, "intensity": _INTENSITY},
            "required": ["emotion"],
        },
    },
}
TOOLS: Final = (CUE_TOOL, FEEL_TOOL)


@dataclass(frozen=True, slots=True)
class Wish:
    """An act, and the word that it belongs to; without one it is the next that is said."""

    act: Act
    word: str = ""


def wish_of_call(name: str, arguments: str) -> Wish | None:
    """What a call of a tool asks for; None where it cannot be played."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    word = given.get("word")
    intensity = given.get("intensity", USUAL_INTENSITY)
    wanted = given.get("action") if name == "cue" else given.get("emotion") if name == "feel" else None
    act = _act(str(wanted), intensity)
    return None if act is None else Wish(act, word.strip() if isinstance(word, str) else "")


def wish_of_mark(inside: str) -> Wish | None:
    """What stands between brackets, such as `smile`, `nod 0.4`, `look left` or `happy`; None where nothing can be."""
    words = inside.replace(",", " ").replace(":", " ").lower().split()
    if words[:1] in (["cue"], ["feel"]):
        words = words[1:]
    if not words or len(words) > 3:
        return None
    side = next((SIDES[word] for word in words[1:] if word in SIDES), 0.0)
    numbers = [float(word) for word in words[1:] if NUMBER.fullmatch(word)]
    rest = [word for word in words[1:] if word not in SIDES and not NUMBER.fullmatch(word)]
    act = None if rest else _act(words[0], numbers[0] if numbers else USUAL_INTENSITY, side)
    return None if act is None else Wish(act)


def _act(wanted: str, intensity: Any, side: float = 0.0) -> Act | None:
    """Numbers beyond their range go to its end, as in a performance."""
    try:
        if wanted in EMOTION_LABELS:
            label: EmotionLabel = wanted
            strength = Cue(action="still", word=0, intensity=intensity).intensity
            affect = AFFECT[label]
            emotion = DirectedEmotion(label=label, valence=affect.valence * strength, arousal=affect.arousal * strength)
            return Feeling(emotion, strength)
        return Cue.model_validate({"action": wanted, "word": 0, "intensity": intensity, "direction": side})
    except ValidationError:
        return None
