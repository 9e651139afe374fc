"""What the service can do on this machine, what it is doing, and whether it is well."""

import time
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.rest import health, machine
from api.rest.drawing_engines import drawing_engines
from api.rest.engines import director_options, hearing_options, transcriber_options
from api.rest.problems import PROBLEMS
from api.rest.routes.estimate import EstimateView
from api.rest.service import Current, Service
from api.rest.views import API, EXAMPLE_ID, iso_time
from avatar import __version__
from avatar.settings import Settings
from avatar.tracing.targets import Target, targets_of
from models.hardware import hardware_of
from orchestrator.jobs.presence import living_workers
from orchestrator.jobs.record import JobStatus
from orchestrator.jobs.statistics import busy_workers, oldest_wait
from orchestrator.presets import load_presets


class HardwareView(BaseModel):
    """Where networks compute, and how much of everything they take."""

    device: str = Field(description="As PyTorch names it.", examples=["cuda:0"])
    label: str = Field(examples=["NVIDIA H200"])
    why: str
    memory_bytes: int = Field(description="Of the device; 0 where it does not say.")
    free_bytes: int
    profile: str = Field(description="What GPU_PROFILE stands for here.", examples=["high"])
    has_torch: bool = Field(description="Whether PyTorch is installed, which networks need.")


class EngineView(BaseModel):
    """An engine that draws videos."""

    name: str = Field(examples=["puppet"])
    available: bool
    is_auto: bool = Field(description="Whether `auto` takes it.")
    summary: str
    why: str = Field(description="Why it is available, or what it lacks and how to get that.")
    licence: str | None = Field(description="Of its model files; null where it has none.")
    device: str = Field(description="Where its network computes; `cpu` where it has none.", examples=["cpu"])
    precision: str = Field(description="Of its numbers.", examples=["bf16"])
    extra: str | None = Field(description="The extra of this program that it needs and that is not installed.")
    lacks: list[str] = Field(description="Its model files that are missing, damaged or may not be used.")
    passed_over: str | None = Field(description="Why `auto` cannot take it; null where it can.")
    estimate: EstimateView = Field(description="For ten seconds of speech at the usual size and frame rate.")


class DirectorView(BaseModel):
    """One who writes performances."""

    name: str = Field(examples=["rules"])
    available: bool
    is_auto: bool = Field(description="Whether `auto` takes it.")
    why: str


class HearingView(BaseModel):
    """One who finds where somebody speaks."""

    name: str = Field(examples=["silero"])
    available: bool
    is_auto: bool = Field(description="Whether `auto` takes it.")
    why: str = Field(description="Why it is available, or what it lacks and how to get that.")


class TranscriberView(BaseModel):
    """An engine that recognises the words of a sound."""

    name: str = Field(examples=["faster-whisper"])
    available: bool
    is_auto: bool = Field(description="Whether `auto` takes it.")
    summary: str
    why: str = Field(description="What it works with, or what it lacks and how to get that.")


class PresetView(BaseModel):
    """What a request's `preset` may name."""

    name: str = Field(examples=["standard"])
    summary: str
    shorter_side: int = Field(description="Of the video, in pixels: 720 makes 1280x720.", examples=[720])
    fps: str = Field(examples=["25"])
    renderer: str = Field(description="The engine that `auto` begins with.", examples=["wav2lip"])
    codec: Literal["h264", "h265"]


class QueueView(BaseModel):
    """Jobs by status, and how many may wait."""

    counts: dict[JobStatus, int] = Field(examples=[{"queued": 2, "running": 1, "completed": 40}])
    max: int = Field(description="Jobs that may wait; one more is refused with 429.", examples=[200])
    oldest_wait: float = Field(description="Seconds that the job at the front has waited.")


class WorkerView(BaseModel):
    """A worker that is alive: on this machine, or elsewhere with a job in hand."""

    name: str
    job_id: str | None = Field(description="The job in its hands.", examples=[EXAMPLE_ID])


class TraceTargetView(BaseModel):
    """A receiver of traces that the settings name."""

    name: str = Field(examples=["langfuse", "otlp"])
    address: str = Field(examples=["https://cloud.langfuse.com"])
    captures_content: bool = Field(description="Whether it gets what is private: transcripts, prompts, answers.")
    lacks: str | None = Field(description="What keeps it from working; null where nothing does.")
    last_at: str | None = Field(description="When a worker last sent something there.")
    failure: str | None = Field(description="Why that was not taken; null where it was.")


class LiveEngineView(BaseModel):
    """An engine that can draw live sessions."""

    name: str = Field(examples=["puppet", "wav2lip"])
    available: bool = Field(description="Whether a session can name it.")
    why: str = Field(description="What it lacks, or how it keeps up.")
    frame_milliseconds: float | None = Field(
        description="What a frame of 512 pixels was measured to take on this machine; null where none was drawn."
    )


