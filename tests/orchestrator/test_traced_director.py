"""A model's directing in Langfuse: its generations, repairs and fallbacks, its scores, and not one word of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from avatar.settings import Settings
from avatar.telemetry import close_relays, read_spans
from orchestrator.director import mistral_chat
from orchestrator.director.chat_forms import _known
from orchestrator.run import SPANS_FILE, JobRequest, JobResult, run_job
from tests.orchestrator.director.scripted_model import GOOD_USAGE, Turn, answers, replies, scripted_model
from tests.orchestrator.director.test_failing_models import GOOD
from tests.orchestrator.pipeline_fakes import CountingEngine

pytest.importorskip("langfuse", reason="the trace extra is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

from tests.avatar.trace_receiver import Receiver, Sent, receiver  # noqa: E402

Requests = Callable[..., JobRequest]

BAD = json.dumps({"poem": ["a quixotic verse"]})
WORDS = (b"zanzibar", b"quixotic", b"marmalade", b"picture.png", b"video.mp4")


@pytest.fixture(autouse=True)
def _ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _known.clear()
    monkeypatch.setattr(mistral_chat, "FIRST_PAUSE_SECONDS", 0.05)
    yield
    close_relays(0.0)


def directed(
    requests: Requests, settings: Settings, *script: Turn, captured: bool = False
) -> tuple[JobResult, Receiver]:
    with receiver() as host, scripted_model(*script) as server:
        asked = {
            "mistral_base_url": server.url,
            "director_timeout_seconds": 10.0,
            "enable_langfuse": True,
            "langfuse_public_key": f"pk-{uuid4().hex}",
            "langfuse_secret_key": "sk",
            "langfuse_host": host.address,
            "langfuse_capture_content": captured,
        }
        request = requests(text="Good morning, zanzibar!", audio=None, direction="warm marmalade")
        result = run_job(request, Settings(**{**settings.model_dump(), **asked}))
        assert close_relays(5.0)
    return result, host


def told(span: Sent, name: str) -> Any:
    return span.attributes.get(f"langfuse.observation.{name}")


def test_a_repair_is_two_generations_under_the_director(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result, host = directed(request_for, settings, answers(BAD), answers(GOOD, GOOD_USAGE))
    assert result.director.name == "local"
    first, second = sorted(host.named("director"), key=lambda span: told(span, "metadata.attempt"))
    assert {first.parent, second.parent} == {host.one("mistral_controller").id}
    assert (told(first, "type"), told(first, "level"), told(second, "level")) == ("generation", "WARNING", None)
    assert told(second, "model.name") == "mistral:7b-instruct"
    assert json.loads(told(second, "metadata.answered_by")) == "scripted-7b"
    assert json.loads(told(second, "usage_details")) == {"input": 120, "output": 30}
    assert told(second, "completion_start_time")
    assert "temperature" in json.loads(told(second, "model.parameters"))
    scores = {score["name"]: score["value"] for score in host.scores}
    assert (scores["schema_valid"], scores["cues_dropped"]) == (0.0, 0.0)
    assert [word for word in WORDS if word in b"".join(host.raw).lower()] == []
    kept = read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)
    asked = next(span for span in kept if span.name == "director" and span.attributes["attempt"] == 2)
    assert "zanzibar" in json.dumps(asked.content["input"])
    assert "nod" in json.dumps(asked.content["output"])


def test_prompt_and_answer_are_there_where_they_may_be(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    _, host = directed(request_for, settings, answers(GOOD, GOOD_USAGE), captured=True)
    asked = host.one("director")
    assert "zanzibar" in told(asked, "input")
    assert "marmalade" in told(asked, "input")
    assert told(asked, "output") == GOOD
    assert {score["name"]: score["value"] for score in host.scores}["schema_valid"] == 1.0


def test_rules_that_stand_in_are_seen_with_the_reason(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result, host = directed(request_for, settings, replies(401, {"message": "no zanzibar for you"}))
    assert result.director.name == "rules"
    asked, fallback, whole = (host.one(name) for name in ("director", "director_fallback", "job"))
    assert (told(asked, "level"), told(asked, "status_message")) == ("ERROR", "ChatError")
    assert (told(fallback, "level"), told(fallback, "status_message")) == ("WARNING", "unauthorised")
    assert (told(whole, "level"), told(whole, "status_message")) == ("WARNING", "rules_stood_in: unauthorised")
    assert "schema_valid" not in {score["name"] for score in host.scores}
    assert [word for word in WORDS if word in b"".join(host.raw).lower()] == []
