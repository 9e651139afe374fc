"""A job as the world sees it."""

from datetime import datetime, timezone
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from avatar.types import EmotionLabel
from orchestrator.jobs.record import JobRecord, JobStatus

API: Final = "/api/v1"
EXAMPLE_ID: Final = "0199d1c0a3f2a1b2c3d4e5"


class JobError(BaseModel):
    """Why a job failed, and what to do."""

    kind: str = Field(examples=["PortraitError"])
    message: str = Field(examples=["No face was found in cat.png."])
    cure: str = Field(examples=["Use a picture that shows one face from the front."])


class SourceReading(BaseModel):
    """What one source says of an emotion."""

    source: str = Field(description="Who says so.", examples=["voice", "words", "face", "voice_model", "face_model"])
    scores: dict[EmotionLabel, float] = Field(description="The share of each label, together 1.")
    valence: float = Field(ge=-1, le=1)
    arousal: float = Field(ge=-1, le=1)
    confidence: float = Field(description="How much the source had to go by.", ge=0, le=1)


class CheckView(BaseModel):
    """One thing that the finished video was checked for."""

    name: str = Field(examples=["black"])
    done: bool = Field(description="Whether it could be checked.")
    detail: str = Field(description="What was found, or why it was passed over.")


class DirectionReportView(BaseModel):
    """How a language model directed. It is asked about stretches of some 30 s, side by side."""

    endpoint: str = Field(description="Where it was asked: `mistral`, `groq` or `local`.", examples=["mistral"])
    model: str = Field(examples=["mistral-small-latest"])
    segments: int = Field(description="Stretches that it was asked about.", ge=0)
    questions: int = Field(description="What it was asked in all, with the turns to mend an answer.", ge=0)
    unplayable: int = Field(description="Answers that could not be played.", ge=0)
    repaired: int = Field(description="Stretches whose answer could be played after a second turn only.", ge=0)
    by_rules: int = Field(description="Stretches that rules directed in its place.", ge=0)
    fallback: str | None = Field(description="Why rules stood in, for all or some; null where the model directed all.")
    fallback_reason: str | None = Field(
        description="The kind of that failure: `refused`, `timeout`, `unauthorised`, `rate_limited`, `unknown_model`, "
        "`rejected`, `server_error`, `empty_answer`, `invalid_answer` or `failed`.",
        examples=["timeout"],
    )
    problems: dict[str, int] = Field(
        description="What was put right in its answers: `clamped`, `dropped`, `ignored`, `snapped`, `converted` or "
        "`mended`, and how often.",
        examples=[{"clamped": 2, "dropped": 1}],
    )
    told: list[str] = Field(description="The first of that in words.")
    tokens_in: int | None = Field(description="Null where the endpoint does not tell.")
    tokens_out: int | None
    cost_usd: float | None = Field(description="US dollars, by MODEL_PRICES.")
    seconds: float = Field(description="What directing took.")
    first_token_seconds: float | None = Field(description="Until its first token came.")


