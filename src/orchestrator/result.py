"""What became of a job."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from avatar.files import atomic_file
from avatar.telemetry import SpanRecord
from avatar.types import Choice, Size
from orchestrator.request import Job
from orchestrator.state import AvatarState, CheckRecord, ErrorRecord, choice_of
from video_processor.enhancement.upscaling import upscaled_size

WHOLE_JOB: Final = "job"
"""Name of the span around all others."""

ENHANCING: Final = "quality_enhancement"
CHUNK_STAGES: Final = ("render", ENHANCING, "encode")

UNCOUNTED: Final = frozenset({WHOLE_JOB, "chunk", "video_generation", "plan_chunks", "review", "director_fallback"})
"""Spans that hold others, or take no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """A finished video, or a performance that waits for review; JSON values but for the choices.

    `video` is the file at the requested place; `motion`, the motion behind it, and `portrait`, the measured picture,
    are artifacts; video and motion are None while waiting. `duration` is the sound's, in seconds, `hearing` who found
    the speech in it, `speaker` who spoke it, None where it was given, and `voices` how many speak. `seconds` holds what
    was taken for each stage: `render`, `quality_enhancement` and `encode` are summed over all threads,
    `video_generation` and `total` are by the clock. `served` is True where the video was there already. `errors` failed
    and were overcome. `emotion_sources` is what each source said on the whole, as JSON of `EmotionReading`; `emotions`,
    the file of what they said over time, is an artifact. `quality` is what the finished video was checked for, and
    passed. `speech`, `framed`, the portrait at the video's size, and the `expression` of a film are artifacts too.
    `transcriber` is who told the words, `language` what they are in; `captions`, a WebVTT file, is an artifact, None
    without words; `caption_files` lie beside the video. `direction_report` is how a language model directed, as a
    `DirectionReport`, None where none was asked.
    """

    status: Literal["finished", "waiting_review"]
    thread_id: str
    performance: dict[str, Any]
    director: Choice
    direction_report: dict[str, Any] | None = None
    hearing: Choice | None = None
    speaker: Choice | None = None
    video: str | None = None
    artifact: str | None = None
    motion: str | None = None
    portrait: str | None = None
    duration: float = 0.0
    voices: int = 0
    frames: int = 0
    fps: str = ""
    width: int = 0
    height: int = 0
    renderer: Choice | None = None
    enhancer: Choice | None = None
    emotion: str = "neutral"
    confidence: float = 0.0
    valence: float = 0.0
    arousal: float = 0.0
    emotion_sources: tuple[dict[str, Any], ...] = ()
    emotions: str | None = None
    transcribed_text: str = ""
    language: str = ""
    transcriber: Choice | None = None
    captions: str | None = None
    caption_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[ErrorRecord, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    served: bool = False
    quality: tuple[CheckRecord, ...] = ()
    speech: str | None = None
    framed: str | None = None
    expression: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def result_of(state: AvatarState, job: Job, thread_id: str) -> JobResult:
    """The result that a run's last state tells, but for its place and its seconds."""
    finished = "final_video" in state
    size = upscaled_size(Size(state["width"], state["height"]), job.upscale)
    return JobResult(
        status="finished" if finished else "waiting_review",
        thread_id=thread_id,
        performance=state["performance"],
        director=choice_of(state["director"]),
        direction_report=state.get("direction_report"),
        hearing=choice_of(state["hearing"]),
        speaker=_choice(state.get("speaker")),
        artifact=state["final_video"] if finished else None,
        motion=state["artifacts"].get("motion"),
        portrait=state["artifacts"].get("portrait"),
        duration=state["audio_features"]["duration"],
        voices=state["audio_features"]["voices"],
        frames=state["render"]["frames"] if finished else 0,
        fps=job.fps,
        width=state["render"]["width"] if finished else size.width,
        height=state["render"]["height"] if finished else size.height,
        renderer=choice_of(state["renderer"]) if finished else None,
        enhancer=choice_of(state["enhancer"]) if finished else None,
        emotion=state["emotion"],
        confidence=state["confidence"],
        valence=state["valence"],
        arousal=state["arousal"],
        emotion_sources=tuple(state["emotion_sources"]),
        emotions=state["artifacts"].get("emotions"),
        transcribed_text=state["transcribed_text"],
        language=state["language"],
        transcriber=choice_of(state["transcriber"]),
        captions=state["artifacts"].get("captions"),
        notes=tuple(dict.fromkeys(state.get("notes", ()))),
        errors=tuple(state.get("errors", ())),
        quality=tuple(state.get("quality", ())),
        speech=state["artifacts"].get("speech"),
        framed=state["artifacts"].get("framed"),
        expression=state["artifacts"].get("expression"),
    )


def save_result(path: Path, result: JobResult) -> None:
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(result.to_json(), ensure_ascii=False), encoding="utf-8")


def load_result(path: Path) -> JobResult | None:
    """The result that `save_result` wrote; None where there is none, or it is damaged or of another version."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        roles = ("renderer", "director", "enhancer", "hearing", "speaker", "transcriber")
        choices = {name: _choice(values[name]) for name in roles}
        many = ("notes", "errors", "emotion_sources", "quality", "caption_files")
        lists = {name: tuple(values[name]) for name in many}
        return JobResult(**{**values, **choices, **lists})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _choice(record: Mapping[str, Any] | None) -> Choice | None:
    return choice_of(record) if record else None


def stage_seconds(spans: Sequence[SpanRecord], since: float) -> dict[str, float]:
    """Seconds for each stage, of the spans that began at or after `since` (seconds since the epoch).

    `video_generation` is the time in which some chunk was in hand.
    """
    totals: dict[str, float] = {}
    chunk_times: list[tuple[float, float]] = []
    for span in spans:
        if span.start < since or span.name in UNCOUNTED or span.kind == "generation":
            continue
        totals[span.name] = totals.get(span.name, 0.0) + span.attributes.get("own_seconds", span.seconds)
        if span.name in CHUNK_STAGES:
            chunk_times.append((span.start, span.start + span.seconds))
    if chunk_times:
        totals["video_generation"] = _covered(chunk_times)
    return {name: round(seconds, 4) for name, seconds in totals.items()}


def earlier_seconds(spans: Sequence[SpanRecord], since: float, before: float) -> float:
    """What earlier calls took that began from `since` on and before `before` (seconds since the epoch)."""
    return sum(span.seconds for span in spans if span.name == WHOLE_JOB and since <= span.start < before)


def _covered(intervals: Iterable[tuple[float, float]]) -> float:
    total, reached = 0.0, 0.0
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
