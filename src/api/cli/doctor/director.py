"""Who directs: the language model that is set up, asked once where that is wanted, or the rules."""

import time
from typing import TYPE_CHECKING, Any, Final

from api.cli.doctor.check import Check
from avatar.errors import AvatarError

if TYPE_CHECKING:
    from avatar.settings import Settings

NAME: Final = "Director"
GUIDE: Final = "docs/director.md says how to set one up."
QUESTION: Final = "Answer with JSON alone: is a smile warm? Give a number from 0 to 1 as `warmth`."
SCHEMA: Final[dict[str, Any]] = {
    "title": "Warmth",
    "type": "object",
    "properties": {"warmth": {"type": "number"}},
    "required": ["warmth"],
    "additionalProperties": False,
}


def check_director(settings: "Settings", *, ask: bool) -> Check:
    """Which model directs, or what every one lacks; with `ask`, whether it answers.

    `auto` is looked at where DEFAULT_DIRECTOR is wrong, which the check of the settings tells.
    """
    from orchestrator.director.choice import AUTO, RULES, choose_director
    from orchestrator.director.endpoints import NAMES, endpoint, why_not

    try:
        name = choose_director(settings.default_director, settings).name
    except AvatarError:
        name = choose_director(AUTO, settings).name
    if name == RULES:
        missing = " ".join(f"{other}: {why}" for other in NAMES if (why := why_not(settings, other)))
        return Check(NAME, "ok", f"rules; no language model is asked. {missing} {GUIDE}")
    asked = endpoint(settings, name)
    detail = f"{name} asks {asked.model}, {asked.title}; rules stand in"
    return _answer(settings, name, detail) if ask else Check(NAME, "ok", detail)


def _answer(settings: "Settings", name: str, detail: str) -> Check:
    from orchestrator.director.chat import ChatError, Message
    from orchestrator.director.endpoints import open_chat

    chat = open_chat(settings, name)
    try:
        answer = chat.ask((Message("user", QUESTION),), SCHEMA, time.monotonic() + settings.director_timeout_seconds)
    except ChatError as error:
        return Check(NAME, "warn", f"{detail}. {error.message}", error.cure)
    return Check(NAME, "ok", f"{detail}; it answered in {answer.seconds:.1f} s")
