"""Makes one video: from a request to a file in its place, going on where an earlier call was cut off."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from avatar.files import atomic_file
from avatar.settings import Settings
from avatar.telemetry import open_tracer, read_spans
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, usable_folder
from orchestrator.checkpoints import open_checkpoints
from orchestrator.context import OnProgress, Progress, Reporter, RunContext, StopSign
from orchestrator.director.choice import choose_director
from orchestrator.driving import go_on
from orchestrator.rendering import OpenRenders
from orchestrator.request import Job, JobRequest, complete_job
from orchestrator.result import WHOLE_JOB, JobResult, load_result, result_of, save_result, stage_seconds
from video_processor.hybrid_generator import choose, engines

__all__ = ["JobRequest", "JobResult", "Progress", "run_job"]

BYTES_PER_GIGABYTE: Final = 1_000_000_000
LOCK_FILE: Final = "lock"
RUNNING_FILE: Final = "running"
RESULT_FILE: Final = "result.json"
SPANS_FILE: Final = "spans.jsonl"


def run_job(
    request: JobRequest, settings: Settings, *, on_progress: OnProgress | None = None, fresh: bool = False
) -> JobResult:
    """Make the video that is asked for, and put it in its place.

    The same request goes on where a call that was cut off had come to, waits for one that is under way in another
    process, and is served at once where the video exists; `fresh` makes everything again. `on_progress` is called
    from several threads, one at a time. A request with `review` comes back with the status `waiting_review`
    until it is made again with a `performance`.

    Raises `InputError` and its kinds for what the caller can mend, other `AvatarError`s for what failed.
    """
    began = time.time()
    weights = WeightStore(settings.checkpoints_dir)
    available = engines(weights)
    job = complete_job(request, settings)
    choose(job.renderer, available, weights)
    choose_director(job.director)
    thread_id = job.thread_id(settings)
    usable_folder(settings.data_dir)
    folder = usable_folder(settings.data_dir / "jobs" / thread_id)
    artifacts = ArtifactStore(settings.data_dir / "artifacts", fresh=fresh)
    with _alone(folder, on_progress):
        with open_tracer(settings, folder / SPANS_FILE) as tracer, tracer.span(WHOLE_JOB, thread=thread_id):
            context = RunContext(
                job=job,
                settings=settings,
                artifacts=artifacts,
                weights=weights,
                engines=available,
                renders=OpenRenders(settings.workers),
                tracer=tracer,
                report=Reporter(on_progress),
                stop=StopSign(),
            )
            result = _finished_before(folder, context) or _make(folder, thread_id, context, fresh=fresh)
        seconds = {**stage_seconds(read_spans(folder / SPANS_FILE), began), "total": round(time.time() - began, 4)}
        return replace(_placed(result, job), seconds=seconds)


@contextmanager
def _alone(folder: Path, on_progress: OnProgress | None) -> Iterator[None]:
    """Holds the job's lock; says that it waits where another call holds it."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_progress is not None:
            on_progress(Progress("waiting", 0, 1))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _finished_before(folder: Path, context: RunContext) -> JobResult | None:
    """What an earlier call made, where its files are still there and it played the performance that is wanted."""
    result = load_result(folder / RESULT_FILE)
    if result is None or result.artifact is None or result.motion is None:
        return None
    if not context.job.is_played_by(result.performance):
        return None
    if not all(context.artifacts.is_finished(Path(path)) for path in (result.artifact, result.motion)):
        return None
    return replace(result, served=True)


def _make(folder: Path, thread_id: str, context: RunContext, *, fresh: bool) -> JobResult:
    running = folder / RUNNING_FILE
    if not running.exists():
        running.touch()
    with open_checkpoints(context.settings.data_dir / "checkpoints.sqlite") as saver:
        try:
            state = go_on(saver, thread_id, context, fresh=fresh)
        except Exception:
            saver.delete_thread(thread_id)
            running.unlink()
            raise
        result = result_of(state, context.job, thread_id)
        if result.status == "finished":
            save_result(folder / RESULT_FILE, result)
            saver.delete_thread(thread_id)
    _prune(folder.parent, context)
    running.unlink()
    return result


def _placed(result: JobResult, job: Job) -> JobResult:
    """Copies the finished video to where it was asked for; a copy, so that nobody's edits reach the artifact."""
    if result.artifact is None:
        return result
    with atomic_file(Path(job.output)) as partial:
        shutil.copyfile(result.artifact, partial)
    return replace(result, video=job.output)


def _prune(jobs: Path, context: RunContext) -> None:
    """Drops the artifacts used longest ago, but none that a job in hand, in any process, has used."""
    since = [running.stat().st_mtime for running in jobs.glob(f"*/{RUNNING_FILE}") if _is_held(running.parent)]
    limit = int(context.settings.max_artifact_gigabytes * BYTES_PER_GIGABYTE)
    context.artifacts.prune(limit, min(since, default=time.time()))


def _is_held(folder: Path) -> bool:
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
