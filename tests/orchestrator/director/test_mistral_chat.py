import json
import re
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from typing import Any, cast

import pytest
from langsmith.utils import get_env_var as langsmith_variable
from pydantic import SecretStr

from avatar.settings import Settings, load_settings
from orchestrator.director import chat_request, endpoints, mistral_chat
from orchestrator.director.chat import Answer, Chat, ChatError, Message, encodable
from orchestrator.director.chat_forms import _known
from orchestrator.director.mistral_chat import MistralChat
from tests.orchestrator.director import scripted_model as scripted
from tests.orchestrator.director.scripted_model import GOOD_USAGE, ScriptedModel, Turn, answers, replies, scripted_model

QUESTION = (Message("system", "You direct a face. Answer in JSON."), Message("user", "How warm is it?"))
SCHEMA = {"title": "Warmth", "type": "object", "properties": {"warmth": {"type": "number"}}, "required": ["warmth"]}
GOOD = json.dumps({"warmth": 0.75, "why": "the sun is out and she smiles at the crowd"})
KEY = "sk-very-secret"
LISTENING_SECONDS = 2.0
Ask = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _nothing_known_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    _known.clear()
    monkeypatch.setattr(mistral_chat, "FIRST_PAUSE_SECONDS", 0.05)


def settings_for(server: ScriptedModel, **changes: object) -> Settings:
    return load_settings(mistral_base_url=server.url, **{"mistral_api_key": KEY, **changes})


def chat_with(server: ScriptedModel, **changes: object) -> Chat:
    return endpoints.open_chat(settings_for(server, **changes), "local")


def ask(chat: Chat, seconds: float = 5.0) -> Answer:
    return chat.ask(QUESTION, SCHEMA, time.monotonic() + seconds)


def failure(*script: Turn, seconds: float = 5.0) -> tuple[ChatError, float, ScriptedModel]:
    """What asking a server with that script raises, after how long, and the server."""
    with scripted_model(*script) as server:
        chat = chat_with(server)
        started = time.monotonic()
        with pytest.raises(ChatError) as caught:
            ask(chat, seconds)
        return caught.value, time.monotonic() - started, server


def test_an_answer_is_streamed_and_measured() -> None:
    with scripted_model(answers(GOOD, GOOD_USAGE, pause=0.05)) as server:
        answer = ask(chat_with(server, model_prices="mistral:7b-instruct 2 10"))
    assert answer.text == GOOD
    assert answer.model == "scripted-7b"
    assert (answer.tokens_in, answer.tokens_out) == (120, 30)
    assert answer.cost_usd == pytest.approx(120 * 2e-6 + 30 * 10e-6)
    assert answer.first_token_seconds is not None
    assert 0.0 < answer.first_token_seconds < answer.seconds - 0.1


def test_what_a_server_does_not_tell_is_left_open() -> None:
    with scripted_model(answers(GOOD)) as server:
        answer = ask(chat_with(server))
    assert (answer.tokens_in, answer.tokens_out, answer.cost_usd) == (None, None, None)


def test_the_question_goes_out_with_its_schema_its_parameters_and_its_key() -> None:
    with scripted_model(answers(GOOD)) as server:
        chat = chat_with(server, local_model="a-model", director_temperature=0.2, director_max_tokens=777)
        ask(chat)
        sent = server.questions[0]
        authorization = server.headers[0]["authorization"]
    assert [(part["role"], part["content"]) for part in sent["messages"]] == [(m.role, m.text) for m in QUESTION]
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("a-model", 0.2, 777)
    assert sent["stream"] is True
    assert authorization == f"Bearer {KEY}"
    assert (chat.name, chat.model) == ("local", "a-model")
    assert chat.parameters == {"temperature": 0.2, "max_tokens": 777}


def test_no_key_is_sent_where_there_is_none() -> None:
    with scripted_model(answers(GOOD)) as server:
        ask(chat_with(server, mistral_api_key=None))
        assert "authorization" not in server.headers[0]


def takes_only(kind: str, status: int = 422) -> Turn:
    """Refuses every form of structured answers but that one, as simpler servers do."""

    def play(exchange: scripted.Exchange) -> None:
        asked = exchange.question.get("response_format", {}).get("type", "plain")
        problem = replies(status, {"detail": [{"msg": "in response_format: input should be 'text'"}]})
        (answers(GOOD) if asked == kind else problem)(exchange)

    return play


@pytest.mark.parametrize(("kind", "questions"), [("json_schema", 1), ("json_object", 2), ("plain", 3)])
def test_a_form_that_a_server_refuses_is_given_up_and_not_tried_again(kind: str, questions: int) -> None:
    with scripted_model(takes_only(kind)) as server:
        assert ask(chat_with(server)).text == GOOD
        assert len(server.questions) == questions
        assert ask(chat_with(server)).text == GOOD
        assert len(server.questions) == questions + 1


