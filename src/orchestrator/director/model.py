"""The director that is a language model: asked stretch by stretch, side by side; rules stand in where it fails."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from avatar.performance import Performance
from avatar.telemetry import Tracer
from avatar.types import Choice, Speech, TimedEmotion
from orchestrator.director.answer import answer_schema
from orchestrator.director.asking import Failure, Question, Take, ask
from orchestrator.director.briefing import usual
from orchestrator.director.chat import Chat
from orchestrator.director.joining import Part, joined
from orchestrator.director.prompts import Prompts, load_prompts, question
from orchestrator.director.reading import read_answer
from orchestrator.director.report import DirectionReport, report_of
from orchestrator.director.stretches import Stretch, stretches

MOST_AT_ONCE: Final = 8
GRACE_SECONDS: Final = 0.5
"""How long after its deadline an endpoint that does not keep to it is waited for."""

HOPELESS: Final = frozenset({"refused", "unauthorised", "unknown_model"})
"""After these nobody is asked again for the same video."""

RULES: Final = "rules"

ByRules = Callable[[], tuple[Performance, tuple[str, ...]]]
"""The performance by rules for the whole sound, and the notes on how the direction was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is to be directed: the speech, how it feels, what the user wants, and what the picture shows."""

    speech: Speech
    emotions: tuple[TimedEmotion, ...]
    direction: str
    portrait: str


class Directed(NamedTuple):
    """A performance, who wrote it, what the user should know, and how a model fared; None where none was asked."""

    performance: Performance
    choice: Choice
    notes: tuple[str, ...] = ()
    report: DirectionReport | None = None


def direct_by_model(
    chat: Chat,
    scene: Scene,
    by_rules: ByRules,
    *,
    why: str,
    seconds: float,
    tracer: Tracer,
    check: Callable[[], None] = lambda: None,
) -> Directed:
    """The performance, within `seconds` and whatever the model does; what it leaves out is directed `by_rules`.

    `why` says why this model was chosen. `check` is called while answers are waited for, and may raise.
    """
    began = monotonic()
    parts = stretches(scene.speech)
    takes = _takes(chat, scene, parts, began + seconds, tracer, check)
    performance, notes = _played(parts, takes, by_rules, tracer)
    report = report_of(chat, takes, monotonic() - began)
    return Directed(performance, _choice(chat, parts, takes, why), (*_notes(chat, parts, takes), *notes), report)


def _takes(
    chat: Chat,
    scene: Scene,
    parts: Sequence[Stretch],
    deadline: float,
    tracer: Tracer,
    check: Callable[[], None],
) -> list[Take]:
    prompts, norm, hopeless = load_prompts(), usual(scene.speech.prosody), _Hopeless()

    def one(stretch: Stretch) -> Take:
        messages = question(
            prompts,
            stretch,
            len(parts),
            scene.speech,
            norm,
            scene.emotions,
            direction=scene.direction,
            portrait=scene.portrait,
        )
        return hopeless.unless(lambda: ask(chat, _question(stretch, scene, prompts, messages, deadline), tracer))

    tasks = [partial(one, stretch) for stretch in parts]
    found = side_by_side(tasks, most=MOST_AT_ONCE, until=deadline + GRACE_SECONDS, check=check)
    late = Failure("timeout", f"{chat.name} did not answer in time. Raise DIRECTOR_TIMEOUT_SECONDS.")
    return [take or Take(failure=late, questions=1) for take in found]
