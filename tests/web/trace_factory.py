"""Traces as the service answers them: a job in two turns with hundreds of chunks, a repaired answer and a failure."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from avatar.telemetry import JobTrace, SpanRecord
from avatar.tracing.otlp import resource_spans, span_json

BEGAN: Final = 1_769_860_800.0
REVIEWED: Final = 90_000.0
"""Seconds between the two turns."""

MODEL: Final = "mistral-small-latest"
ANSWER: Final = {"segments": [{"from": 0, "to": 12, "smile": 0.4}], "cues": [{"action": "nod", "word": 3}]}


@dataclass
class Trace:
    """Spans, each below the one that it is given."""

    spans: list[dict[str, Any]] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    def add(self, name: str, start: float, seconds: float, parent: str = "", is_open: bool = False, **told: Any) -> str:
        number = f"{next(self.numbers):016x}"
        record = SpanRecord(name, BEGAN + start, seconds, trace_id="ab" * 16, span_id=number, parent_id=parent, **told)
        self.spans.append(span_json(record, JobTrace(id="ab" * 16), is_open=is_open))
        return number

    def json(self) -> str:
        return json.dumps({"resourceSpans": [resource_spans(self.spans)]})


def long_job(chunks: int = 240) -> Trace:
    trace = Trace()
    first = trace.add("job", 0.0, 6.0, attributes={"director": "mistral", "status": "waiting_review"})
    trace.add("audio_processing", 0.05, 2.1, first, attributes={"seconds_of_sound": 480.0, "words": 1210})
    portrait = trace.add(
        "portrait_analysis", 0.06, 0.9, first, attributes={"picture_width": 512, "picture_height": 600}
    )
    trace.add("prepare", 0.5, 0.6, portrait, attributes={"engine": "puppet"})
    trace.add("emotion_detection", 2.2, 0.3, first, attributes={"emotion": "happy", "windows": 240})
    director = trace.add("mistral_controller", 2.5, 3.4, first, attributes={"cues": 41, "segments": 6}, level="WARNING")
    add_answers(trace, director)
    trace.add("review", 5.95, 0.01, first)
    second = trace.add("job", REVIEWED, 30.0, attributes={"status": "finished", "frames": 12_000})
    trace.add("motion_synthesis", REVIEWED + 0.1, 0.5, second)
    drawing = trace.add("video_generation", REVIEWED + 0.7, 28.0, second, attributes={"engine": "puppet"})
    for index in range(chunks):
        begin = REVIEWED + 0.8 + (index // 2) * (27.5 / (chunks / 2))
        add_chunk(trace, drawing, index, begin, fails=index == 137)
    trace.add("assemble", REVIEWED + 28.8, 1.0, second)
    return trace


def add_answers(trace: Trace, director: str) -> None:
    prompt = [{"role": "system", "content": "You direct a face."}, {"role": "user", "content": "0 Good 1 morning"}]
    asked = {
        "model": MODEL,
        "provider": "mistral",
        "model_parameters": {"temperature": 0.4, "max_tokens": 2048},
        "tokens_in": 2210,
        "cost_usd": 0.00061,
        "first_token_seconds": 0.31,
    }
    trace.add(
        "director", 2.6, 1.4, director, kind="generation", level="WARNING",
        attributes={**asked, "tokens_out": 12, "segment": 0, "attempt": 1, "valid": False},
        content={"input": prompt, "output": "Sure! Here is", "problem": "The answer is no JSON."},
    )  # fmt: skip
    repair = [
        *prompt,
        {"role": "assistant", "content": "Sure! Here is"},
        {"role": "user", "content": "Answer in JSON."},
    ]
    trace.add(
        "director", 4.0, 1.8, director, kind="generation",
        attributes={**asked, "tokens_out": 318, "segment": 0, "attempt": 2, "valid": True, "problems": {"clamped": 2}},
        content={"input": repair, "output": json.dumps(ANSWER)},
    )  # fmt: skip


def add_chunk(trace: Trace, drawing: str, index: int, begin: float, *, fails: bool) -> None:
    told = {"chunk": index, "first_frame": 50 * index, "engine": "puppet"}
    failure: dict[str, Any] = (
        {"error": "RenderError: the engine broke", "error_kinds": ("RenderError",), "level": "ERROR"} if fails else {}
    )
    chunk = trace.add("chunk", begin, 0.21, drawing, attributes=told, **failure)
    for stage, share in (("render", 0.15), ("quality_enhancement", 0.01), ("encode", 0.05)):
        trace.add(stage, begin + 0.002, 0.2, chunk, attributes={"own_seconds": share, "frames": 50})
