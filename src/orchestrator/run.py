"""Makes one video: from a request to a file in its place, going on where an earlier call was cut off."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from filelock import BaseFileLock, FileLock, Timeout
from langgraph.checkpoint.base import BaseCheckpointSaver

from audio_processor.captions.formats import CaptionForm
from avatar.files import atomic_file
from avatar.performance import Performance
from avatar.settings import Settings
from avatar.telemetry import begun_file, open_tracer, read_spans, trace_id
from avatar.tracing.reading import span_dicts
from models.hardware import Hardware, hardware_of
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, usable_folder
from orchestrator.captions import place_captions
from orchestrator.checkpoints import open_checkpoints
from orchestrator.choosing import draws_better_now, wants_of
from orchestrator.completing import complete_job
from orchestrator.context import (
    Cancelled,
    OnProgress,
    Progress,
    RunContext,
    Stopped,
    StopSign,
    is_retryable,
    new_context,
)
from orchestrator.director.choice import check_director
from orchestrator.driving import go_on, keep_score
from orchestrator.handing_in import hand_in
from orchestrator.job_trace import job_trace, tell_request, tell_result
from orchestrator.jobs.traces import FORGOTTEN_FILE, SPANS_FILE
from orchestrator.learning import Measuring, learn
from orchestrator.rendering import WarmSessions
from orchestrator.request import Job, JobRequest
from orchestrator.result import (
    WHOLE_JOB,
    JobResult,
    earlier_seconds,
    load_result,
    result_of,
    save_result,
    stage_seconds,
)
from orchestrator.versions import SCORE_FILE, remember_place
from orchestrator.wording import recogniser_for
from video_processor.hybrid_generator import choose, engines
from video_processor.renderers.base import Renderer

__all__ = ["SPANS_FILE", "JobRequest", "JobResult", "Progress", "run_job"]

_log = logging.getLogger(__name__)

OnBegin = Callable[[str], None]

LOOK_SECONDS: Final = 0.1
"""How often a call that waits for another one looks at its stop sign."""

SECONDS_PER_DAY: Final = 86_400.0
LEFT_SECONDS: Final = SECONDS_PER_DAY
"""A job that was stopped, and has not gone on for so long, may lose its artifacts."""

BYTES_PER_GIGABYTE: Final = 1_000_000_000
LOCK_FILE: Final = "lock"
RUNNING_FILE: Final = "running"
RESULT_FILE: Final = "result.json"


def run_job(
    request: JobRequest,
    settings: Settings,
    *,
    on_progress: OnProgress | None = None,
    fresh: bool = False,
    stop: StopSign | None = None,
    warm: WarmSessions | None = None,
    on_begin: OnBegin | None = None,
    counted_since: float | None = None,
    number: str | None = None,
    thread: str | None = None,
) -> JobResult:
    """Make the video that is asked for, and put it in its place.

    The same request goes on where a call that was cut off had come to, waits for one that is under way in another
    process, and is served at once where the video exists; `fresh` makes everything again. `on_progress` is called
    from several threads, one at a time. A request with `review` comes back with the status `waiting_review`
    until it is made again with a `performance`. Whoever puts up `stop` ends the run within a frame; it goes on from
    there another time. `warm` keeps prepared portraits for the next run in this process. The result's seconds are
    this call's, with those of calls since `counted_since` (seconds since the epoch) that were stopped. `number` is
    the job's in the queue, which names its trace. `thread` is the one to go on in where a job has waited there: by its
    settings of today the request might have another.

    Raises `InputError` and its kinds for what the caller can mend, other `AvatarError`s for what failed, and the cause
    that `stop` was put up with, or `Stopped` where it had none.
    """
    began = time.time()
    job, available, hardware = _checked(request, settings)
    thread_id = thread or job.thread_id(settings)
    stop = stop or StopSign()
    if on_begin is not None:
        on_begin(thread_id)
    usable_folder(settings.data_dir)
    folder = usable_folder(settings.data_dir / "jobs" / thread_id)
    own = Measuring(hardware.device.name, warm.loaded if warm else ())
    with _alone(folder, on_progress, stop):
        (folder / FORGOTTEN_FILE).unlink(missing_ok=True)
        trace, spans = job_trace(request, thread_id, number), folder / SPANS_FILE
        with open_tracer(settings, spans, trace) as tracer, tracer.span(WHOLE_JOB, thread=thread_id) as whole:
            tell_request(whole, request)
            context = new_context(
                job,
                settings,
                folder,
                tracer,
                available,
                hardware=hardware,
                fresh=fresh,
                on_progress=on_progress,
                stop=stop,
                warm=warm,
            )
            source = (request.forked_from or {}).get("thread")
            with context.drawing:
                result = _finished_before(folder, context) or _make(folder, thread_id, context, source, fresh=fresh)
            placed = _placed(result, job, request.captions)
            if placed.video is not None:
                remember_place(folder, job.output)
            seconds = _seconds(spans, began, counted_since or began)
            tell_result(tracer, whole, placed, seconds["total"])
        learn(context, placed, read_spans(spans), began, own)
        return replace(placed, seconds=seconds)


def _checked(request: JobRequest, settings: Settings) -> tuple[Job, dict[str, Renderer], Hardware]:
    """The complete job, the engines, and the hardware of their networks; refused is what cannot be made here."""
    weights = WeightStore.of(settings)
    hardware = hardware_of(settings)
    available = engines(weights, hardware, puppet_device=settings.puppet_device)
    job = complete_job(request, settings)
    choose(job.renderer, available, weights, wants=wants_of(job), hardware=hardware)
    check_director(job.director, settings, is_asked=job.performance is None)
    recogniser_for(job, weights)
    return job, available, hardware


def _seconds(spans_file: Path, began: float, since: float) -> dict[str, float]:
    spans = read_spans(spans_file)
    total = earlier_seconds(spans, since, began) + time.time() - began
    return {**stage_seconds(spans, since), "total": round(total, 4)}


@contextmanager
def _alone(folder: Path, on_progress: OnProgress | None, stop: StopSign) -> Iterator[None]:
    """Holds the job's lock; says that it waits where another call holds it, until `stop` is put up."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_progress is not None:
            on_progress(Progress("waiting", 0, 1))
        _wait_for(lock, stop)
    try:
        yield
    finally:
        lock.release()