class LiveView(BaseModel):
    """Live sessions: who holds them, and how many this machine bears."""

    workers: int = Field(description="Processes for live sessions.")
    ready: int = Field(description="Of those, how many answer.")
    sessions: int = Field(description="That run.")
    capacity: int = Field(description="Sessions of 512 pixels and 25 frames a second that this machine bears.")
    restarts: int = Field(description="Processes that ended and were replaced since the service began.")
    pids: list[int] = Field(description="Of the processes that answer.")
    frame_milliseconds: float | None = Field(
        description="A core's time for a frame, drawn and encoded; null until it is known."
    )
    engines: list[LiveEngineView] = Field(description="Best first; none until their costs are known.")
    measured: Literal["now", "before"] | None = Field(
        description="Whether the costs were measured by a worker that runs, or kept from before; null until known."
    )


class DiskView(BaseModel):
    """The disk of the data folder."""

    free_bytes: int
    total_bytes: int


class StatusView(BaseModel):
    """The service and its machine."""

    version: str
    device: str = Field(description="The processor.", examples=["AMD EPYC 9B14, 2 cores"])
    gpu: str | None = Field(description="The GPU that the system names.")
    hardware: HardwareView
    engines: list[EngineView] = Field(description="Best first.")
    directors: list[DirectorView]
    hearing: list[HearingView] = Field(description="Best first.")
    transcribers: list[TranscriberView] = Field(description="Best first.")
    presets: list[PresetView]
    queue: QueueView
    workers: list[WorkerView]
    live: LiveView
    disk: DiskView
    traces: list[TraceTargetView] = Field(description="Where traces go; they are kept with their jobs in any case.")


class HealthView(BaseModel):
    """`degraded` where something is wrong; then `reasons` says what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "reasons": [],
                    "version": "0.1.0",
                    "device": "AMD EPYC 9B14, 2 cores",
                    "gpu": None,
                }
            ]
        }
    )

    status: Literal["ok", "degraded"]
    reasons: list[str]
    version: str
    device: str
    gpu: str | None


HEALTH: Final[dict[int | str, dict[str, Any]]] = {
    503: {"description": "The database cannot be reached.", "model": HealthView}
}

router = APIRouter(tags=["service"])


def _absence(request: Request) -> health.WorkerAbsence:
    state = request.app.state
    if not hasattr(state, "worker_absence"):
        state.worker_absence = health.WorkerAbsence()
    absence: health.WorkerAbsence = state.worker_absence
    return absence


Absence = Annotated[health.WorkerAbsence, Depends(_absence)]


@router.get(f"{API}/status", responses=PROBLEMS)
async def status(service: Current) -> StatusView:
    """Engines, directors and who hears speech, with why each is or is not available; queue, workers, machine."""
    return await run_sync(_status, service)


@router.get("/health", responses=HEALTH)
async def health_(service: Current, absence: Absence, response: Response) -> HealthView:
    """Whether the service can do its work. 200 while it can be used at all."""
    found = await health.look(service, absence)
    if not found.has_database:
        response.status_code = 503
    return HealthView(
        status="degraded" if found.reasons else "ok",
        reasons=list(found.reasons),
        version=__version__,
        device=machine.device(),
        gpu=await run_sync(machine.gpu),
    )


def _status(service: Service) -> StatusView:
    settings, now = service.settings, time.time()
    room = machine.disk(settings.data_dir)
    return StatusView(
        version=__version__,
        device=machine.device(),
        gpu=machine.gpu(),
        hardware=_hardware(settings),
        engines=[EngineView(**asdict(engine)) for engine in drawing_engines(settings)],
        directors=[
            DirectorView(name=option.name, available=option.available, is_auto=option.is_auto, why=option.why)
            for option in director_options(settings)
        ],
        hearing=[
            HearingView(name=option.name, available=option.available, is_auto=option.is_auto, why=option.why)
            for option in hearing_options(settings)
        ],
        transcribers=[
            TranscriberView(
                name=option.name,
                available=option.available,
                is_auto=option.is_auto,
                summary=option.summary,
                why=option.why,
            )
            for option in transcriber_options(settings)
        ],
        presets=[
            PresetView(name=name, **preset.model_dump(include=set(PresetView.model_fields)))
            for name, preset in load_presets().items()
        ],
        queue=QueueView(
            counts=service.board.counts(), max=settings.max_queue, oldest_wait=oldest_wait(service.engine, now)
        ),
        workers=_workers(service, now),
        live=LiveView(**asdict(service.live.state)),
        disk=DiskView(free_bytes=room.free, total_bytes=room.total),
        traces=[_target(target) for target in targets_of(settings)],
    )


def _hardware(settings: Settings) -> HardwareView:
    found = hardware_of(settings)
    return HardwareView(
        device=found.device.name,
        label=found.device.label,
        why=found.why,
        memory_bytes=found.device.total,
        free_bytes=found.device.free,
        profile=found.profile_name,
        has_torch=found.has_torch,
    )


def _target(target: Target) -> TraceTargetView:
    return TraceTargetView(
        name=target.name,
        address=target.address,
        captures_content=target.captures,
        lacks=target.lacks,
        last_at=iso_time(target.last.at) if target.last else None,
        failure=target.last.failure if target.last else None,
    )


def _workers(service: Service, now: float) -> list[WorkerView]:
    busy = busy_workers(service.engine, now)
    names = sorted({*living_workers(service.settings), *busy})
    return [WorkerView(name=name, job_id=busy.get(name)) for name in names]