def test_llama_cpp_is_asked_with_the_schema_in_its_own_form() -> None:
    with scripted_model(takes_only("json_object", status=500)) as server:
        ask(chat_with(server))
        assert len(server.questions) == 2
        assert server.questions[-1]["response_format"] == {"type": "json_object", "schema": SCHEMA}


def test_a_request_that_is_refused_in_every_form_is_not_blamed_on_the_form() -> None:
    error, _, server = failure(replies(400, {"error": {"message": "The prompt is too long."}}))
    assert error.reason == "rejected"
    assert "The prompt is too long" in error.message
    assert [q.get("response_format", {}).get("type") for q in server.questions] == ["json_schema", "json_object", None]
    with scripted_model(answers(GOOD)) as again:
        ask(chat_with(again))
        assert "response_format" in again.questions[0]


def test_a_server_that_does_not_stream_is_heard_too() -> None:
    with scripted_model(scripted.answers_whole(GOOD, GOOD_USAGE)) as server:
        answer = ask(chat_with(server))
        assert (answer.text, answer.tokens_out, answer.first_token_seconds) == (GOOD, 30, None)
        ask(chat_with(server))
        assert [question["stream"] for question in server.questions] == [True, False, False]


def test_a_refused_connection_fails_at_once() -> None:
    with scripted_model(answers(GOOD)) as server:
        chat = chat_with(server)
    started = time.monotonic()
    with pytest.raises(ChatError, match=r"127\.0\.0\.1:\d+ cannot be reached \(Connection refused\)") as caught:
        ask(chat, seconds=60.0)
    assert caught.value.reason == "refused"
    assert "MISTRAL_BASE_URL" in caught.value.cure
    assert time.monotonic() - started < 30.0


@pytest.mark.parametrize("turn", [scripted.says_nothing, scripted.drips], ids=lambda turn: turn.__name__)
def test_the_deadline_holds_whatever_the_server_does(turn: Turn) -> None:
    error, seconds, _ = failure(turn, seconds=0.6)
    assert error.reason == "timeout"
    assert "DIRECTOR_TIMEOUT_SECONDS" in error.cure
    assert 0.4 < seconds < 10.0


def test_a_deadline_that_has_passed_asks_nothing() -> None:
    error, _, server = failure(answers(GOOD), seconds=-1.0)
    assert error.reason == "timeout"
    assert server.questions == []


def test_an_answer_without_an_end_is_cut_short() -> None:
    error, seconds, _ = failure(scripted.never_ends, seconds=20.0)
    assert error.reason == "server_error"
    assert "without an end" in error.message
    assert seconds < 19.0


def test_a_lookup_that_hangs_keeps_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: free.wait(30.0) and [])
    chat = endpoints.open_chat(load_settings(mistral_base_url="http://nowhere.invalid/v1"), "local")
    started = time.monotonic()
    with pytest.raises(ChatError) as caught:
        ask(chat, seconds=0.5)
    free.set()
    assert caught.value.reason == "timeout"
    assert time.monotonic() - started < 10.0


