"""A model that says what it is told to, at once or after a while, and keeps what it was asked."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.director.chat import Answer, ChatError, Message

Reply = str | Exception

CONTROLS: dict[str, Any] = {
    "blink_rate": 0.3,
    "head_tilt": 0.1,
    "expression_intensity": 0.6,
    "mouth_openness": 0.5,
    "eyebrow_raise": 0.2,
    "head_motion": 0.4,
    "gaze_contact": 0.7,
    "smile": 0.3,
    "energy": 0.6,
    "emotion": {"label": "happy", "valence": 0.6, "arousal": 0.3},
}


def answer_text(cues: Sequence[Mapping[str, Any]] = (), segments: Sequence[Any] = (), **controls: Any) -> str:
    """A good answer; `controls` replace those of `CONTROLS`."""
    return json.dumps({"controls": {**CONTROLS, **controls}, "segments": segments, "cues": cues})


def refused(reason: Any = "timeout") -> ChatError:
    return ChatError(f"The scripted model says {reason}.", reason=reason, cure="Change the script.")


def stretch_of(messages: Sequence[Message]) -> int:
    """The number of the stretch that is asked about, from 0."""
    found = re.search(r"^Stretch (\d+) of", messages[1].text, re.MULTILINE)
    assert found is not None
    return int(found[1]) - 1


@dataclass
class ScriptedChat:
    """`reply` gives the text, or the error, for the messages; a list is said one after the other, its last for good."""

    reply: Callable[[Sequence[Message]], Reply] | Sequence[Reply]
    name: str = "local"
    model: str = "scripted-1"
    seconds: float = 0.0
    asked: list[Sequence[Message]] = field(default_factory=list)
    schemas: list[Mapping[str, Any]] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"temperature": 0.4}

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], deadline: float) -> Answer:
        with self._lock:
            number = len(self.asked)
            self.asked.append(list(messages))
            self.schemas.append(schema)
            self.deadlines.append(deadline)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        with self._lock:
            self.at_once -= 1
        said = self.reply(messages) if callable(self.reply) else self.reply[min(number, len(self.reply) - 1)]
        if isinstance(said, Exception):
            raise said
        return Answer(
            text=said,
            model=self.model,
            seconds=self.seconds,
            first_token_seconds=0.02,
            tokens_in=1000,
            tokens_out=len(said) // 4,
            cost_usd=0.001,
        )
