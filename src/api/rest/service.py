"""What the routes work with, opened when the server starts and closed when it ends."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final

from anyio import CapacityLimiter
from fastapi import Depends, Request
from sqlalchemy import Engine

from api.rest.feed import JobFeed
from api.rest.model_desk import ModelDesk
from avatar.errors import AvatarError
from avatar.settings import Settings
from live.desk import LiveDesk
from orchestrator.artifacts import usable_folder
from orchestrator.characters.store import CharacterStore
from orchestrator.database import open_database
from orchestrator.jobs.dispatch import Dispatch, JobBoard
from orchestrator.jobs.record import JobRecord
from orchestrator.jobs.table import SqlJobs
from orchestrator.portrait_desk import PortraitDesk
from orchestrator.previews.desk import PreviewDesk
from orchestrator.speaking_desk import SpeakingDesk

HEAVY_THREADS: Final = 4
"""Uploads and requests that are looked at side by side; a look at a job's state never waits behind them."""

PREVIEW_THREADS: Final = 16
"""Callers of previews and curves that are heard side by side; most of them wait for their turn."""

DATA_FOLDERS: Final = ("inputs", "outputs")
LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The service's parts. `heavy` bounds the threads that read files and hash them, `looks` those of previews."""

    settings: Settings
    dispatch: Dispatch
    board: JobBoard
    feed: JobFeed
    desk: PortraitDesk
    previews: PreviewDesk
    live: LiveDesk
    speaking: SpeakingDesk
    models: ModelDesk
    characters: CharacterStore
    engine: Engine
    heavy: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(HEAVY_THREADS))
    looks: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PREVIEW_THREADS))


async def current_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Current = Annotated[Service, Depends(current_service)]


async def job_record(service: Service, job: str) -> JobRecord:
    """The job as it stands. Raises `NotFoundError`."""
    return await asyncio.to_thread(service.board.get, job)


@contextmanager
def open_service(settings: Settings) -> Iterator[Service]:
    """The parts, over the database of the settings. Raises `AvatarError` where one of them cannot be opened."""
    for name in DATA_FOLDERS:
        usable_folder(settings.data_dir / name)
    engine = open_database(settings)
    desk, previews, models = PortraitDesk(settings), PreviewDesk(settings), ModelDesk(settings)
    live = LiveDesk(settings)
    speaking = SpeakingDesk(settings)
    try:
        jobs = SqlJobs(engine, settings)
        feed = JobFeed(jobs)
        service = Service(
            settings=settings,
            dispatch=jobs,
            board=jobs,
            feed=feed,
            desk=desk,
            previews=previews,
            live=live,
            speaking=speaking,
            models=models,
            characters=CharacterStore(engine, settings),
            engine=engine,
        )
        service.characters.sweep(jobs)
        threading.Thread(target=_warm, args=(desk,), name="warm-desk", daemon=True).start()
        try:
            yield service
        finally:
            feed.close()
    finally:
        live.close()
        models.close()
        speaking.close()
        desk.close()
        previews.close()
        engine.dispose()


def _warm(desk: PortraitDesk) -> None:
    """The first portrait need not wait for the desk; one that cannot start says so when it is needed."""
    try:
        desk.warm()
    except (AvatarError, OSError) as error:
        LOG.warning("the portrait desk did not start: %s", error)
