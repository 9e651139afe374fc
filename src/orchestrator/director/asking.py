"""One stretch: the question, the answer, and one turn to mend an answer that cannot be played."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, NamedTuple

from avatar.performance import Performance
from avatar.telemetry import SpanRecord, Tracer
from orchestrator.director.chat import Answer, Chat, ChatError, Message
from orchestrator.director.problems import Problems
from orchestrator.director.reading import Reading
from orchestrator.director.salvage import UnusableAnswerError

TURNS: Final = 2
"""The question, and one to mend the answer."""

LONGEST_QUOTE: Final = 4000
"""Characters of a bad answer that the model sees again."""

INVALID: Final = "invalid_answer"
FAILED: Final = "failed"

_log = logging.getLogger(__name__)


class Failure(NamedTuple):
    """Why there is no performance: the kind, and a sentence."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What came of a stretch: a `performance`, or else a `failure`. `answers` are all that came, good or not."""

    performance: Performance | None = None
    failure: Failure | None = None
    problems: Problems = field(default_factory=Problems)
    answers: tuple[Answer, ...] = ()
    questions: int = 0

    @property
    def is_repaired(self) -> bool:
        return self.performance is not None and self.questions > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for stretch `number`; `read` makes an answer's text a performance or raises
    `UnusableAnswerError`, and `repair` words the turn after that. `deadline` is in seconds of `time.monotonic`.
    """

    number: int
    messages: Sequence[Message]
    schema: Mapping[str, Any]
    read: Callable[[str], Reading]
    repair: Callable[[str], Message]
    deadline: float


def ask(chat: Chat, question: Question, tracer: Tracer) -> Take:
    """Never raises: whatever goes wrong is the take's failure."""
    answers: list[Answer] = []
    messages = list(question.messages)
    failure = Failure(FAILED, "")
    turn = 0
    while turn < TURNS and (turn == 0 or monotonic() < question.deadline):
        turn += 1
        try:
            answer, outcome = _turn(chat, question, messages, turn, tracer)
        except ChatError as error:
            failure = Failure(error.reason, str(error))
            break
        except Exception as error:
            _log.exception("the model at %s could not be asked", chat.name)
            failure = Failure(FAILED, f"{type(error).__name__} while {chat.name} was asked.")
            break
        answers.append(answer)
        if isinstance(outcome, Reading):
            return Take(
                performance=outcome.performance, problems=outcome.problems, answers=tuple(answers), questions=turn
            )
        failure = Failure(INVALID, f"{chat.model} gave no answer that can be played. {outcome}")
        messages += [Message("assistant", answer.text[:LONGEST_QUOTE]), question.repair(outcome)]
    return Take(failure=failure, answers=tuple(answers), questions=turn)


def _turn(
    chat: Chat, question: Question, messages: Sequence[Message], turn: int, tracer: Tracer
) -> tuple[Answer, Reading | str]:
    """The answer, and what it plays or else what is wrong with it. Raises `ChatError`."""
    with tracer.span(
        "director",
        kind="generation",
        model=chat.model,
        model_parameters=dict(chat.parameters),
        endpoint=chat.name,
        segment=question.number,
        attempt=turn,
    ) as span:
        span.set_content(input=[{"role": message.role, "content": message.text} for message in messages])
        answer = chat.ask(messages, question.schema, question.deadline)
        _tell_answer(span, answer)
        try:
            reading = question.read(answer.text)
        except UnusableAnswerError as error:
            span.set(valid=False)
            span.set_content(problem=error.message)
            return answer, error.message
        span.set(valid=True, cues=len(reading.performance.cues), problems=dict(reading.problems.counts))
        return answer, reading


def _tell_answer(span: SpanRecord, answer: Answer) -> None:
    span.set(
        answered_by=answer.model,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost_usd=answer.cost_usd,
        first_token_seconds=answer.first_token_seconds,
        answer_seconds=round(answer.seconds, 4),
    )
    span.set_content(output=answer.text)
