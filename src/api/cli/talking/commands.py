"""What may be typed while one talks."""

from typing import Final

from avatar.errors import InputError
from avatar.performance import ACTIONS, Cue
from live.conversation.conversation import Conversation
from live.messages import checked_controls
from live.stage import Stage

QUIT: Final = "/quit"
HELP: Final = "/say TEXT speaks it, /cue ACTION [0..1], /set CONTROL VALUE, /clear stops what is said, /quit ends."
CUE_AHEAD_SECONDS: Final = 0.4


def obey(line: str, stage: Stage, conversation: Conversation) -> None:
    """Does what a line says that begins with a slash. Raises `InputError`."""
    name, *rest = line.split()
    if name == "/say" and rest:
        conversation.say(line.removeprefix("/say").strip())
    elif name == "/clear" and not rest:
        conversation.clear()
    elif name == "/cue" and 1 <= len(rest) <= 2:
        stage.cue(_cue(rest, stage.now))
    elif name == "/set" and len(rest) == 2:
        stage.direct(checked_controls({rest[0]: _number(rest[1])}, stage.controls))
    else:
        raise InputError(f"'{line[:60]}' is no command.", cure=HELP)


def _cue(words: list[str], now: float) -> Cue:
    if words[0] not in ACTIONS:
        raise InputError(f"There is no action '{words[0][:40]}'.", cure=f"Use one of {', '.join(ACTIONS)}.")
    intensity = _number(words[1]) if len(words) > 1 else 0.7
    return Cue.model_validate({"action": words[0], "at": now + CUE_AHEAD_SECONDS, "intensity": intensity})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"'{text[:40]}' is no number.", cure="Give one such as 0.5.") from None
