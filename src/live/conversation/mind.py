"""Answers what a person says, turn by turn, in a thread of its own."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from avatar.errors import AvatarError
from avatar.telemetry import SpanRecord
from avatar.types import SAMPLE_RATE_HZ
from live.conversation.answering import Answered, say_parts
from live.conversation.dialogue import Talker
from live.conversation.faculties import Faculties
from live.conversation.line import Line
from live.conversation.model import TalkModel
from live.conversation.recognising import Understood
from live.conversation.talking import Talking
from live.conversation.traces import TurnTrace
from live.conversation.turn import Asked, Steps
from live.messages import Attention, Caption, Problem
from live.stage import Stage
from orchestrator.director.chat import ChatError, Message

DIALOGUE_FAILED: Final = "dialogue_failed"
NOT_RECOGNISED: Final = "recogniser_failed"
PASSING: Final = ("refused", "timeout", "rate_limited", "server_error", "empty_answer")
"""Kinds of failures of a model after which the same may work again."""

_log = logging.getLogger(__name__)


class Mind:
    """Takes one turn after the other until `close`. `attend` hears of what the avatar does."""

    def __init__(
        self, stage: Stage, talking: Talking, faculties: Faculties, attend: Callable[[Attention], None]
    ) -> None:
        self._stage, self._talking, self._has, self._attend = stage, talking, faculties, attend
        self._asked: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._current: list[Asked] = []
        self._unanswered = ""
        self._takes_up = True
        self._turns = 0
        self.recognised_seconds: float | None = None
        self._thread = threading.Thread(target=self._run, name="mind", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether something is being answered, or waits for it."""
        with self._lock:
            return bool(self._current)

    def take(self, asked: Asked) -> None:
        """Answers it after what is being answered."""
        with self._lock:
            self._current.append(asked)
        self._asked.put(asked)

    def halt(self, *, takes_up: bool) -> None:
        """Gives up what is being answered, and what waits; of which nothing was heard is answered with the next turn,
        where that `takes_up` what was said.
        """
        self._takes_up = takes_up
        with self._lock:
            current = list(self._current)
        for asked in current:
            asked.halt.put_up()

    def close(self) -> None:
        """Returns when the thread has ended."""
        self.halt(takes_up=False)
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            try:
                self._take(asked)
            except Exception as error:
                _log.exception("a turn failed")
                self._tell_failure(DIALOGUE_FAILED, f"The turn failed ({type(error).__name__}).", "Try again.")
            finally:
                with self._lock:
                    self._current.remove(asked)
                self._rest()

    def _rest(self) -> None:
        if not self.is_busy and not self._talking.is_speaking:
            self._attend("idle")

    def _take(self, asked: Asked) -> None:
        steps = Steps(asked.done, asked.silence)
        self._turns += 1
        trace = self._has.traces.begin(self._turns, asked.done, spoken=asked.samples is not None)
        try:
            if asked.silence is not None:
                trace.between("end_of_turn", asked.done, asked.done + asked.silence)
            text = self._text(asked, steps, trace)
            if text and not asked.halt.is_up:
                self._answer(asked, text, steps, trace)
        finally:
            trace.end()

    def _text(self, asked: Asked, steps: Steps, trace: TurnTrace) -> str:
        """What is to be answered, with what was said before and not answered; empty where it is nothing."""
        found = self._understood(asked, steps, trace)
        if found.text:
            at = self._stage.now
            self._stage.tell(Caption(who="user", text=found.text, at=at, language=found.language))
        text = " ".join(filter(None, (self._unanswered, found.text)))
        self._unanswered = text if asked.halt.is_up and self._takes_up else ""
        trace.root.set_content(input=text)
        return text

    def _understood(self, asked: Asked, steps: Steps, trace: TurnTrace) -> Understood:
        recogniser = self._has.recogniser
        if asked.samples is None or recogniser is None:
            language = self._has.cast.language(asked.text, self._has.language)
            return Understood(asked.text, language)
        began = time.monotonic()
        try:
            with trace.span(
                "recogniser", engine=recogniser.label, seconds_of_sound=len(asked.samples) / SAMPLE_RATE_HZ
            ) as span:
                if asked.guess is not None:
                    found = asked.guess.result()
                else:
                    found = recogniser.recognise(asked.samples, self._has.language, self._has.among)
                    self.recognised_seconds = time.monotonic() - began
                span.set(language=found.language, confidence=found.confidence, ahead=asked.guess is not None)
                span.set_content(output=found.text)
        except AvatarError as error:
            self._tell_failure(NOT_RECOGNISED, error.message, error.cure, retryable=error.retryable)
            return Understood("", "")
        steps.recognised = time.monotonic()
        if found.text:
            self._has.cast.follow(found.language)
        return found

    def _answer(self, asked: Asked, text: str, steps: Steps, trace: TurnTrace) -> None:
        dialogue = self._has.dialogue
        if dialogue is None:
            self._stage.tell(self._has.no_dialogue)
            return
        self._attend("thinking")
        line = self._talking.begin()
        asked.halt.bind(partial(self._talking.drop, line))
        answer = self._say(dialogue, asked, line, steps, trace, text)
        line.seen.wait()
        self._stage.tell(steps.told(self._turns, line, interrupted=line.cut_at is not None))
        line.over.wait()
        is_cut = line.cut_at is not None
        if is_cut and line.heard.sound is not None:
            self._stage.tell(steps.told(self._turns, line, interrupted=True))
        spoken = line.spoken()
        if answer is not None:
            dialogue.keep(spoken)
        self._unanswered = text if is_cut and not spoken and self._takes_up else ""
        _note_steps(trace, asked, line, spoken)

    def _say(
        self, dialogue: Talker, asked: Asked, line: Line, steps: Steps, trace: TurnTrace, text: str
    ) -> Answered | None:
        """The answer, all of it handed to the line; None where it failed."""
        answer, model = Answered(), dialogue.model
        about = {"model": model.model, "provider": model.name, "model_parameters": dict(model.parameters)}
        try:
            with trace.generation("dialogue", **about) as span:
                for _ in say_parts(dialogue.answer(text, asked.halt), line, answer):
                    steps.first_token = steps.first_token or time.monotonic()
                    if line.is_cut:
                        asked.halt.put_up()
                _note_answer(span, answer, [*dialogue.messages(), Message("user", text)])
                if not line.text.strip() and not line.is_cut:
                    raise _nothing(model)
        except AvatarError as error:
            retryable = error.retryable or (isinstance(error, ChatError) and error.reason in PASSING)
            self._tell_failure(DIALOGUE_FAILED, error.message, error.cure, retryable=retryable)
            return None
        finally:
            line.end()
        return answer

    def _tell_failure(self, code: str, message: str, cure: str, *, retryable: bool = True) -> None:
        self._stage.tell(Problem(code=code, message=message, cure=cure, retryable=retryable))


