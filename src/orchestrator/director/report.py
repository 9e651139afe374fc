"""How a language model directed: what was asked, what it took, what was put right, and who stood in."""

from collections.abc import Sequence
from typing import TypedDict

from orchestrator.director.asking import Take
from orchestrator.director.chat import Answer, Chat
from orchestrator.director.problems import together


class DirectionReport(TypedDict):
    """JSON. `repaired` and `by_rules` count the `segments`: stretches of about half a minute, asked side by side.

    `unplayable` counts the answers that could not be played, mended in a second turn or not.

    `fallback` says why rules directed some or all of them, None where the model directed all; `fallback_reason` is the
    first failure's kind: one of `Reason` of the endpoint, `invalid_answer` or `failed`. `problems` counts what was put
    right by kind, and `told` has the first of it in words. `tokens_in`, `tokens_out` and `cost_usd` are those of all
    questions, None where the endpoint does not tell; `first_token_seconds` is the soonest, `seconds` by the clock.
    """

    endpoint: str
    model: str
    segments: int
    questions: int
    repaired: int
    unplayable: int
    by_rules: int
    fallback: str | None
    fallback_reason: str | None
    problems: dict[str, int]
    told: list[str]
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    seconds: float
    first_token_seconds: float | None


def report_of(chat: Chat, takes: Sequence[Take], seconds: float) -> DirectionReport:
    answers = [answer for take in takes for answer in take.answers]
    failed = [take for take in takes if take.failure is not None]
    found = together(take.problems for take in takes)
    first = failed[0].failure if failed else None
    return {
        "endpoint": chat.name,
        "model": answers[0].model if answers else chat.model,
        "segments": len(takes),
        "questions": sum(take.questions for take in takes),
        "repaired": sum(take.is_repaired for take in takes),
        "unplayable": sum(len(take.answers) - (take.performance is not None) for take in takes),
        "by_rules": len(failed),
        "fallback": first.text if first else None,
        "fallback_reason": first.reason if first else None,
        "problems": dict(found.counts),
        "told": list(found.told),
        "tokens_in": _whole(answers, "tokens_in"),
        "tokens_out": _whole(answers, "tokens_out"),
        "cost_usd": _cost(answers),
        "seconds": round(seconds, 4),
        "first_token_seconds": _soonest(answers),
    }


def _whole(answers: Sequence[Answer], name: str) -> int | None:
    known = [getattr(answer, name) for answer in answers if getattr(answer, name) is not None]
    return sum(known) if known else None


def _cost(answers: Sequence[Answer]) -> float | None:
    known = [answer.cost_usd for answer in answers if answer.cost_usd is not None]
    return round(sum(known), 8) if known else None


def _soonest(answers: Sequence[Answer]) -> float | None:
    known = [answer.first_token_seconds for answer in answers if answer.first_token_seconds is not None]
    return round(min(known), 4) if known else None
