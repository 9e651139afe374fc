"""The routes that watch and measure, over a real table of jobs whose jobs are moved by hand."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import uvicorn
from fastapi import FastAPI
from PIL import Image as Pillow
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from api.rest.feed import JobFeed
from api.rest.problems import add_problem_handlers
from api.rest.routes import estimate, events, media, metrics, stats, status, voices
from api.rest.service import Service
from avatar.settings import Settings
from avatar.types import Choice, Size
from live.desk import LiveDesk
from orchestrator.database import open_database
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.record import JobFailure, JobProgress, JobRecord, NewJob
from orchestrator.jobs.schema import jobs as table
from orchestrator.jobs.table import SqlJobs
from orchestrator.result import JobResult
from tests.video_processor.motion_factory import FPS, lively
from video_processor.encoding import encode_segment
from video_processor.formats import FormatName, format_of
from video_processor.motion.export import save_motion

OWNER = "worker-1"
PATIENCE_SECONDS = 20


@dataclass
class WatchedService:
    """A service and the means to move its jobs. `app` has the routes; nothing stands before them."""

    settings: Settings
    engine: Engine
    jobs: SqlJobs
    service: Service
    app: FastAPI
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def submit(self, label: str = "Grace Hopper · Hello there", **request: Any) -> JobRecord:
        image = self.settings.data_dir / "grace.png"
        if not image.exists():
            Pillow.new("RGB", (640, 800), (200, 60, 30)).save(image)
        job = NewJob(id=new_id(), request={"image": str(image), **request}, label=label)
        return self.jobs.submit([job])[0]

    def start(self) -> JobRecord:
        """The job that has waited longest runs."""
        record = self.jobs.claim(OWNER)
        assert record is not None
        return record

    def advance(self, job: str, done: int, total: int = 5) -> None:
        progress = JobProgress(
            stage="video_generation", done=done, total=total, fraction=done / total, seconds_left=float(total - done)
        )
        self.jobs.renew(job, OWNER, thread_id="thread", progress=progress)

    def end(self, job: str, outcome: Outcome) -> JobRecord:
        assert self.jobs.finish(job, OWNER, outcome)
        return self.jobs.get(job)

    def complete(self, label: str = "Grace Hopper · Hello there", made: FormatName = "mp4", **result: Any) -> JobRecord:
        """A new job, made at once; its video, transparent where it can be, and its motion lie in their places."""
        job = self.submit(label, output=f"/somewhere/out.{made}").id
        self.start()
        motion = self.settings.data_dir / f"motion-{job}.npz"
        save_motion(motion, lively(3))
        write_video(output_path(self.settings, job, f".{made}"))
        return self.end(job, completed(**{"motion": str(motion), **result}))

    def fail(self, kind: str = "PortraitError") -> JobRecord:
        job = self.submit().id
        self.start()
        failure = JobFailure(kind=kind, message="No face.", cure="Use another picture.", mendable=True)
        return self.end(job, Outcome(status="failed", failure=failure))

    def set_times(self, job: str, **times: float) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == job).values(**times))

    def set_character(self, job: str, character: str | None) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == job).values(character=character))

    @contextmanager
    def served(self) -> Iterator[str]:
        """The base URL of a real server; it ends as `serve` does, the feed first."""
        config = uvicorn.Config(self.app, port=0, lifespan="off", ws="none", log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            until(lambda: server.started)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            self.service.feed.close()
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "the server did not end"


@contextmanager
def open_watched(folder: Path, **settings: Any) -> Iterator[WatchedService]:
    given = Settings(data_dir=folder / "data", **settings)
    engine = open_database(given)
    jobs = SqlJobs(engine, given)
    unused = cast(Any, None)
    service = Service(
        settings=given,
        dispatch=jobs,
        board=jobs,
        feed=JobFeed(jobs),
        desk=unused,
        previews=unused,
        speaking=unused,
        models=unused,
        characters=unused,
        live=LiveDesk(given),
        engine=engine,
    )
    app = FastAPI()
    for module in (estimate, events, media, metrics, stats, status, voices):
        app.include_router(module.router)
    add_problem_handlers(app)
    metrics.count_requests(app)
    app.state.service = service
    try:
        yield WatchedService(given, engine, jobs, service, app)
    finally:
        service.feed.close()
        engine.dispose()


def completed(**result: Any) -> Outcome:
    values: dict[str, Any] = {
        "status": "finished",
        "thread_id": "thread",
        "performance": {},
        "director": Choice("rules", "asked for"),
        "renderer": Choice("puppet", "asked for"),
        "duration": 2.0,
        "frames": 50,
        "fps": "25",
        "width": 64,
        "height": 64,
        "seconds": {"audio_processing": 0.2, "video_generation": 0.5, "total": 0.8},
        **result,
    }
    return Outcome(status="completed", result=JobResult(**values).to_json())


def write_video(path: Path, frames: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    clear = format_of(path).alpha_pixels is not None
    images = [np.full((64, 64, 3), 5 * index, np.uint8) for index in range(frames)]
    if clear:
        images = [np.dstack([image, np.zeros((64, 64), np.uint8)]) for image in images]
    encode_segment(images, path, size=Size(64, 64), fps=FPS, crf=30, preset="ultrafast", transparent=clear)


def until(happened: Any) -> None:
    """Waits until it has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
