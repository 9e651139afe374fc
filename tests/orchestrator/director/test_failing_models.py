"""Whatever an endpoint does, the job goes on in time, and its result and its trace say who directed and why."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.settings import Settings
from avatar.telemetry import SpanRecord, read_spans
from orchestrator.director import chat_request, mistral_chat
from orchestrator.director.chat_forms import _known
from orchestrator.run import JobRequest, JobResult, run_job
from tests.orchestrator.director import scripted_model as scripted
from tests.orchestrator.director.scripted_model import GOOD_USAGE, ScriptedModel, Turn, answers, replies, scripted_model
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]

TEXT = "Good morning to you all."
TIMEOUT_SECONDS = 3.0
KEY = "sk-very-secret"
CONTROLS = {
    "blink_rate": 0.3,
    "head_tilt": 0.1,
    "expression_intensity": 0.6,
    "mouth_openness": 0.5,
    "eyebrow_raise": 0.1,
    "head_motion": 0.4,
    "gaze_contact": 0.8,
    "smile": 0.7,
    "energy": 0.5,
    "emotion": {"label": "happy", "valence": 0.6, "arousal": 0.4},
}
GOOD = json.dumps({"controls": CONTROLS, "segments": [], "cues": [{"word": 1, "action": "nod", "intensity": 0.6}]})
NO_PERFORMANCE = json.dumps({"poem": ["roses are red"]})


@pytest.fixture(autouse=True)
def _nothing_known_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    _known.clear()
    monkeypatch.setattr(mistral_chat, "FIRST_PAUSE_SECONDS", 0.05)


def directed(requests: Requests, settings: Settings, server: ScriptedModel, **changes: object) -> JobResult:
    asked = {"mistral_base_url": server.url, "mistral_api_key": KEY, "director_timeout_seconds": TIMEOUT_SECONDS}
    request = requests(text=TEXT, audio=None, **changes)
    return run_job(request, Settings(**{**settings.model_dump(), **asked}))


def spans_of(settings: Settings, result: JobResult) -> list[SpanRecord]:
    return [span for path in settings.data_dir.glob("jobs/*/spans.jsonl") for span in read_spans(path)]


def test_a_model_that_answers_directs(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    with scripted_model(answers(GOOD, GOOD_USAGE)) as server:
        result = directed(request_for, settings, server)
    assert result.director.name == "local"
    assert result.performance["controls"]["smile"] == 0.7
    assert [cue["action"] for cue in result.performance["cues"]] == ["nod"]
    report = result.direction_report
    assert report is not None
    assert (report["model"], report["tokens_in"], report["tokens_out"]) == ("scripted-7b", 120, 30)
    assert report["fallback"] is None


FAILURES: dict[str, tuple[tuple[Turn, ...], str]] = {
    "accepts and never answers": ((scripted.says_nothing,), "timeout"),
    "drips": ((scripted.drips,), "timeout"),
    "never ends": ((scripted.never_ends,), "timeout|server_error"),
    "401": ((replies(401, {"message": "Unauthorized"}),), "unauthorised"),
    "429": ((replies(429, retry_after="0.1"),), "rate_limited"),
    "429 for an hour": ((replies(429, retry_after="3600"),), "rate_limited"),
    "404": ((replies(404, {"error": {"message": "model not found"}}),), "unknown_model"),
    "400": ((replies(400, {"message": "no"}),), "rejected"),
    "500": ((replies(500),), "server_error"),
    "broken off": ((scripted.breaks_off,), "server_error"),
    "not HTTP's JSON": ((replies(200, b"<html>"),), "server_error"),
    "empty": ((answers(""),), "empty_answer"),
    "bad JSON": ((answers("I would nod here, and smile."),), "invalid_answer"),
    "wrong schema": ((answers(NO_PERFORMANCE),), "invalid_answer"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_job_goes_on_with_rules(
    name: str, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    script, reasons = FAILURES[name]
    with scripted_model(*script) as server:
        result = directed(request_for, settings, server)
    assert_directed_by_rules(result, settings, reasons)


def test_the_job_goes_on_where_nobody_listens(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with scripted_model(answers(GOOD)) as server:
        pass
    assert_directed_by_rules(directed(request_for, settings, server), settings, "refused")


def test_the_job_goes_on_where_the_certificates_are_not_there(
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    chat_request._certificates.cache_clear()
    with scripted_model(answers(GOOD)) as server:
        result = directed(request_for, settings, server)
    assert_directed_by_rules(result, settings, "failed")
    assert "SSL_CERT_FILE" in result.notes[0]
    assert str(tmp_path) not in result.notes[0]


def test_the_job_goes_on_where_the_client_cannot_be_loaded(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
    with scripted_model(answers(GOOD)) as server:
        result = directed(request_for, settings, server)
    assert_directed_by_rules(result, settings, "failed")


@pytest.mark.parametrize("status", [400, 500])
def test_a_message_that_utf_8_cannot_write_fails_no_job(
    status: int, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with scripted_model(replies(status, {"error": {"message": "no \ud83d today"}})) as server:
        result = directed(request_for, settings, server)
    assert_directed_by_rules(result, settings, "rejected|server_error")
    assert any("no \ufffd today" in note for note in result.notes)


def test_the_name_of_a_model_that_utf_8_cannot_write_fails_no_job(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    choice = {"index": 0, "delta": {"role": "assistant", "content": GOOD}, "finish_reason": "stop"}
    told = {"id": "1", "model": "seven\ud83d", "choices": [choice]}
    with scripted_model(scripted.streams(told, "[DONE]")) as server:
        result = directed(request_for, settings, server)
    assert result.director.name == "local"
    assert result.direction_report is not None
    assert result.direction_report["model"] == "seven\ufffd"


@pytest.mark.parametrize(("written", "read"), [("\ud83d", "\ufffd"), ("\\ud83d", " ")], ids=["as it is", "escaped"])
def test_an_answer_that_utf_8_cannot_write_fails_no_job(
    written: str, read: str, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with scripted_model(answers(GOOD.replace('"nod"', f'"wave{written}"'))) as server:
        result = directed(request_for, settings, server)
    assert result.direction_report is not None
    assert any(f"wave{read}" in told for told in result.direction_report["told"])


def assert_directed_by_rules(result: JobResult, settings: Settings, reasons: str) -> None:
    assert result.status == "finished"
    assert result.seconds["mistral_controller"] < TIMEOUT_SECONDS + 3.0
    report = result.direction_report
    assert report is not None
    assert report["fallback_reason"] in reasons.split("|")
    assert result.director.name == "rules"
    assert [report["fallback"] in passed for passed in result.director.passed_over] == [True]
    assert any(report["fallback"] in note for note in result.notes)
    spans = spans_of(settings, result)
    fallbacks = [span.attributes for span in spans if span.name == "director_fallback"]
    assert [attributes["reason"] for attributes in fallbacks] == [report["fallback_reason"]]
    asked = [span for span in spans if span.kind == "generation"]
    assert asked
    assert all(span.error or span.attributes["valid"] is False for span in asked)
    assert KEY not in json.dumps(result.to_json())
    assert not [span for span in spans if KEY in json.dumps([span.attributes, span.content, span.error])]


def test_an_answer_that_is_repaired_directs(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    with scripted_model(answers(NO_PERFORMANCE), answers(GOOD)) as server:
        result = directed(request_for, settings, server)
        turns = [message["role"] for message in server.questions[1]["messages"]]
    assert result.director.name == "local"
    assert turns[-2:] == ["assistant", "user"]
    assert result.direction_report is not None
    assert result.direction_report["repaired"] == 1


def test_a_failure_is_not_kept_as_a_performance(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    with scripted_model(replies(401), answers(GOOD)) as server:
        first = directed(request_for, settings, server)
        second = directed(request_for, settings, server, seed=7)
    assert (first.director.name, second.director.name) == ("rules", "local")