def _nothing(model: TalkModel) -> ChatError:
    return ChatError(
        f"{model.title} answered with nothing that can be said.",
        reason="empty_answer",
        cure="Raise DIALOGUE_MAX_TOKENS, or choose another model.",
    )


def _note_answer(span: SpanRecord, answer: Answered, asked: Sequence[Message]) -> None:
    messages = [{"role": message.role, "content": message.text} for message in asked]
    span.set_content(input=messages, output=answer.written, not_played=answer.dropped or None)
    span.set(acts=answer.acts, acts_dropped=len(answer.dropped))
    if answer.dropped:
        span.warn("acts_dropped")
    if (finished := answer.finished) is not None:
        span.set(
            answered_by=finished.model,
            tokens_in=finished.tokens_in,
            tokens_out=finished.tokens_out,
            cost_usd=finished.cost_usd,
            first_token_seconds=finished.first_token_seconds,
        )


def _note_steps(trace: TurnTrace, asked: Asked, line: Line, spoken: str) -> None:
    heard = line.heard
    trace.between("speaker", heard.sentence, heard.made)
    trace.between("first_sound", asked.done, heard.sound)
    trace.between("first_frame", asked.done, heard.frame)
    trace.root.set(interrupted=line.cut_at is not None)
    trace.root.set_content(output=spoken)
