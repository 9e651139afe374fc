"""A job's spans in Langfuse, through its own SDK: what is told, what is kept back, and hosts that fail."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from avatar.errors import RenderError
from avatar.settings import Settings, load_settings
from avatar.telemetry import FileTracer, JobTrace, close_relays, open_tracer, read_spans, trace_id
from avatar.tracing.health import last_sending
from avatar.tracing.outlets import CLOSING_SECONDS

pytest.importorskip("langfuse", reason="the trace extra is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

from tests.avatar.trace_receiver import Behaviour, credentials, dead_address, receiver  # noqa: E402

PROMPT = [{"role": "system", "content": "Direct the face."}, {"role": "user", "content": "Say zanzibar warmly."}]
ANSWER = '{"cues": ["quixotic"]}'


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_relays(0.0)


def settings_for(tmp_path: Path, host: str, **more: Any) -> Settings:
    """With keys of their own: the SDK keeps one client for each."""
    public = f"pk-{uuid4().hex}"
    return load_settings(
        data_dir=tmp_path,
        enable_langfuse=True,
        langfuse_public_key=public,
        langfuse_secret_key="sk-test",
        langfuse_host=host,
        **more,
    )


def fail() -> None:
    try:
        raise FileNotFoundError("quagga.png")
    except FileNotFoundError as cause:
        raise RenderError("quagga.png has no face.") from cause


def job(settings: Settings, path: Path, *, session: str = "monday") -> FileTracer:
    """A small job, with all that a span may have."""
    trace = JobTrace(
        id=trace_id(path.name), session=session, user="ada", tags=("a", "b"), version="1.2", release="cafe"
    )
    with open_tracer(settings, path, trace) as tracer, tracer.span("job", frames=50) as whole:
        whole.set_content(input={"text": "zanzibar"}, output={"transcript": "zanzibar"})
        with tracer.span("direction", kind="generation", provider="mistral", segment=0) as asked:
            asked.set(
                model="small",
                model_parameters={"temperature": 0.2, "max_tokens": 900},
                tokens_in=120,
                tokens_out=30,
                cost_usd=0.0012,
                first_token_seconds=0.25,
            )
            asked.set_content(input=PROMPT, output=ANSWER)
            tracer.score("schema_valid", 1, kind="boolean")
        with tracer.span("direction", kind="generation", model="small", segment=1) as repaired:
            repaired.warn("wrong_schema")
        with pytest.raises(RenderError), tracer.span("render", chunk=3, note="quagga"):
            fail()
        tracer.score("real_time_factor", 0.5)
    return tracer


def metadata(attributes: dict[str, Any]) -> dict[str, Any]:
    prefix = "langfuse.observation.metadata."
    return {
        name.removeprefix(prefix): json.loads(value) for name, value in attributes.items() if name.startswith(prefix)
    }


def test_a_job_is_one_trace_with_the_ids_that_are_kept(tmp_path: Path) -> None:
    with receiver() as host:
        settings = settings_for(tmp_path, host.address)
        job(settings, tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    kept = {span.span_id: span for span in read_spans(tmp_path / "spans.jsonl")}
    assert {span.id for span in host.spans} == kept.keys()
    assert {span.trace for span in host.spans} == {trace_id("spans.jsonl")}
    for span in host.spans:
        assert span.parent == kept[span.id].parent_id
        assert span.seconds == pytest.approx(kept[span.id].seconds, abs=0.05)
        assert span.attributes["session.id"] == "monday"
        assert span.attributes["user.id"] == "ada"
        assert span.attributes["langfuse.trace.tags"] == ["a", "b"]
        assert span.attributes["langfuse.version"] == "1.2"
        assert span.attributes["langfuse.release"] == "cafe"
        assert span.attributes["langfuse.trace.name"] == "avatar"
    assert [span.name for span in host.spans if span.attributes.get("langfuse.internal.is_app_root")] == ["job"]
    assert credentials(host.headers[0]) == f"{settings.langfuse_public_key}:sk-test"
    assert metadata(host.one("job").attributes)["frames"] == 50


def test_the_director_is_a_generation(tmp_path: Path) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address, langfuse_capture_content=True), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    kept = next(span for span in read_spans(tmp_path / "spans.jsonl") if span.attributes.get("segment") == 0)
    asked = next(span.attributes for span in host.spans if span.id == kept.span_id)
    assert asked["langfuse.observation.type"] == "generation"
    assert asked["langfuse.observation.model.name"] == "small"
    assert json.loads(asked["langfuse.observation.model.parameters"]) == {"temperature": 0.2, "max_tokens": 900}
    assert json.loads(asked["langfuse.observation.usage_details"]) == {"input": 120, "output": 30}
    assert json.loads(asked["langfuse.observation.cost_details"]) == {"total": 0.0012}
    assert "T" in asked["langfuse.observation.completion_start_time"]
    assert json.loads(asked["langfuse.observation.input"]) == PROMPT
    assert asked["langfuse.observation.output"] == ANSWER
    assert metadata(asked)["segment"] == 0


def test_failures_and_repairs_are_seen_with_their_causes(tmp_path: Path) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    failed = host.one("render")
    assert failed.attributes["langfuse.observation.level"] == "ERROR"
    assert failed.attributes["langfuse.observation.status_message"] == "RenderError < FileNotFoundError"
    assert failed.status == 2
    repaired = next(span for span in host.named("direction") if metadata(span.attributes)["segment"] == 1)
    assert repaired.attributes["langfuse.observation.level"] == "WARNING"
    assert repaired.attributes["langfuse.observation.status_message"] == "wrong_schema"


def test_a_collectors_headers_are_not_langfuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-collector")
    with receiver() as langfuse, receiver() as collector:
        settings = settings_for(tmp_path, langfuse.address, otel_exporter_otlp_endpoint=collector.address)
        job(settings, tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    assert collector.headers[0]["x-key"] == "of-the-collector"
    assert b"of-the-collector" not in b"".join(langfuse.raw)


def test_scores_are_of_the_whole_trace(tmp_path: Path) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    found = {score["name"]: score for score in host.scores}
    assert found.keys() == {"schema_valid", "real_time_factor"}
    assert (found["schema_valid"]["value"], found["schema_valid"]["dataType"]) == (1.0, "BOOLEAN")
    assert (found["real_time_factor"]["value"], found["real_time_factor"]["dataType"]) == (0.5, "NUMERIC")
    assert {score["traceId"] for score in host.scores} == {trace_id("spans.jsonl")}


@pytest.mark.parametrize("captured", [False, True])
def test_what_is_private_leaves_only_where_it_may(tmp_path: Path, captured: bool) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address, langfuse_capture_content=captured), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    sent = b"".join(host.raw)
    assert [word in sent for word in (b"zanzibar", b"quixotic", b"quagga", b"Direct the face")] == [captured] * 4
    assert b"zanzibar" in (tmp_path / "spans.jsonl").read_bytes()


@pytest.mark.parametrize("behaviour", ["refuse", "fail", "garbage", "silent"])
def test_a_host_that_fails_costs_a_job_nothing_and_an_end_little(
    tmp_path: Path, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(behaviour) as host:
        settings = settings_for(tmp_path, host.address)
        began = time.monotonic()
        job(settings, tmp_path / "spans.jsonl")
        closing = time.monotonic()
        close_relays()
        ended = time.monotonic()
        assert host.raw
    assert closing - began < CLOSING_SECONDS
    assert ended - closing < CLOSING_SECONDS + 1
    assert len(read_spans(tmp_path / "spans.jsonl")) == 4
    sending = last_sending(tmp_path, "langfuse")
    assert sending is not None
    assert sending.failure is not None
    assert "does not take spans" in caplog.text


def test_a_dead_host_costs_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    job(settings_for(tmp_path, dead_address()), tmp_path / "spans.jsonl")
    assert time.monotonic() - began < CLOSING_SECONDS
    close_relays()
    assert time.monotonic() - began < 2 * CLOSING_SECONDS + 1
    assert len(read_spans(tmp_path / "spans.jsonl")) == 4


def test_many_jobs_share_one_client_and_its_threads(tmp_path: Path) -> None:
    with receiver() as host:
        settings = settings_for(tmp_path, host.address)
        job(settings, tmp_path / "0.jsonl")
        before = threading.active_count()
        for number in range(1, 20):
            job(settings, tmp_path / f"{number}.jsonl", session=f"session {number}")
        assert threading.active_count() <= before
        assert close_relays(5.0)
    assert len({span.trace for span in host.spans}) == 20
    assert {span.attributes["session.id"] for span in host.spans} >= {"monday", "session 19"}
    sending = last_sending(tmp_path, "langfuse")
    assert sending is not None
    assert (sending.address, sending.failure) == (host.address, None)


def test_without_keys_spans_stay_local(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_tracer(load_settings(enable_langfuse=True), tmp_path / "spans.jsonl") as tracer, tracer.span("job"):
        pass
    assert "LANGFUSE_PUBLIC_KEY" in caplog.text
    assert len(read_spans(tmp_path / "spans.jsonl")) == 1