class JobView(BaseModel):
    """A job. What is not known yet, or not to be had, is null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": EXAMPLE_ID,
                    "status": "running",
                    "label": "Grace Hopper · Good morning",
                    "stage": "video_generation",
                    "progress": 0.62,
                    "chunks_done": 3,
                    "chunks_total": 5,
                    "seconds_left": 1.4,
                    "created_at": "2026-01-31T12:00:00.000Z",
                }
            ]
        }
    )

    job_id: str = Field(examples=[EXAMPLE_ID])
    status: JobStatus
    label: str = Field(description="What people call it by: the character or the picture, and the first words.")
    character_id: str | None
    batch_id: str | None
    rerender_of: str | None = Field(description="The job whose speech it plays again.")
    stage: str | None = Field(description="The stage of the pipeline that it is in.")
    progress: float = Field(description="The share of all work that is done, 0 to 1; it never falls.", ge=0, le=1)
    chunks_done: int = Field(ge=0)
    chunks_total: int = Field(description="0 until the chunks are planned.", ge=0)
    seconds_left: float | None = Field(description="An estimate.")
    created_at: str = Field(description="ISO 8601, UTC.", examples=["2026-01-31T12:00:00.000Z"])
    started_at: str | None
    finished_at: str | None
    error: JobError | None
    video_path: str | None = Field(description="The video, relative to DATA_DIR.", examples=["outputs/0199d1c0.mp4"])
    video_url: str | None
    stream_url: str | None = Field(
        description="An HLS playlist that can be played while an MP4 is rendered. Null until a review is over."
    )
    events_url: str
    motion_url: str | None
    thumbnail_url: str
    trace_url: str | None = Field(description="What each stage took, once the job has begun.")
    job_url: str
    duration: float | None = Field(description="Seconds.")
    frames: int | None
    fps: str | None = Field(examples=["25", "30000/1001"])
    width: int | None
    height: int | None
    renderer: str | None = Field(description="The engine that drew it.", examples=["puppet"])
    renderer_why: str | None = Field(description="Why that engine, and which were passed over.")
    enhancer: str | None = Field(description="What made its frames better, or `none`.", examples=["none", "detail"])
    enhancer_why: str | None
    director: str | None
    director_why: str | None
    direction_report: DirectionReportView | None = Field(description="How a model directed; null where none was asked.")
    hearing: str | None = Field(description="Who found where somebody speaks.", examples=["silero"])
    hearing_why: str | None
    speaker: str | None = Field(description="Who spoke the text; null where a sound was given.", examples=["espeak"])
    speaker_why: str | None
    voices: int | None = Field(description="How many voices are told apart; 0 where nobody speaks.")
    emotion: str | None = Field(description="How the speaker seems to feel on the whole.", examples=["happy"])
    confidence: float | None
    valence: float | None = Field(description="From unpleasant, -1, to pleasant, 1.")
    arousal: float | None = Field(description="From calm, -1, to excited, 1.")
    emotion_sources: list[SourceReading] = Field(description="What voice, words and face say of it on the whole.")
    emotions_url: str | None = Field(description="What they say over time.")
    transcribed_text: str | None = Field(description="The words, where they are known.")
    language: str | None = Field(description="What they are in.", examples=["en"])
    transcriber: str | None = Field(
        description="Who told the words: `text` that was spoken, a transcript that was `aligned`, an engine, or `none`."
    )
    transcriber_why: str | None = Field(description="Why they, or what recognising the words would need.")
    captions_url: str | None = Field(
        description="WebVTT; with the ending .srt SubRip. Null where nobody told the words."
    )
    notes: list[str] = Field(description="What the user should know.")
    seconds: dict[str, float] = Field(description="What each stage took.")
    served: bool = Field(description="Whether an equal request had made this video before.")
    quality: list[CheckView] = Field(description="What the finished video was checked for, and passed.")


def job_view(record: JobRecord, request: Request) -> JobView:
    base = str(request.base_url).rstrip("/")
    job_url = f"{base}{API}/jobs/{record.id}"
    done = record.status == "completed"
    progress, failure = record.progress, record.failure
    return JobView(
        job_id=record.id,
        status=record.status,
        label=record.label,
        character_id=record.character,
        batch_id=record.batch,
        rerender_of=(record.request.get("forked_from") or {}).get("job"),
        stage=progress.stage or None,
        progress=1.0 if done else min(max(progress.fraction, 0.0), 1.0),
        chunks_done=progress.done,
        chunks_total=progress.total,
        seconds_left=None if record.has_ended else progress.seconds_left,
        created_at=iso_time(record.created_at),
        started_at=None if record.started_at is None else iso_time(record.started_at),
        finished_at=None if record.finished_at is None else iso_time(record.finished_at),
        error=failure and JobError(kind=failure.kind, message=failure.message, cure=failure.cure),
        video_path=f"outputs/{record.id}{record.video_format.suffix}" if done else None,
        video_url=f"{job_url}/video" if done else None,
        stream_url=f"{job_url}/stream.m3u8" if _streams(record) else None,
        events_url=f"{job_url}/events",
        motion_url=f"{job_url}/motion" if done else None,
        emotions_url=f"{job_url}/emotions" if done else None,
        captions_url=f"{job_url}/captions.vtt" if done and (record.result or {}).get("captions") else None,
        thumbnail_url=f"{job_url}/thumbnail",
        trace_url=f"{job_url}/trace" if record.thread_id else None,
        job_url=job_url,
        **_outcome({"transcribed_text": record.request.get("text"), **(record.result or {})}),
    )


def _streams(record: JobRecord) -> bool:
    """Whether it can be watched, or will be without anybody's doing."""
    if record.status in ("failed", "cancelled", "waiting_review") or not record.video_format.streams:
        return False
    return not record.request.get("review") or record.request.get("performance") is not None


def _outcome(result: dict[str, Any]) -> dict[str, Any]:
    """What the result tells; sizes only where there is a video."""
    made = bool(result.get("frames"))
    sizes = {name: result[name] if made else None for name in ("frames", "fps", "width", "height")}
    known = {name: result.get(name) for name in ("emotion", "confidence", "valence", "arousal", "transcribed_text")}
    known["language"] = result.get("language") or None
    overcome = [f"Overcome: {error['message']}" for error in result.get("errors", ())]
    return {
        **sizes,
        **known,
        **_choice("renderer", result.get("renderer")),
        **_choice("enhancer", result.get("enhancer")),
        **_choice("director", result.get("director")),
        "direction_report": result.get("direction_report"),
        **_choice("hearing", result.get("hearing")),
        **_choice("speaker", result.get("speaker")),
        "voices": result.get("voices"),
        **_choice("transcriber", result.get("transcriber")),
        "duration": result.get("duration"),
        "emotion_sources": list(result.get("emotion_sources", ())),
        "notes": [*result.get("notes", ()), *overcome],
        "seconds": result.get("seconds", {}),
        "served": bool(result.get("served", False)),
        "quality": result.get("quality", ()),
    }


def _choice(role: str, choice: dict[str, Any] | None) -> dict[str, str | None]:
    if choice is None:
        return {role: None, f"{role}_why": None}
    return {role: choice["name"], f"{role}_why": "; ".join([choice["why"], *choice.get("passed_over", ())])}


def iso_time(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
