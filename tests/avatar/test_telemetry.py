import threading
from pathlib import Path

import pytest

from avatar.telemetry import FileTracer, read_spans


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


def test_a_file_that_is_not_there_holds_no_spans(tmp_path: Path) -> None:
    assert read_spans(tmp_path / "none.jsonl") == []
