"""llama.cpp's own server answers: a real model, if one of random weights."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from avatar.performance import Performance
from avatar.settings import Settings, load_settings
from orchestrator.director import chat_forms
from orchestrator.director.chat import Message
from orchestrator.director.endpoints import open_chat
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.director.llama_cpp import llama_server
from tests.orchestrator.pipeline_fakes import CountingEngine

pytestmark = pytest.mark.slow

LONGEST_ANSWER_SECONDS = 500.0
SCHEMA = {
    "title": "Cue",
    "type": "object",
    "properties": {
        "action": {"enum": ["nod", "tilt", "blink"]},
        "word": {"type": "integer"},
        "why": {"type": "string", "maxLength": 40},
        "times": {"type": "array", "items": {"type": "number"}, "maxItems": 4},
    },
    "required": ["action", "word", "why", "times"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with llama_server(tmp_path_factory.mktemp("llama")) as url:
        yield url


@pytest.fixture
def asked(address: str) -> dict[str, object]:
    """What a setting must hold to ask that server."""
    return {
        "mistral_base_url": address,
        "local_model": "tiny-random",
        "director_timeout_seconds": LONGEST_ANSWER_SECONDS,
        "director_temperature": 0.0,
        "director_max_tokens": 8000,
    }


def test_every_answer_keeps_to_the_schema(address: str, asked: dict[str, object]) -> None:
    chat = open_chat(load_settings(**{**asked, "director_temperature": 1.0}), "local")
    for number in range(6):
        question = (Message("system", "You direct a face."), Message("user", f"Which cue is number {number}?"))
        answer = chat.ask(question, SCHEMA, time.monotonic() + LONGEST_ANSWER_SECONDS)
        cue = json.loads(answer.text, strict=False)  # its grammar lets control characters into texts
        assert cue.keys() == SCHEMA["properties"].keys()  # type: ignore[attr-defined]
        assert cue["action"] in ("nod", "tilt", "blink")
        assert isinstance(cue["word"], int)
        assert len(cue["why"]) <= 40
        assert len(cue["times"]) <= 4
        assert answer.first_token_seconds is not None
        assert answer.first_token_seconds <= answer.seconds
    assert chat_forms._known[address, "tiny-random"].structure == "json_object"


def test_a_job_that_it_directs_is_finished(
    asked: dict[str, object],
    request_for: Callable[..., JobRequest],
    settings: Settings,
    engine: CountingEngine,
    tmp_path: Path,
) -> None:
    result = run_job(
        request_for(text="Good morning to you all.", audio=None), Settings(**{**settings.model_dump(), **asked})
    )
    assert result.status == "finished"
    assert result.director.name == "local", result.director.passed_over
    report = result.direction_report
    assert report is not None
    assert (report["model"], report["fallback"]) == ("tiny-random", None)
    assert report["questions"] >= 1
    assert report["first_token_seconds"] > 0.0
    assert Performance.model_validate(result.performance)
