"""Who writes the performance, and why."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from avatar.errors import InputError
from avatar.performance import Performance
from avatar.settings import Settings
from avatar.telemetry import Tracer
from avatar.types import Choice, Speech, TimedEmotion
from orchestrator.director import endpoints, rules
from orchestrator.director.direction import read_direction
from orchestrator.director.model import direct_by_model
from orchestrator.director.prompts import Scene, load_prompts
from orchestrator.director.report import DirectionReport

AUTO: Final = "auto"
RULES: Final = "rules"
DIRECTORS: Final = (*endpoints.NAMES, RULES)
"""Every director, best first: the endpoints of language models, and the rules."""

NO_MODEL: Final = "no language model is set up (MISTRAL_API_KEY, MISTRAL_BASE_URL or GROQ_API_KEY)"
SILENT: Final = "nobody speaks, so no model was asked"


class Directed(NamedTuple):
    """A performance, who wrote it, what the user should know, and how a model fared: None where none was asked."""

    performance: Performance
    choice: Choice
    notes: tuple[str, ...] = ()
    report: DirectionReport | None = None


def choose_director(name: str, settings: Settings) -> Choice:
    """The director of that name, or by `auto` the best there is.

    Raises `InputError` for an unknown name, `ConfigurationError` for a model whose settings are missing.
    """
    if name == AUTO:
        ready = endpoints.configured(settings)
        return Choice(ready[0], "its endpoint is set up") if ready else Choice(RULES, NO_MODEL)
    _check_name(name)
    if name != RULES:
        endpoints.endpoint(settings, name)
    return Choice(name, "was asked for")


def check_director(name: str, settings: Settings, *, is_asked: bool) -> None:
    """Raises as `choose_director` does; of a director whom nobody asks only for its name."""
    if is_asked:
        choose_director(name, settings)
    else:
        _check_name(name)


def _check_name(name: str) -> None:
    if name not in (AUTO, *DIRECTORS):
        valid = ", ".join((AUTO, RULES, *endpoints.NAMES))
        raise InputError(f"There is no director '{name}'.", cure=f"Choose one of: {valid}.")


def director_identity(name: str, settings: Settings) -> list[Any]:
    """What makes one director's performances others than another's. Raises as `choose_director` does."""
    chosen = choose_director(name, settings).name
    if chosen == RULES:
        return [RULES]
    asked = endpoints.endpoint(settings, chosen)
    return [chosen, asked.url, asked.model, asked.temperature, asked.max_tokens, load_prompts().digest]


def by_rules(speech: Speech, emotions: tuple[TimedEmotion, ...], direction: str, choice: Choice) -> Directed:
    """The performance that needs no model."""
    asked = read_direction(direction)
    return Directed(rules.direct(speech, emotions, asked), choice, asked.notes)


def direct(
    name: str,
    settings: Settings,
    speech: Speech,
    emotions: tuple[TimedEmotion, ...],
    direction: str,
    *,
    portrait: Callable[[], str],
    tracer: Tracer,
    check: Callable[[], None] = lambda: None,
) -> Directed:
    """The performance by the director of that name; by rules where a model cannot write it within the time it has.

    `portrait` says what the picture shows; it is called for a model only. `check` is called while a model is waited
    for, and may raise. Raises as `choose_director` does.
    """
    choice = choose_director(name, settings)
    if choice.name == RULES:
        return by_rules(speech, emotions, direction, choice)
    if speech.is_silent:
        return by_rules(speech, emotions, direction, Choice(RULES, SILENT))
    scene = Scene(speech=speech, emotions=emotions, direction=direction, portrait=portrait())
    found = direct_by_model(
        endpoints.open_chat(settings, choice.name),
        scene,
        lambda: rules.direct(speech, emotions, read_direction(direction)),
        seconds=settings.director_timeout_seconds,
        at_once=settings.director_at_once,
        tracer=tracer,
        check=check,
    )
    if found.by_rules is None:
        written = Choice(choice.name, choice.why, found.partly)
    else:
        written = Choice(RULES, f"stand in for {choice.name}", (f"{choice.name}: {found.by_rules}",))
    notes = read_direction(direction).notes if found.report["by_rules"] else ()
    return Directed(found.performance, written, (*found.notes, *notes), found.report)
