"""How a language model directed is told with the job, and in the form that the description promises."""

from pathlib import Path
from typing import get_type_hints

import pytest
from starlette.testclient import TestClient

from api.rest.views import DirectionReportView
from avatar.telemetry import FileTracer
from orchestrator.director.model import direct_by_model
from orchestrator.director.prompts import Scene
from orchestrator.director.report import DirectionReport
from orchestrator.director.rules import direct
from tests.api.rest.service_fakes import FakeWorker
from tests.orchestrator.director.scripted_chat import Reply, ScriptedChat, answer_text, refused
from tests.video_processor.speech_factory import make_speech

BAD_CUE = {"word": 4000, "action": "nod", "intensity": 0.4}


def report(folder: Path, *replies: Reply) -> DirectionReport:
    speech, tracer = make_speech(5.0), FileTracer(folder / "spans.jsonl")
    scene = Scene(speech=speech, emotions=(), direction="", portrait="a calm face from the front")
    chat = ScriptedChat(list(replies))
    return direct_by_model(chat, scene, lambda: direct(speech, ()), seconds=20.0, at_once=8, tracer=tracer).report


@pytest.mark.parametrize("replies", [(answer_text([BAD_CUE], smile=9),), ("no", "no"), (refused("rate_limited"),)])
def test_a_job_tells_how_the_model_directed(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path, replies: tuple[Reply, ...]
) -> None:
    told = report(tmp_path, *replies)
    number = client.post("/api/v1/jobs", json={**inputs, "review": True}).json()["job_id"]
    worker.wait_for_review(worker.claim(), direction_report=dict(told))

    assert client.get(f"/api/v1/jobs/{number}").json()["direction_report"] == told


def test_a_job_that_no_model_directed_has_no_report(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    number = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    worker.complete(worker.claim())

    assert client.get(f"/api/v1/jobs/{number}").json()["direction_report"] is None


def test_the_description_has_the_fields_of_a_report() -> None:
    assert set(DirectionReportView.model_fields) == set(get_type_hints(DirectionReport))
