"""Who writes the performance, and why."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from avatar.errors import InputError
from avatar.performance import Performance
from avatar.types import Choice, Speech, TimedEmotion
from orchestrator.director import rules
from orchestrator.director.direction import read_direction


class Directed(NamedTuple):
    """A performance, and what the user should know of how their direction was taken."""

    performance: Performance
    notes: tuple[str, ...]


Director = Callable[[Speech, tuple[TimedEmotion, ...], str], Directed]


def _by_rules(speech: Speech, emotions: tuple[TimedEmotion, ...], direction: str) -> Directed:
    asked = read_direction(direction)
    return Directed(rules.direct(speech, emotions, asked), asked.notes)


AUTO: Final = "auto"
DIRECTORS: Final[Mapping[str, Director]] = {"rules": _by_rules}


def choose_director(name: str) -> Choice:
    """The director of that name, or by `auto` the best there is. Raises `InputError` for an unknown name."""
    if name == AUTO:
        return Choice("rules", "this version directs by rules")
    if name not in DIRECTORS:
        valid = ", ".join((AUTO, *DIRECTORS))
        raise InputError(f"There is no director '{name}'.", cure=f"Choose one of: {valid}.")
    return Choice(name, "was asked for")


def write_performance(
    name: str, speech: Speech, emotions: tuple[TimedEmotion, ...], direction: str = ""
) -> tuple[Directed, Choice]:
    """The performance by the director of that name, and who that was. Raises `InputError` for an unknown name."""
    choice = choose_director(name)
    return DIRECTORS[choice.name](speech, emotions, direction), choice
