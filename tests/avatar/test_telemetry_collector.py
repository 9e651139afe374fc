"""A job's spans at any OpenTelemetry collector: what is told, what is kept back, and collectors that fail."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar.settings import PROJECT_ROOT, Settings, load_settings
from avatar.telemetry import JobTrace, close_relays, open_tracer, read_spans, trace_id
from avatar.tracing.health import last_sending
from avatar.tracing.outlets import CLOSING_SECONDS
from avatar.tracing.targets import parsed_headers, relays_for, targets_of

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the trace extra is not installed")

from tests.avatar.trace_receiver import Behaviour, dead_address, receiver

STARTING_SECONDS = 30.0


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_relays(0.0)


def settings_for(tmp_path: Path, address: str, **more: Any) -> Settings:
    return load_settings(data_dir=tmp_path, otel_exporter_otlp_endpoint=address, **more)


def job(settings: Settings, path: Path) -> None:
    trace = JobTrace(id=trace_id("one"), session="monday", tags=("a",))
    with open_tracer(settings, path, trace) as tracer, tracer.span("job", readings=[{"source": "voice"}]):
        with tracer.span("direction", kind="generation", endpoint="mistral", model="small", tokens_in=7) as asked:
            asked.set_content(input="Say zanzibar warmly.", output="quixotic")
        with pytest.raises(ValueError, match="quagga"), tracer.span("render", chunk=3):
            raise ValueError("quagga.png")
        tracer.score("lip_sync", 0.8)


def test_spans_arrive_as_they_are_kept(tmp_path: Path) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address, otel_exporter_otlp_headers="x-key=a%20b"), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    kept = {span.span_id: span for span in read_spans(tmp_path / "spans.jsonl")}
    assert {(span.id, span.parent, span.trace) for span in host.spans} == {
        (span.span_id, span.parent_id, trace_id("one")) for span in kept.values()
    }
    assert host.headers[0]["x-key"] == "a b"
    assert {resource["service.name"] for resource in host.resources} == {"avatar-orchestrator"}
    whole, asked, failed = host.one("job"), host.one("direction"), host.one("render")
    assert (whole.attributes["session.id"], whole.attributes["avatar.score.lip_sync"]) == ("monday", 0.8)
    assert asked.attributes["gen_ai.request.model"] == "small"
    assert asked.attributes["gen_ai.provider.name"] == "mistral_ai"
    assert asked.attributes["gen_ai.usage.input_tokens"] == 7
    assert (failed.status, failed.message, failed.events) == (2, "ValueError", ("exception",))
    sending = last_sending(tmp_path, "otlp")
    assert sending is not None
    assert sending.failure is None


@pytest.mark.parametrize("captured", [False, True])
def test_what_is_private_leaves_only_where_it_may(tmp_path: Path, captured: bool) -> None:
    with receiver() as host:
        job(settings_for(tmp_path, host.address, otlp_capture_content=captured), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
    sent = b"".join(host.raw)
    assert [word in sent for word in (b"zanzibar", b"quixotic", b"quagga")] == [captured] * 3
    if captured:
        (message,) = json.loads(host.one("direction").attributes["gen_ai.input.messages"])
        assert message["parts"][0]["content"] == "Say zanzibar warmly."


def test_the_variable_for_traces_alone_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as host:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{host.address}/my/traces")
        job(settings_for(tmp_path, "http://unused.invalid"), tmp_path / "spans.jsonl")
        assert close_relays(5.0)
        settings = settings_for(tmp_path, "http://unused.invalid")
        assert [target.address for target in targets_of(settings)] == [f"{host.address}/my/traces"]
    assert host.raw[0].startswith(b"/my/traces")


@pytest.mark.parametrize("address", ["http://me:secret@collector:${PORT}", "http://me:secret@h:99999", "http://[::1"])
def test_an_address_that_cannot_be_read_fails_no_job(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", address)
    settings = settings_for(tmp_path, "http://unused.invalid")
    job(settings, tmp_path / "spans.jsonl")
    close_relays()
    assert len(read_spans(tmp_path / "spans.jsonl")) == 3
    assert [target.address for target in targets_of(settings)] == ["an address that cannot be read"]


@pytest.mark.parametrize("behaviour", ["refuse", "fail", "garbage", "silent"])
def test_a_collector_that_fails_costs_a_job_nothing_and_an_end_little(tmp_path: Path, behaviour: Behaviour) -> None:
    with receiver(behaviour) as host:
        began = time.monotonic()
        job(settings_for(tmp_path, host.address), tmp_path / "spans.jsonl")
        closing = time.monotonic()
        close_relays()
        ended = time.monotonic()
    assert closing - began < CLOSING_SECONDS
    assert ended - closing < CLOSING_SECONDS + 1
    assert len(read_spans(tmp_path / "spans.jsonl")) == 3


@pytest.mark.parametrize("behaviour", ["take", "silent"])
def test_a_process_ends_in_time_with_langfuse_and_a_collector(tmp_path: Path, behaviour: Behaviour) -> None:
    pytest.importorskip("langfuse", reason="the trace extra is not installed")
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from avatar.settings import load_settings\n"
        "from avatar.telemetry import open_tracer\n"
        "import langfuse, opentelemetry.exporter.otlp.proto.http.trace_exporter, opentelemetry.sdk.trace.export\n"
        "host, folder = sys.argv[1], Path(sys.argv[2])\n"
        "settings = load_settings(data_dir=folder, enable_langfuse=True, langfuse_public_key='pk-end',\n"
        "    langfuse_secret_key='sk', langfuse_host=host, otel_exporter_otlp_endpoint=host)\n"
        "with open_tracer(settings, folder / 'spans.jsonl') as tracer, tracer.span('job'):\n"
        "    tracer.score('lip_sync', 0.5)\n"
        "    time.sleep(1)\n"
        "print('over', flush=True)\n"
    )
    with receiver(behaviour) as host:
        command = [sys.executable, "-c", program, host.address, str(tmp_path)]
        paths = {"PYTHONPATH": f"{PROJECT_ROOT / 'src'}", "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=paths) as ends:
            assert ends.stdout is not None
            assert ends.stdout.readline() == "over\n"
            over = time.monotonic()
            assert ends.wait(STARTING_SECONDS) == 0
            assert time.monotonic() - over < 2 * CLOSING_SECONDS + 1
            assert ends.stderr is not None
            assert "Traceback" not in ends.stderr.read()
        if behaviour == "take":
            assert len(host.named("job")) == 2
            assert [score["name"] for score in host.scores] == ["lip_sync"]


def test_a_dead_collector_costs_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    job(settings_for(tmp_path, dead_address()), tmp_path / "spans.jsonl")
    assert time.monotonic() - began < CLOSING_SECONDS
    assert len(read_spans(tmp_path / "spans.jsonl")) == 3


def test_headers_are_written_as_opentelemetry_has_them() -> None:
    assert parsed_headers("Authorization=Basic%20abc=, x-team = faces,nothing") == {
        "authorization": "Basic abc=",
        "x-team": "faces",
    }


def test_a_collector_without_its_package_gets_nothing_and_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("avatar.tracing.targets._missing", lambda package: package)
    settings = load_settings(otel_exporter_otlp_endpoint="http://127.0.0.1:9", data_dir=tmp_path)
    assert relays_for(settings) == ()
    assert "pip install" in caplog.text
    assert [target.lacks for target in targets_of(settings)] == ["opentelemetry.exporter.otlp.proto.http"]
