"""A job's trace: who is whose parent, what each stage worked on, and what of it leaves the machine."""

import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from langsmith.utils import get_env_var as langsmith_variable
from pydantic import SecretStr

from avatar.errors import InputError
from avatar.settings import Settings
from avatar.telemetry import FileTracer, SpanRecord, begun_file, close_relays, read_spans, trace_id
from orchestrator.context import Progress, SteppedBack, StopSign
from orchestrator.job_trace import score_direction
from orchestrator.jobs.names import new_id
from orchestrator.jobs.record import JobRecord
from orchestrator.jobs.turns import request_of
from orchestrator.run import SPANS_FILE, JobRequest, JobResult, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, use_fakes, write_picture

Requests = Callable[..., JobRequest]

LISTENING_SECONDS = 3.0
"""Such tracers send what they have every quarter of a second."""

STAGES = ("render", "quality_enhancement", "encode")
WORDS = ("zanzibar", "quixotic", "marmalade", "quagga")
REPORT: dict[str, Any] = {
    "segments": 2,
    "repaired": 0,
    "unplayable": 0,
    "by_rules": 0,
    "fallback_reason": None,
    "problems": {"dropped": 3, "clamped": 1},
}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_relays(0.0)


def spans_of(settings: Settings, result: JobResult) -> list[SpanRecord]:
    return read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)


def by_name(spans: list[SpanRecord]) -> dict[str, list[SpanRecord]]:
    found: dict[str, list[SpanRecord]] = {}
    for span in spans:
        found.setdefault(span.name, []).append(span)
    return found