@pytest.mark.parametrize(
    ("turn", "reason", "named"),
    [
        (replies(401, {"message": f"no such key {KEY}"}), "unauthorised", "MISTRAL_API_KEY"),
        (replies(403), "unauthorised", "MISTRAL_API_KEY"),
        (replies(404, {"error": {"message": "model 'x' not found"}}), "unknown_model", "LOCAL_MODEL"),
        (replies(400, {"message": "Invalid model: x", "type": "invalid_model"}), "unknown_model", "LOCAL_MODEL"),
        (replies(400, {"error": {"message": "The model `x` has been decommissioned"}}), "unknown_model", "LOCAL_MODEL"),
        (replies(301, b"", location="/elsewhere"), "rejected", "LOCAL_MODEL"),
        (replies(404, b"\xff\xfe not JSON"), "unknown_model", "MISTRAL_BASE_URL"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(turn: Turn, reason: str, named: str) -> None:
    error, _, server = failure(turn)
    assert error.reason == reason
    assert named in error.cure
    assert KEY not in str(error) + repr(error)
    assert len(server.questions) == (3 if reason == "rejected" else 1)


def test_a_server_that_has_recovered_is_heard() -> None:
    with scripted_model(replies(503), scripted.breaks_off, answers(GOOD)) as server:
        assert ask(chat_with(server)).text == GOOD


@pytest.mark.parametrize(
    "wait", [lambda: "0.4", lambda: formatdate(time.time() + 2.0, usegmt=True)], ids=["seconds", "date"]
)
def test_the_wait_that_a_busy_server_asks_for_is_kept(wait: Callable[[], str]) -> None:
    with scripted_model(replies(429, {"message": "slow down"}, retry_after=wait()), answers(GOOD)) as server:
        chat = chat_with(server)
        started = time.monotonic()
        assert ask(chat).text == GOOD
    assert 0.4 <= time.monotonic() - started < 4.0


def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    error, seconds, server = failure(replies(429, {"message": "slow down"}, retry_after="3600"))
    assert error.reason == "rate_limited"
    assert "slow down" in error.message
    assert len(server.questions) == 1
    assert seconds < 1.0


def test_a_server_that_stays_busy_is_left() -> None:
    error, _, server = failure(replies(429, retry_after="yesterday"))
    assert error.reason == "rate_limited"
    assert len(server.questions) == mistral_chat.MOST_TRIES


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (replies(500, {"error": {"message": "out of memory"}}), "out of memory"),
        (scripted.breaks_off, "broke off"),
        (scripted.streams({"model": "m", "choices": [{"index": 0, "delta": {"content": "half"}}]}), "broke off"),
        (scripted.streams("{not JSON"), "form of chat completions"),
        (scripted.streams("[1, 2]"), "form of chat completions"),
        (scripted.streams({"choices": [{"message": "no delta"}]}), "form of chat completions"),
        (scripted.streams("[" * 5000), "form of chat completions"),
        (scripted.streams({"error": {"message": "the engine died"}}), "the engine died"),
        (replies(200, b"<html>hello</html>", content_type="text/html"), "form of chat completions"),
        (replies(200, {"no": "choices"}), "form of chat completions"),
        (replies(200, b""), "form of chat completions"),
    ],
)
def test_what_is_no_answer_is_the_servers_failure(turn: Turn, told: str) -> None:
    error, _, _ = failure(turn)
    assert error.reason == "server_error"
    assert told in error.message
    assert re.search(r"The model server at 127\.0\.0\.1:\d+ ", error.message)


@pytest.mark.parametrize("turn", [answers(""), answers(" \n"), scripted.answers_whole(""), scripted.streams("[DONE]")])
def test_an_empty_answer_is_none(turn: Turn) -> None:
    error, _, _ = failure(turn)
    assert error.reason == "empty_answer"


def test_many_ask_at_once() -> None:
    with scripted_model(answers(GOOD, pause=0.05)) as server:
        chat = chat_with(server)
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: ask(chat).text, range(6)))
    assert found == [GOOD] * 6


def test_questions_are_traced_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver, scripted_model(answers(GOOD)) as server:
        address = f"http://127.0.0.1:{receiver.getsockname()[1]}"
        for name, value in {"TRACING": "true", "ENDPOINT": address, "API_KEY": "k"}.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        cast(Any, langsmith_variable).cache_clear()
        ask(chat_with(server))
        called, _, _ = select.select([receiver], [], [], LISTENING_SECONDS)
        cast(Any, langsmith_variable).cache_clear()
    assert not called


def test_groq_is_asked_for_whole_answers() -> None:
    asked = endpoints.endpoint(load_settings(groq_api_key="g"), "groq")
    with scripted_model(answers(GOOD, GOOD_USAGE)) as server:
        answer = ask(MistralChat(replace(asked, url=server.url, key=SecretStr("g"))))
        sent = server.questions[0]
    assert answer.text == GOOD
    assert answer.cost_usd == pytest.approx(120 * 0.075e-6 + 30 * 0.30e-6)
    assert sent["stream"] is False
    assert sent["reasoning_effort"] == "low"
    assert sent["response_format"]["json_schema"]["strict"] is False


@pytest.mark.parametrize("key", ["sk-schl\u00fcssel", "sk-\u201cquoted\u201d", "sk-two\nlines"])
def test_a_key_that_no_header_can_carry_is_named_and_not_shown(key: str) -> None:
    with scripted_model(answers(GOOD)) as server:
        with pytest.raises(ChatError, match="MISTRAL_API_KEY") as caught:
            ask(chat_with(server, mistral_api_key=key))
        assert server.questions == []
    assert caught.value.reason == "unauthorised"
    assert key not in str(caught.value) + repr(caught.value)


def test_what_utf_8_cannot_write_is_replaced() -> None:
    assert [encodable(text) for text in ("a\ud83d", "\ude00b", "\ud83db")] == ["a\ufffd", "\ufffdb", "\ufffdb"]
    assert encodable("\ud83d\ude00") == "\U0001f600"
    assert encodable("\ufeff \U0001f600") == "\ufeff \U0001f600"


def test_an_internal_module_that_is_gone_is_loaded_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_request, "LOADED_EARLY", ("langsmith.nowhere", *chat_request.LOADED_EARLY))
    with scripted_model(answers(GOOD)) as server:
        assert ask(chat_with(server)).text == GOOD
