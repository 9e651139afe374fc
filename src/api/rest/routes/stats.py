"""How much the service has done, how fast, and what failed."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from api.rest.figures import Figures
from api.rest.problems import PROBLEMS
from api.rest.service import Current, Service
from api.rest.views import API, EXAMPLE_ID, iso_time
from orchestrator.jobs import statistics
from orchestrator.jobs.record import JobStatus

DAY_SECONDS: Final = 24 * 3600.0
SERIES: Final = 100
LONGEST_SERIES: Final = 500
SAMPLES: Final = 1000

SPREAD: Final = {"median": 3.1, "p95": 8.4, "count": 40}
PERIOD: Final = {"submitted": 46, "completed": 40, "failed": 2, "cancelled": 1, "video_seconds": 612.4}


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class SpreadView(BaseModel):
    """The middle and the bad end of measured values."""

    model_config = _example(**SPREAD)
    median: float
    p95: float = Field(description="19 of 20 are below.")
    count: int = Field(description="How many were measured.")


class PeriodView(BaseModel):
    """What was asked for in a period, and how jobs ended in it."""

    model_config = _example(**PERIOD)
    submitted: int
    completed: int
    failed: int
    cancelled: int
    video_seconds: float = Field(description="Length of the videos that were made.")


class CountView(BaseModel):
    """How often something occurs."""

    model_config = _example(name="puppet", count=40)
    name: str
    count: int


class CharacterCountView(BaseModel):
    """How often a character is used."""

    model_config = _example(character_id=EXAMPLE_ID, count=12)
    character_id: str
    count: int


class DashboardView(BaseModel):
    """Of the jobs that are kept; the spreads are of the newest thousand that completed."""

    model_config = _example(
        made_at="2026-01-31T12:00:00.000Z",
        by_status={"queued": 2, "running": 1, "waiting_review": 0, "completed": 40, "failed": 2, "cancelled": 1},
        all_time=PERIOD,
        last_24_hours=PERIOD,
        last_7_days=PERIOD,
        job_seconds=SPREAD,
        queue_seconds={"median": 0.1, "p95": 2.2, "count": 40},
        speed={"median": 3.4, "p95": 5.2, "count": 40},
        engines=[{"name": "puppet", "count": 40}],
        characters=[{"character_id": EXAMPLE_ID, "count": 12}],
        failures=[{"name": "PortraitError", "count": 2}],
    )
    made_at: str
    by_status: dict[JobStatus, int]
    all_time: PeriodView
    last_24_hours: PeriodView
    last_7_days: PeriodView
    job_seconds: SpreadView | None = Field(description="A worker's time.")
    queue_seconds: SpreadView | None = Field(description="From the request to a worker's first touch.")
    speed: SpreadView | None = Field(description="Seconds of video for each second of work.")
    engines: list[CountView] = Field(description="Videos by the engine that drew them, the most used first.")
    characters: list[CharacterCountView] = Field(description="Jobs by character, the most used first.")
    failures: list[CountView] = Field(description="Failed jobs by the kind of the failure.")


class JobTimes(BaseModel):
    """What one job took."""

    model_config = _example(
        job_id=EXAMPLE_ID,
        label="Grace Hopper · Good morning",
        finished_at="2026-01-31T12:00:00.000Z",
        duration=10.0,
        seconds=2.9,
        queue_seconds=0.1,
        real_time_factor=0.29,
        speed=3.45,
        renderer="puppet",
        width=512,
        height=512,
        frames=250,
        served=False,
        stages={"audio_processing": 0.3, "render": 3.9, "encode": 1.1, "total": 2.9},
    )
    job_id: str
    label: str
    finished_at: str
    duration: float = Field(description="Length of the video in seconds.")
    seconds: float = Field(description="A worker's time.")
    queue_seconds: float
    real_time_factor: float | None = Field(description="Seconds of work for each second of video; below 1 is faster.")
    speed: float = Field(description="Seconds of video for each second of work.")
    renderer: str | None
    width: int
    height: int
    frames: int
    served: bool = Field(description="Whether the video was there already; left out of every spread.")
    stages: dict[str, float] = Field(
        description="Seconds of each stage; `render`, `quality_enhancement` and `encode` are summed over all threads."
    )


class StageView(SpreadView):
    """What a stage takes, in seconds."""

    model_config = _example(name="video_generation", **SPREAD)
    name: str


class PerformanceView(BaseModel):
    """The newest jobs that completed, as a series, and what their stages take."""

    jobs: list[JobTimes] = Field(description="The oldest first.")
    stages: list[StageView] = Field(description="In the order in which they run.")
    speed: SpreadView | None


router = APIRouter(prefix=f"{API}/stats", tags=["service"], responses=PROBLEMS)


@router.get("/dashboard")
async def dashboard(service: Current, figures: Figures) -> DashboardView:
    """How many jobs there are and were, how long they wait and take, and what is used and what fails most."""
    return await run_sync(_dashboard, service, figures)


@router.get("/performance")
async def performance(
    service: Current, limit: Annotated[int, Query(ge=1, le=LONGEST_SERIES, description="How many jobs.")] = SERIES
) -> PerformanceView:
    """What the newest jobs took, one by one and stage by stage."""
    completed = await run_sync(statistics.recently_completed, service.engine, limit)
    stages = statistics.stage_spreads(completed)
    return PerformanceView(
        jobs=[_times(job) for job in completed],
        stages=[StageView(name=name, **asdict(found)) for name, found in stages.items()],
        speed=_view(statistics.spread(job.speed for job in completed if not job.served)),
    )


def _dashboard(service: Service, figures: statistics.Ledger) -> DashboardView:
    engine, now = service.engine, time.time()
    every = figures.made()
    recent = every[-SAMPLES:]
    made = [job for job in recent if not job.served]
    engines = Counter(job.renderer for job in every).most_common(statistics.MOST_NAMES)
    characters = statistics.characters_used(engine)
    return DashboardView(
        made_at=iso_time(now),
        by_status=service.board.counts(),
        all_time=_period(engine, every, 0.0),
        last_24_hours=_period(engine, every, now - DAY_SECONDS),
        last_7_days=_period(engine, every, now - 7 * DAY_SECONDS),
        job_seconds=_view(statistics.spread(job.took for job in made)),
        queue_seconds=_view(statistics.spread(job.waited for job in recent)),
        speed=_view(statistics.spread(job.speed for job in made)),
        engines=_counts(dict(engines)),
        characters=[CharacterCountView(character_id=name, count=count) for name, count in characters.items()],
        failures=_counts(statistics.failures(engine)),
    )


def _period(engine: Engine, made: Sequence[statistics.Made], since: float) -> PeriodView:
    ended = statistics.ended_since(engine, since)
    return PeriodView(
        submitted=statistics.submitted_since(engine, since),
        completed=ended.get("completed", 0),
        failed=ended.get("failed", 0),
        cancelled=ended.get("cancelled", 0),
        video_seconds=sum(job.duration for job in made if job.finished_at >= since),
    )


def _counts(found: Mapping[str, int]) -> list[CountView]:
    return [CountView(name=name, count=count) for name, count in found.items()]


def _view(spread: statistics.Spread | None) -> SpreadView | None:
    return None if spread is None else SpreadView(**asdict(spread))


def _times(job: statistics.Completed) -> JobTimes:
    return JobTimes(
        job_id=job.id,
        label=job.label,
        finished_at=iso_time(job.finished_at),
        duration=job.duration,
        seconds=job.took,
        queue_seconds=job.waited,
        real_time_factor=job.took / job.duration if job.duration else None,
        speed=job.speed,
        renderer=job.renderer,
        width=job.width,
        height=job.height,
        frames=job.frames,
        served=job.served,
        stages=dict(job.seconds),
    )
