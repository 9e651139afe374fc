"""The director that is a language model: asked stretch by stretch, side by side; rules stand in where it fails."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from time import monotonic
from typing import Final, NamedTuple

from avatar.performance import Performance
from avatar.telemetry import Tracer
from orchestrator.director.answer import answer_schema
from orchestrator.director.asking import Failure, Question, Take, ask
from orchestrator.director.briefing import usual
from orchestrator.director.chat import Chat, Message
from orchestrator.director.joining import Part, joined
from orchestrator.director.prompts import Prompts, Scene, load_prompts, question
from orchestrator.director.reading import read_answer
from orchestrator.director.report import DirectionReport, report_of
from orchestrator.director.side_by_side import side_by_side
from orchestrator.director.stretches import Stretch, stretches

GRACE_SECONDS: Final = 0.5
"""How long after its deadline an endpoint that does not keep to it is waited for."""

MOST_LISTED: Final = 5

HOPELESS: Final = frozenset({"refused", "unauthorised", "unknown_model"})
"""After these nobody is asked again for the same video; nor after a timeout where no answer has come at all."""

ByRules = Callable[[], Performance]
"""The performance by rules for the whole sound."""


class ModelDirected(NamedTuple):
    """A performance, how the model fared, and what the user should know.

    `by_rules` is why rules directed all of it, None where the model directed any. `partly` says the same of the
    stretches that rules directed.
    """

    performance: Performance
    report: DirectionReport
    notes: tuple[str, ...]
    by_rules: str | None
    partly: tuple[str, ...]


def direct_by_model(
    chat: Chat,
    scene: Scene,
    by_rules: ByRules,
    *,
    seconds: float,
    at_once: int,
    tracer: Tracer,
    check: Callable[[], None] = lambda: None,
) -> ModelDirected:
    """The performance, in which what the model leaves out is directed `by_rules`.

    Each stretch has `seconds` from the moment it is asked for, and `at_once` of them are asked for at a time. Where no
    answer comes at all it is over after `seconds`.

    `check` is called while answers are waited for, and may raise.
    """
    began = monotonic()
    parts = stretches(scene.speech)
    takes = _takes(chat, scene, parts, _Terms(seconds, at_once), tracer, check)
    played = _played(chat, parts, takes, by_rules, tracer)
    report = report_of(chat, takes, monotonic() - began)
    failed = [(part, take.failure.text) for part, take in zip(parts, takes, strict=True) if take.failure is not None]
    if len(failed) == len(parts):
        text = failed[0][1]
        return ModelDirected(played, report, (f"Rules directed the face in place of {_title(chat)}: {text}",), text, ())
    partly = tuple(f"rules directed {_clock(part)}: {text}" for part, text in failed)
    notes = (f"Rules directed {_listed(failed)} in place of {_title(chat)}: {failed[0][1]}",) if failed else ()
    return ModelDirected(played, report, notes, None, partly)


class _Terms(NamedTuple):
    """How long a stretch may take, and how many are asked for at a time."""

    seconds: float
    at_once: int


def _takes(
    chat: Chat, scene: Scene, parts: Sequence[Stretch], terms: _Terms, tracer: Tracer, check: Callable[[], None]
) -> list[Take]:
    prompts, norm, hopeless = load_prompts(), usual(scene.speech.prosody), _Hopeless()

    def one(stretch: Stretch) -> Take:
        if hopeless.failure is not None:
            return Take(failure=hopeless.failure)
        messages = question(prompts, stretch, len(parts), scene, norm)
        asked = _question(stretch, scene, prompts, messages, monotonic() + terms.seconds)
        return hopeless.noted(ask(chat, asked, tracer))

    tasks = [partial(one, stretch) for stretch in parts]
    longest = terms.seconds * ceil(len(parts) / terms.at_once) + GRACE_SECONDS
    found = side_by_side(tasks, most=terms.at_once, until=monotonic() + longest, check=check)
    late = Failure("timeout", f"{_title(chat)} has not answered in time. Raise DIRECTOR_TIMEOUT_SECONDS.")
    return [take or Take(failure=late) for take in found]


def _question(
    stretch: Stretch, scene: Scene, prompts: Prompts, messages: Sequence[Message], deadline: float
) -> Question:
    return Question(
        number=stretch.number,
        messages=messages,
        schema=answer_schema(with_words=bool(stretch.words)),
        read=lambda text: read_answer(text, stretch, scene.speech),
        repair=prompts.repair,
        deadline=deadline,
    )


class _Hopeless:
    """The first failure that every further question would meet too."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self._answered = False

    def noted(self, take: Take) -> Take:
        self._answered = self._answered or bool(take.answers)
        if take.failure is not None and self.failure is None and self._is_hopeless(take.failure.reason):
            self.failure = take.failure
        return take

    def _is_hopeless(self, reason: str) -> bool:
        return reason in HOPELESS or (reason == "timeout" and not self._answered)


def _played(
    chat: Chat, parts: Sequence[Stretch], takes: Sequence[Take], by_rules: ByRules, tracer: Tracer
) -> Performance:
    """The takes as one performance, with that of the rules in those that failed."""
    if all(take.performance is not None for take in takes):
        return joined(
            [Part(part, take.performance) for part, take in zip(parts, takes, strict=True) if take.performance]
        )
    ruled = by_rules()
    for part, take in zip(parts, takes, strict=True):
        if take.failure is not None:
            with tracer.span("director_fallback", segment=part.number, reason=take.failure.reason) as span:
                span.set(endpoint=chat.name, model=chat.model, why=take.failure.text)
    if all(take.performance is None for take in takes):
        return ruled
    return joined([Part(part, take.performance or ruled) for part, take in zip(parts, takes, strict=True)])


def _title(chat: Chat) -> str:
    return f"the model {chat.model} ({chat.name})"


def _clock(part: Stretch) -> str:
    return f"{_minutes(part.own.start)} to {_minutes(part.own.end)}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _listed(failed: Sequence[tuple[Stretch, str]]) -> str:
    shown = ", ".join(_clock(part) for part, _ in failed[:MOST_LISTED])
    more = len(failed) - MOST_LISTED
    return f"{shown} and {more} more stretches" if more > 0 else shown
