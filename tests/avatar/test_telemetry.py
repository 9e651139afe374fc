import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from avatar.telemetry import FileTracer, JobTrace, SpanRecord, begun_file, current_span, read_spans, tell, trace_id


def test_a_span_is_written_with_its_attributes_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "job" / "spans.jsonl"
    tracer = FileTracer(path)
    with tracer.span("render", chunk=3) as span:
        assert read_spans(path) == []
        span.set(frames=50)
    (found,) = read_spans(path)
    assert (found.name, found.attributes, found.error) == ("render", {"chunk": 3, "frames": 50}, None)
    assert found.seconds >= 0.0
    assert found.start > 1e9


def test_an_exception_is_noted_and_passes_through(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with pytest.raises(ValueError, match="no"), tracer.span("decode"):
        raise ValueError("no")
    (found,) = read_spans(tracer.path)
    assert found.error == "ValueError: no"


def test_inner_spans_end_before_outer_ones(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with tracer.span("outer"), tracer.span("inner"):
        pass
    inner, outer = read_spans(tracer.path)
    assert (inner.name, outer.name) == ("inner", "outer")
    assert outer.seconds >= inner.seconds


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")

    def work(number: int) -> None:
        for step in range(50):
            with tracer.span("work", number=number, step=step):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {(span.attributes["number"], span.attributes["step"]) for span in read_spans(tracer.path)}
    assert found == {(number, step) for number in range(4) for step in range(50)}


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with tracer.span("whole"):
        pass
    with tracer.path.open("a", encoding="utf-8") as file:
        file.write('{"name": "to')
    assert [span.name for span in read_spans(tracer.path)] == ["whole"]


def test_the_span_after_a_torn_line_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_text('{"resourceSpans": [{"scope', encoding="utf-8")
    with FileTracer(path).span("after"):
        pass
    assert [span.name for span in read_spans(path)] == ["after"]


def test_a_span_knows_its_parent(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl", JobTrace(id=trace_id("one")))
    with tracer.span("job") as whole:
        with tracer.span("stage") as stage:
            assert current_span() is stage
            tell(frames=3)
        shared = tracer.begin("all chunks")
        with tracer.span("chunk", under=shared) as chunk, tracer.span("render", under=chunk, aside=True):
            assert current_span() is chunk
        tracer.end(shared)
        thread = threading.Thread(target=lambda: tracer.end(tracer.begin("elsewhere")))
        thread.start()
        thread.join()
    assert current_span() is None
    found = {span.name: span for span in read_spans(tracer.path)}
    assert {name: found[name].parent_id for name in ("job", "stage", "all chunks", "elsewhere")} == {
        "job": "",
        "stage": whole.span_id,
        "all chunks": whole.span_id,
        "elsewhere": whole.span_id,
    }
    assert (found["chunk"].parent_id, found["render"].parent_id) == (shared.span_id, chunk.span_id)
    assert found["stage"].attributes == {"frames": 3}
    assert {span.trace_id for span in found.values()} == {trace_id("one")}


def test_spans_of_another_trace_are_no_parents(tmp_path: Path) -> None:
    outer, inner = (FileTracer(tmp_path / f"{name}.jsonl", JobTrace(id=trace_id(name))) for name in ("a", "b"))
    with outer.span("outer"), inner.span("inner"):
        pass
    assert read_spans(inner.path)[0].parent_id == ""


def test_what_has_begun_is_known_before_it_ends(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    with tracer.span("job") as whole, tracer.span("render", aside=True):
        begun = read_spans(begun_file(tracer.path))
        assert [(span.name, span.span_id) for span in begun] == [("job", whole.span_id)]
        assert read_spans(tracer.path) == []


def fill_and_fail(span: SpanRecord) -> None:
    span.set_content(input="Say it.", output="Said.", problem="none")
    raise KeyError("gone") from ValueError("why")


def test_a_span_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    given: dict[str, Any] = {"frames": 3, "share": 0.25, "yes": True, "text": "héllo \ud800", "list": [{"a": [0.5]}]}
    with pytest.raises(KeyError), tracer.span("direction", kind="generation", model="small", **given) as asked:
        fill_and_fail(asked)
    (found,) = read_spans(tracer.path)
    assert (found.kind, found.level, found.error_kinds) == ("generation", "ERROR", ("KeyError", "ValueError"))
    assert found.attributes == {"model": "small", **given}
    assert found.error == "KeyError: 'gone'"
    assert found.start == pytest.approx(asked.start, abs=1e-5)
    assert found.seconds == pytest.approx(asked.seconds, abs=1e-5)
    assert found.content["problem"] == "none"
    assert found.content["input"] == [{"role": "user", "parts": [{"type": "text", "content": "Say it."}]}]


def test_a_score_is_kept_on_the_span_it_was_found_in(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")
    tracer.score("of_nothing", 1.0)
    with tracer.span("gate"):
        tracer.score("lip_sync", 0.75)
    assert read_spans(tracer.path)[0].attributes == {"score.lip_sync": 0.75}


def test_a_span_that_cannot_be_kept_ends_no_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tracer = FileTracer(tmp_path / "job" / "spans.jsonl")
    with tracer.span("job") as whole:
        shutil.rmtree(tmp_path / "job")
        with tracer.span("stage") as stage:
            assert stage.parent_id == whole.span_id
    assert "A span was not kept" in caplog.text


def test_a_file_that_is_not_there_holds_no_spans(tmp_path: Path) -> None:
    assert read_spans(tmp_path / "none.jsonl") == []