def _wait_for(lock: BaseFileLock, stop: StopSign) -> None:
    while not lock.is_locked:
        try:
            stop.check()
            lock.acquire(timeout=LOOK_SECONDS)
        except Timeout:
            continue
        except Stopped as stopped:
            raise stop.cause or stopped from None


def _finished_before(folder: Path, context: RunContext) -> JobResult | None:
    """What an earlier call made, where its files are still there and it played the performance that is wanted."""
    result = load_result(folder / RESULT_FILE)
    if result is None or result.artifact is None or result.motion is None:
        return None
    if not _plays(context.job, result) or _may_direct_better(result, context) or draws_better_now(result, context):
        return None
    needed = [result.artifact, result.motion, *([result.captions] if result.captions else [])]
    if not all(context.artifacts.is_finished(Path(path)) for path in needed):
        return None
    return replace(result, served=True)


def _plays(job: Job, result: JobResult) -> bool:
    """Whether it plays what the job brings: as it came, or laid onto the speech."""
    if job.performance is None or job.is_played_by(result.performance):
        return True
    overridden = Performance.model_validate(job.performance).overridden(job.controls).model_dump(mode="json")
    asked = (job.performance, overridden)
    return any(hand_in(performance, result.speech).performance == result.performance for performance in asked)


def _may_direct_better(result: JobResult, context: RunContext) -> bool:
    """Whether rules stood in for a model, which may answer this time, and no person has seen to it."""
    stood_in = result.direction_report is not None and result.direction_report["fallback"] is not None
    return stood_in and context.job.performance is None and not context.job.review