def test_every_span_has_its_parent(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    number = new_id()
    spans = spans_of(settings, run_job(request_for(), settings, number=number))
    ids, names = {span.span_id: span for span in spans}, by_name(spans)
    assert {span.trace_id for span in spans} == {trace_id(number)}
    assert [span.name for span in spans if not span.parent_id] == ["job"]

    def parents(name: str) -> set[str]:
        return {ids[span.parent_id].name for span in names[name]}

    for name in ("audio_processing", "emotion_detection", "mistral_controller", "soundtrack", "video_generation"):
        assert parents(name) == {"job"}
    assert parents("prepare") == {"portrait_analysis"}
    assert parents("quality_gate") == {"assemble"}
    assert parents("chunk") == {"video_generation"}
    assert len(names["chunk"]) == 5
    for chunk in names["chunk"]:
        inside = [span for span in spans if span.parent_id == chunk.span_id]
        assert sorted(span.name for span in inside if span.name in STAGES) == sorted(STAGES)
        assert {span.attributes["chunk"] for span in inside if span.name in STAGES} == {chunk.attributes["chunk"]}
    assert "review" not in names


def test_stages_tell_the_shapes_of_what_they_work_on(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    names = by_name(spans_of(settings, run_job(request_for(), settings)))
    whole = names["job"][0].attributes
    assert (whole["seconds_of_sound"], whole["frames"], whole["width"]) == (2.0, 50, 128)
    assert whole["score.real_time_factor"] > 0
    assert names["audio_processing"][0].attributes["seconds_of_sound"] == 2.0
    assert names["portrait_analysis"][0].attributes["picture_width"] == 160
    assert {"windows", "seconds_of_sound", "emotion"} <= names["emotion_detection"][0].attributes.keys()
    assert names["motion_synthesis"][0].attributes["frames"] == 50
    assert {span.attributes["frames"] for span in names["chunk"]} == {10}
    assert names["video_generation"][0].seconds >= max(span.seconds for span in names["chunk"])


def test_a_job_that_goes_on_goes_on_with_its_trace(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    number, sign = new_id(), StopSign()

    def step_back(progress: Progress) -> None:
        if progress.stage == "video_generation" and progress.done == 2:
            sign.put_up(SteppedBack())

    one_by_one = settings.model_copy(update={"render_workers": 1})
    with pytest.raises(SteppedBack):
        run_job(request_for(), one_by_one, number=number, on_progress=step_back, stop=sign)
    result = run_job(request_for(), one_by_one, number=number)
    spans = spans_of(settings, result)
    first, second = by_name(spans)["job"]
    assert {span.trace_id for span in spans} == {trace_id(number)}
    assert (first.level, first.error_kinds, second.level) == ("WARNING", ("SteppedBack",), "DEFAULT")
    ids = {span.span_id for span in spans}
    assert all(span.parent_id in ids for span in spans if span.parent_id)
    drawn = [span.attributes["chunk"] for span in spans if span.name == "encode" and span.error is None]
    assert sorted(drawn) == [0, 1, 2, 3, 4]


def test_another_job_with_the_same_video_has_a_trace_of_its_own(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first, second = new_id(), new_id()
    run_job(request_for(), settings, number=first)
    result = run_job(request_for(session_id="tuesday", tags=("x",)), settings, number=second)
    (served,) = [span for span in spans_of(settings, result) if span.trace_id == trace_id(second)]
    assert (served.name, served.attributes["served"], served.attributes["tags"]) == ("job", True, ["x"])


def test_marks_of_the_trace_change_nothing_of_the_video(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    again = run_job(request_for(session_id="s", user_id="u", tags=("a",)), settings)
    assert (again.thread_id, again.served) == (first.thread_id, True)


@pytest.mark.parametrize(
    "marks", [{"session_id": " "}, {"user_id": "jürgen"}, {"tags": ("x" * 201,)}, {"tags": ("t",) * 21}]
)
def test_marks_that_receivers_would_drop_are_refused(
    marks: dict[str, Any], request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with pytest.raises(InputError):
        run_job(request_for(**marks), settings)


def test_a_batch_is_a_session_where_the_client_named_none() -> None:
    request = {"image": "a.png", "output": "b.mp4", "tags": ["x"]}
    record = JobRecord(
        id=new_id(),
        revision=0,
        status="running",
        request=request,
        label="a",
        batch="batch-1",
        character=None,
        created_at=0.0,
        queued_at=0.0,
        started_at=0.0,
        finished_at=None,
    )
    assert request_of(record).session_id == "batch-1"
    assert request_of(replace(record, request={**request, "session_id": "mine"})).session_id == "mine"


@pytest.mark.parametrize(
    ("changes", "valid"),
    [({}, 1.0), ({"repaired": 1, "unplayable": 1}, 0.0), ({"by_rules": 2, "unplayable": 2}, 0.0)],
)
def test_a_models_directing_is_scored(tmp_path: Path, changes: dict[str, Any], valid: float) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with tracer.span("mistral_controller"):
        score_direction(tracer, {**REPORT, **changes})
    (span,) = read_spans(tracer.path)
    assert (span.attributes["score.schema_valid"], span.attributes["score.cues_dropped"]) == (valid, 3)


def test_without_an_answer_nothing_is_scored(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with tracer.span("mistral_controller"):
        score_direction(tracer, {**REPORT, "by_rules": 2, "fallback_reason": "timeout"})
    assert not read_spans(tracer.path)[0].attributes


@pytest.mark.parametrize("captured", [False, True])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_private_leaves_only_where_it_may(
    captured: bool, request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("langfuse", reason="the trace extra is not installed")
    from tests.avatar.trace_receiver import receiver

    broken = CountingEngine(fails_on=[1], error=FileNotFoundError("quagga.png"))
    use_fakes(monkeypatch.setattr, broken, CountingEngine("spare"))
    request = request_for(
        image=write_picture(tmp_path / "quagga.png"),
        transcript="Zanzibar! zanzibar zanzibar?",
        direction="quixotic, nods a lot",
        output=tmp_path / "out" / "marmalade.mp4",
        session_id="monday",
        user_id="ada",
    )
    with receiver() as host:
        watched = settings.model_copy(
            update={
                "enable_langfuse": True,
                "langfuse_public_key": f"pk-{uuid4().hex}",
                "langfuse_secret_key": SecretStr("sk"),
                "langfuse_host": host.address,
                "otel_exporter_otlp_endpoint": host.address,
                "langfuse_capture_content": captured,
                "otlp_capture_content": captured,
            }
        )
        result = run_job(request, watched, number=new_id())
        assert close_relays(5.0)
    sent = b"".join(host.raw).lower()
    assert [word for word in WORDS if word.encode() in sent and not captured] == []
    if captured:
        assert {"zanzibar", "quixotic", "quagga"} <= {word for word in WORDS if word.encode() in sent}
    assert len(host.named("job")) == 2
    kept = spans_of(settings, result)
    assert sorted(span.id for span in host.spans) == sorted(2 * [span.span_id for span in kept])
    failed = [span for span in host.named("chunk") if span.status == 2]
    assert failed
    assert all(("quagga" in span.message) is captured for span in failed)
    assert {score["name"] for score in host.scores} >= {"real_time_factor"}
    assert any("quagga" in (span.error or "") for span in kept)


def test_a_job_goes_to_no_tracer_of_langchain(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        address = f"http://127.0.0.1:{receiver.getsockname()[1]}"
        for name, value in {"TRACING": "true", "ENDPOINT": address, "API_KEY": "k"}.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        cast(Any, langsmith_variable).cache_clear()
        run_job(request_for(), settings)
        called, _, _ = select.select([receiver], [], [], LISTENING_SECONDS)
        cast(Any, langsmith_variable).cache_clear()
    assert not called


def test_old_traces_of_commands_are_forgotten_and_those_of_the_queue_stay_with_their_jobs(
    request_for: Callable[..., JobRequest], settings: Settings, engine: CountingEngine
) -> None:
    jobs = settings.data_dir / "jobs"
    command = jobs / run_job(request_for(), settings).thread_id / SPANS_FILE
    queued = jobs / run_job(request_for(seed=1), settings, number=new_id()).thread_id / SPANS_FILE
    young = jobs / run_job(request_for(seed=2), settings).thread_id / SPANS_FILE
    then = time.time() - (settings.retention_days + 1) * 86_400
    for spans in (command, queued):
        os.utime(spans, (then, then))
    run_job(request_for(seed=3), settings)
    assert [spans.exists() for spans in (command, begun_file(command), queued, young)] == [False, False, True, True]
