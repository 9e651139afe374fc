"""The trace of a job as it runs, once it has ended, and where there is none."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from starlette.testclient import TestClient

from api.rest.service import Service
from avatar.settings import Settings
from avatar.telemetry import FileTracer, JobTrace, trace_id
from orchestrator.run import SPANS_FILE
from tests.api.rest.service_fakes import FakeWorker

THREAD = "a" * 32


def queued(client: TestClient, inputs: dict[str, str]) -> str:
    number: str = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    return number


def tracer_of(settings: Settings, number: str) -> FileTracer:
    folder = settings.data_dir / "jobs" / THREAD
    return FileTracer(folder / SPANS_FILE, JobTrace(id=trace_id(number), session="monday", tags=("test",)))


def spans_of(client: TestClient, number: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/jobs/{number}/trace")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    spans: list[dict[str, Any]] = answer.json()["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return spans


def told(span: dict[str, Any]) -> dict[str, Any]:
    return {item["key"]: next(iter(item["value"].values())) for item in span["attributes"]}


def test_a_running_job_shows_what_has_ended_and_what_has_not(
    client: TestClient, worker: FakeWorker, settings: Settings, inputs: dict[str, str]
) -> None:
    number = queued(client, inputs)
    worker.claim()
    worker.report(number, stage="video_generation", done=1, total=2)
    tracer = tracer_of(settings, number)
    with tracer.span("job"):
        with tracer.span("chunk", chunk=0) as chunk, tracer.span("render", under=chunk, aside=True):
            pass
        running = spans_of(client, number)
    assert [(span["name"], told(span).get("avatar.open", False)) for span in running] == [
        ("job", True),
        ("chunk", False),
        ("render", False),
    ]
    assert running[0]["endTimeUnixNano"] == "0"
    assert [span.get("parentSpanId") for span in running] == [None, running[0]["spanId"], running[1]["spanId"]]
    assert told(running[0])["session.id"] == "monday"
    ended = spans_of(client, number)
    assert [span["spanId"] for span in ended] == [span["spanId"] for span in running]
    assert all("avatar.open" not in told(span) for span in ended)
    assert all(int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) > 0 for span in ended)
    assert client.get(f"/api/v1/jobs/{number}").json()["trace_url"].endswith(f"/jobs/{number}/trace")


def test_it_is_what_the_protocol_calls_traces_data(
    client: TestClient, worker: FakeWorker, settings: Settings, inputs: dict[str, str]
) -> None:
    protocol = pytest.importorskip("opentelemetry.proto.trace.v1.trace_pb2", reason="the trace extra is not installed")
    number = queued(client, inputs)
    worker.claim()
    worker.report(number)
    tracer = tracer_of(settings, number)
    with tracer.span("job", share=float("nan"), readings=[{"source": "voice", "score": 0.5}], whole=3, yes=True):
        pass
    (span,) = spans_of(client, number)
    for name in ("traceId", "spanId"):
        assert bytes.fromhex(span.pop(name))
    read = json_format.ParseDict(span, protocol.Span())
    values = {item.key: item.value for item in read.attributes}
    assert values["avatar.whole"].int_value == 3
    assert values["avatar.yes"].bool_value is True
    assert values["avatar.share"].double_value != values["avatar.share"].double_value
    (reading,) = values["avatar.readings"].array_value.values
    assert {item.key for item in reading.kvlist_value.values} == {"source", "score"}


def test_a_job_that_was_served_has_a_trace_of_its_own(
    client: TestClient, worker: FakeWorker, service: Service, settings: Settings, inputs: dict[str, str]
) -> None:
    first, second = queued(client, inputs), queued(client, inputs)
    for number, stage in ((first, "render"), (second, "look")):
        worker.claim()
        worker.report(number)
        tracer = tracer_of(settings, number)
        with tracer.span("job"), tracer.span(stage):
            pass
        worker.complete(service.board.get(number))
    assert [span["name"] for span in spans_of(client, first)] == ["job", "render"]
    assert [span["name"] for span in spans_of(client, second)] == ["job", "look"]


def test_a_job_that_has_not_begun_has_none(client: TestClient, inputs: dict[str, str]) -> None:
    number = queued(client, inputs)
    answer = client.get(f"/api/v1/jobs/{number}/trace")
    assert (answer.status_code, "queued" in answer.json()["detail"]) == (409, True)
    assert client.get(f"/api/v1/jobs/{number}").json()["trace_url"] is None


def test_a_trace_that_was_removed_is_gone(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path
) -> None:
    number = queued(client, inputs)
    record = worker.claim()
    worker.report(number)
    worker.complete(record)
    assert client.get(f"/api/v1/jobs/{number}/trace").status_code == 410


def test_an_unknown_job_has_none(client: TestClient) -> None:
    assert client.get("/api/v1/jobs/nobody/trace").status_code == 404


def test_the_marks_of_a_trace_reach_the_job(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    marks = {"session_id": "lesson-12", "user_id": "ada", "tags": ["course", "Entwürfe"]}
    number = client.post("/api/v1/jobs", json={**inputs, **marks}).json()["job_id"]
    request = service.board.get(number).request
    assert {name: request[name] for name in marks} == marks
    plain = service.board.get(queued(client, inputs)).request
    assert not {*marks} & plain.keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [("session_id", "x" * 201), ("user_id", "jürgen"), ("user_id", " "), ("tags", ["t"] * 21), ("tags", ["\u0007"])],
)
def test_marks_that_no_trace_can_have_are_refused(
    client: TestClient, inputs: dict[str, str], field: str, value: object
) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_a_row_of_a_batch_has_marks_of_its_own(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    names, cells = ",".join([*inputs, "user_id", "tags"]), ",".join([*inputs.values(), "ada", '"[""a"",""b""]"'])
    answer = client.post("/api/v1/batches", content=f"{names}\n{cells}\n", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202, answer.text
    request = service.board.get(answer.json()["jobs"][0]["job_id"]).request
    assert (request["user_id"], request["tags"]) == ("ada", ["a", "b"])
