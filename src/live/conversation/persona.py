"""Whom the avatar is in a conversation: the text that its language model begins with, from `configs/prompts`."""

from dataclasses import dataclass
from string import Template
from typing import Final, Literal

from avatar.errors import ConfigurationError
from orchestrator.director.chat import encodable
from orchestrator.director.prompts import PROMPTS_FOLDER

Acting = Literal["tools", "marks", "none"]
SYSTEM: Final = "talk_system.txt"
ACTING: Final = {"tools": "talk_tools.txt", "marks": "talk_marks.txt"}
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Persona:
    """`description` says who it is and how it speaks; empty leaves it to the model. `acting` moves its face."""

    name: str
    description: str = ""

    def prompt(self, acting: Acting) -> str:
        """Raises `ConfigurationError` where a text is missing."""
        known = encodable(self.description).strip()
        described = f"\nWHO YOU ARE\n{known}" if known else ""
        moves = f"\nYOUR FACE\n{_text(ACTING[acting])}" if acting in ACTING else ""
        name = " ".join(encodable(self.name).split())[:LONGEST_NAME] or "the avatar"
        return Template(_text(SYSTEM)).safe_substitute(name=name, persona=described, acting=moves).strip()


def _text(file: str) -> str:
    path = PROMPTS_FOLDER / file
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The prompt {path.name} cannot be read: {error}.", cure=f"Restore it in {PROMPTS_FOLDER}."
        ) from None