def _make(folder: Path, thread_id: str, context: RunContext, source: str | None, *, fresh: bool) -> JobResult:
    running = folder / RUNNING_FILE
    if not running.exists():
        running.touch()
    with open_checkpoints(context.settings) as saver:
        try:
            state = go_on(saver, thread_id, context, fresh=fresh, source=source)
        except Exception as error:
            if not context.stop.from_outside and not is_retryable(error):
                _keep_score_of_failed(saver, folder, context)
            if not context.stop.from_outside or isinstance(context.stop.cause, Cancelled):
                running.unlink(missing_ok=True)
            raise
        result = result_of(state, context.job, thread_id)
        if result.status == "finished":
            save_result(folder / RESULT_FILE, result)
            _keep_score(saver, folder, context)
        _forget_old_scores(saver, folder.parent, context)
    _forget_old_traces(folder.parent, context)
    prune_artifacts(folder.parent, context.settings, context.artifacts)
    running.unlink()
    return result


def _keep_score(saver: BaseCheckpointSaver[Any], folder: Path, context: RunContext) -> None:
    """For other runs to fork, as long as a job's video is kept."""
    if keep_score(saver, folder.name, context):
        (folder / SCORE_FILE).touch()


def _keep_score_of_failed(saver: BaseCheckpointSaver[Any], folder: Path, context: RunContext) -> None:
    """Never raises: the caller is to learn why the job failed."""
    try:
        _keep_score(saver, folder, context)
    except Exception:
        _log.exception("what the failed job %s has worked out is not kept", folder.name)


def _forget_old_scores(saver: BaseCheckpointSaver[Any], jobs: Path, context: RunContext) -> None:
    oldest = time.time() - context.settings.retention_days * SECONDS_PER_DAY
    for score in jobs.glob(f"*/{SCORE_FILE}"):
        with suppress(FileNotFoundError):
            if score.stat().st_mtime < oldest and not (score.parent / RUNNING_FILE).exists():
                saver.delete_thread(score.parent.name)
                score.unlink()


def _forget_old_traces(jobs: Path, context: RunContext) -> None:
    """Those of commands: a trace of the queue goes with its job."""
    oldest = time.time() - context.settings.retention_days * SECONDS_PER_DAY
    for spans in jobs.glob(f"*/{SPANS_FILE}"):
        with suppress(FileNotFoundError, Timeout):
            if spans.stat().st_mtime < oldest:
                with FileLock(spans.parent / LOCK_FILE, timeout=0):
                    _forget_trace(spans)


def _forget_trace(spans: Path) -> None:
    files, own = (spans, begun_file(spans)), trace_id(spans.parent.name)
    if all(span["traceId"] == own for file in files for span in span_dicts(file)):
        for file in files:
            file.unlink(missing_ok=True)


def _placed(result: JobResult, job: Job, forms: Sequence[CaptionForm]) -> JobResult:
    """Copies the finished video to where it was asked for; a copy, so that nobody's edits reach the artifact.

    Beside it come the captions that were asked for, where there are words.
    """
    if result.artifact is None:
        return result
    written = place_captions(result.captions, Path(job.output), forms)
    with atomic_file(Path(job.output)) as partial:
        shutil.copyfile(result.artifact, partial)
    return replace(result, video=job.output, caption_files=written)


def prune_artifacts(jobs: Path, settings: Settings, artifacts: ArtifactStore) -> None:
    """Drops the artifacts used longest ago, but none that a job in hand has used, in any process or to go on soon."""
    since = [begun for running in jobs.glob(f"*/{RUNNING_FILE}") if (begun := _in_hand_since(running)) is not None]
    limit = int(settings.max_artifact_gigabytes * BYTES_PER_GIGABYTE)
    artifacts.prune(limit, min(since, default=time.time()))


def _in_hand_since(running: Path) -> float | None:
    """When the job began, in seconds since the epoch; None where it was left long ago or has ended just now."""
    try:
        begun = running.stat().st_mtime
    except FileNotFoundError:
        return None
    return begun if begun > time.time() - LEFT_SECONDS or is_held(running.parent) else None


def is_held(folder: Path) -> bool:
    """Whether a call has the job of that folder in hand."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
