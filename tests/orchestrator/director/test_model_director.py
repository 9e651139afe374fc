"""A model directs what it can, in the time it has; whatever it cannot, rules direct, and all is told."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from avatar.performance import Performance
from avatar.telemetry import FileTracer, SpanRecord, read_spans
from avatar.types import Speech
from orchestrator.director import rules
from orchestrator.director.answer import answer_schema
from orchestrator.director.asking import LONGEST_QUOTE
from orchestrator.director.chat import Message
from orchestrator.director.model import ModelDirected, direct_by_model
from orchestrator.director.placing import placed
from orchestrator.director.prompts import Scene
from orchestrator.director.stretches import stretches
from tests.orchestrator.director.scripted_chat import Reply, ScriptedChat, answer_text, refused, stretch_of
from tests.video_processor.speech_factory import make_speech

AT_ONCE = 4
SHORT, LONG = make_speech(12.0), make_speech(100.0)
NOD = {"word": 6, "action": "nod", "intensity": 0.4}
GOOD = answer_text([NOD])


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.fixture
def direct(spans: Path) -> Callable[..., ModelDirected]:
    def direct(chat: ScriptedChat, speech: Speech = SHORT, seconds: float = 20.0, **options: Any) -> ModelDirected:
        scene = Scene(speech=speech, emotions=(), direction="warm", portrait="a calm face from the front")
        by_rules = lambda: rules.direct(speech, ())  # noqa: E731 - a name for what is handed on
        return direct_by_model(
            chat, scene, by_rules, seconds=seconds, at_once=AT_ONCE, tracer=FileTracer(spans), **options
        )

    return direct


Direct = Callable[..., ModelDirected]


def generations(spans: Path) -> list[SpanRecord]:
    return sorted((span for span in read_spans(spans) if span.kind == "generation"), key=lambda span: span.start)


def fallbacks(spans: Path) -> list[SpanRecord]:
    return [span for span in read_spans(spans) if span.name == "director_fallback"]


def test_a_good_answer_is_the_performance(direct: Direct, spans: Path) -> None:
    chat = ScriptedChat([GOOD])
    found = direct(chat)

    assert found.performance.controls.smile == 0.3
    assert [(cue.action, cue.word) for cue in found.performance.cues] == [("nod", 6)]
    assert (found.by_rules, found.partly, found.notes) == (None, (), ())
    assert found.report["segments"] == found.report["questions"] == 1
    assert found.report["repaired"] == found.report["by_rules"] == 0
    assert (found.report["endpoint"], found.report["model"]) == ("local", "scripted-1")
    assert (found.report["tokens_in"], found.report["cost_usd"]) == (1000, 0.001)
    assert found.report["first_token_seconds"] == 0.02
    assert (found.report["fallback"], found.report["fallback_reason"]) == (None, None)
    assert chat.schemas == [answer_schema(with_words=True)]
    (span,) = generations(spans)
    assert span.attributes["model_parameters"] == {"temperature": 0.4}
    assert (span.attributes["segment"], span.attributes["attempt"], span.attributes["valid"]) == (0, 1, True)
    assert (span.attributes["tokens_in"], span.attributes["cost_usd"]) == (1000, 0.001)
    assert [turn["role"] for turn in span.content["input"]] == ["system", "user"]
    assert span.content["output"][0]["parts"][0]["content"] == GOOD
    assert fallbacks(spans) == []


def test_private_text_is_content_and_no_attribute(direct: Direct, spans: Path) -> None:
    direct(ScriptedChat([answer_text([{"word": "w1 is secret", "action": "secret"}]), "secret"]))

    for span in read_spans(spans):
        assert "secret" not in str(span.attributes)
        assert "@0." not in str(span.attributes)


def test_what_was_put_right_is_told(direct: Direct) -> None:
    report = direct(ScriptedChat([answer_text([NOD, {"word": 9000, "action": "nod"}], blink_rate=9)])).report

    assert report["problems"] == {"clamped": 1, "dropped": 1}
    assert any("no word 9000" in line for line in report["told"])


@pytest.mark.parametrize("bad", ["I would rather not.", '{"controls": {"smi', '{"face": "nice"}'])
def test_an_answer_that_cannot_be_played_gets_one_turn_to_mend_it(direct: Direct, spans: Path, bad: str) -> None:
    chat = ScriptedChat([bad, GOOD])
    found = direct(chat)

    assert found.by_rules is None
    assert (found.report["repaired"], found.report["questions"], found.report["unplayable"]) == (1, 2, 1)
    assert found.report["tokens_in"] == 2000
    roles = [message.role for message in chat.asked[1]]
    assert roles == ["system", "user", "assistant", "user"]
    assert chat.asked[1][2].text == bad
    assert "cannot be played" in chat.asked[1][3].text
    assert [span.attributes["valid"] for span in generations(spans)] == [False, True]
    assert chat.deadlines[0] == chat.deadlines[1]


def test_a_long_bad_answer_is_quoted_in_part(direct: Direct) -> None:
    chat = ScriptedChat(["x" * 50_000, GOOD])
    direct(chat)

    assert len(chat.asked[1][2].text) == LONGEST_QUOTE
    assert len(chat.asked[1][3].text) < 1000


def test_after_two_bad_answers_rules_direct(direct: Direct, spans: Path) -> None:
    chat = ScriptedChat(["no", "no", GOOD])
    found = direct(chat)

    assert found.performance == rules.direct(SHORT, ())
    assert len(chat.asked) == 2
    assert "no JSON object" in (found.by_rules or "")
    assert found.report["fallback_reason"] == "invalid_answer"
    assert len(found.notes) == 1
    assert found.notes[0].startswith("Rules directed the face in place of the model scripted-1 (local): ")
    assert [span.attributes["reason"] for span in fallbacks(spans)] == ["invalid_answer"]


@pytest.mark.parametrize(
    "reason",
    ["refused", "timeout", "unauthorised", "rate_limited", "unknown_model", "rejected", "server_error", "empty_answer"],
)
def test_without_an_answer_rules_direct_and_the_cause_is_told(direct: Direct, spans: Path, reason: str) -> None:
    found = direct(ScriptedChat([refused(reason)]))

    assert found.performance == rules.direct(SHORT, ())
    assert found.report["fallback_reason"] == reason
    assert found.report["fallback"] == f"The scripted model says {reason}. Change the script."
    assert found.report["tokens_in"] is None
    assert "ChatError" in (generations(spans)[0].error or "")
    assert fallbacks(spans)[0].attributes["reason"] == reason


@pytest.mark.parametrize("error", [RuntimeError("a bug"), UnicodeDecodeError("utf-8", b"", 0, 1, "bad"), MemoryError()])
def test_a_client_that_breaks_ends_no_job(direct: Direct, error: Exception) -> None:
    found = direct(ScriptedChat([error]))

    assert found.performance == rules.direct(SHORT, ())
    assert found.report["fallback_reason"] == "failed"


def test_an_error_in_the_repair_turn_is_the_cause(direct: Direct) -> None:
    found = direct(ScriptedChat(["no", refused("rate_limited")]))

    assert found.report["fallback_reason"] == "rate_limited"
    assert (found.report["questions"], found.report["tokens_in"]) == (2, 1000)


def test_an_endpoint_that_ignores_its_deadline_is_left(direct: Direct) -> None:
    release = threading.Event()

    def hang(_messages: Sequence[Message]) -> Reply:
        release.wait(30)
        return GOOD

    began = time.monotonic()
    found = direct(ScriptedChat(hang), seconds=0.2)
    took = time.monotonic() - began
    release.set()

    assert found.performance == rules.direct(SHORT, ())
    assert found.report["fallback_reason"] == "timeout"
    assert "DIRECTOR_TIMEOUT_SECONDS" in (found.by_rules or "")
    assert took < 10


def test_no_second_turn_is_begun_after_the_deadline(direct: Direct) -> None:
    chat = ScriptedChat(["no", GOOD], seconds=0.4)
    found = direct(chat, seconds=0.3)

    assert len(chat.asked) == 1
    assert found.report["fallback_reason"] == "invalid_answer"


def test_whoever_stops_the_run_does_not_wait_for_the_model(direct: Direct) -> None:
    class StoppedError(Exception):
        pass

    release = threading.Event()

    def hang(_messages: Sequence[Message]) -> Reply:
        release.wait(30)
        return GOOD

    def check() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        direct(ScriptedChat(hang), check=check)
    release.set()


def test_long_speech_is_asked_about_side_by_side_and_joined(direct: Direct) -> None:
    chat = ScriptedChat(lambda messages: answer_text([NOD], smile=0.2 * stretch_of(messages)), seconds=0.1)
    found = direct(chat, LONG)
    parts = stretches(LONG)

    assert found.report["segments"] == len(parts) == len(chat.asked) == chat.most_at_once == 3
    assert [cue.word for cue in found.performance.cues] == [6, *(part.words[6] for part in parts[1:])]
    assert [segment.controls.smile for segment in found.performance.segments][0::4] == [0.0, 0.2, 0.4]
    assert placed(found.performance, LONG) == (found.performance, ())
    assert sorted(stretch_of(messages) for messages in chat.asked) == [0, 1, 2]


def test_no_more_than_so_many_are_asked_at_once(direct: Direct) -> None:
    chat = ScriptedChat([answer_text([NOD])], seconds=0.05)
    found = direct(chat, make_speech(600.0))

    assert len(chat.asked) == found.report["segments"] > AT_ONCE == chat.most_at_once
    assert found.report["by_rules"] == 0


def test_rules_direct_the_stretch_that_failed_and_no_other(direct: Direct, spans: Path) -> None:
    def reply(messages: Sequence[Message]) -> Reply:
        return refused("server_error") if stretch_of(messages) == 1 else answer_text([NOD], smile=0.9)

    found = direct(ScriptedChat(reply), LONG)
    own = stretches(LONG)[1].own
    by_rules = rules.direct(LONG, ())
    inside = [cue for cue in found.performance.cues if own.start <= cue.at < own.end]

    assert inside == [cue for cue in by_rules.cues if own.start <= cue.at < own.end]
    assert found.by_rules is None
    assert (found.report["by_rules"], found.report["fallback_reason"]) == (1, "server_error")
    assert found.partly == ("rules directed 0:29 to 1:01: The scripted model says server_error. Change the script.",)
    assert found.notes[0].startswith("Rules directed 0:29 to 1:01 in place of the model scripted-1 (local): ")
    assert [span.attributes["segment"] for span in fallbacks(spans)] == [1]


def test_after_a_hopeless_failure_nobody_is_asked_again(direct: Direct) -> None:
    chat = ScriptedChat([refused("unauthorised")])
    found = direct(chat, make_speech(900.0))

    assert found.report["segments"] > 2 * AT_ONCE
    assert len(chat.asked) == found.report["questions"] <= AT_ONCE
    assert found.report["by_rules"] == found.report["segments"]
    assert found.by_rules is not None


def test_each_stretch_has_the_time_from_when_it_is_asked_for(direct: Direct) -> None:
    chat = ScriptedChat([answer_text([NOD])], seconds=0.3)
    found = direct(chat, make_speech(600.0), seconds=1.0)

    assert found.report["segments"] / AT_ONCE * 0.3 > 1.0
    assert found.report["by_rules"] == 0


def test_a_server_that_answers_nothing_is_waited_for_once(direct: Direct) -> None:
    chat = ScriptedChat([refused("timeout")])
    found = direct(chat, make_speech(600.0))

    assert len(chat.asked) <= AT_ONCE
    assert found.report["fallback_reason"] == "timeout"
    assert found.by_rules is not None


def test_every_stretch_has_a_span_of_its_own(direct: Direct, spans: Path) -> None:
    direct(ScriptedChat([GOOD]), LONG)

    assert sorted(span.attributes["segment"] for span in generations(spans)) == [0, 1, 2]


def test_result_is_a_valid_performance(direct: Direct) -> None:
    found = direct(ScriptedChat([GOOD]), LONG).performance

    assert Performance.model_validate(found.model_dump(mode="json")) == found
