"""The graph as LangGraph's own tools open it: a node that takes a request and walks the pipeline with it.

The pipeline is the one that `build_graph` makes, run as a subgraph with a `RunContext` that is made from the request
whenever the node runs. So nothing outlives a run, and a run that goes on after a restart has all that it needs.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from shutil import copyfile
from typing import Any, Final, cast

from filelock import AsyncFileLock
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.graph import END, START, StateGraph
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from avatar import __version__
from avatar.errors import AvatarError, InputError
from avatar.files import atomic_file
from avatar.settings import Settings, load_settings
from avatar.telemetry import JobTrace, open_tracer, trace_id
from models.hardware import hardware_of
from models.weights import WeightStore
from orchestrator.artifacts import code_version, usable_folder
from orchestrator.completing import complete_job
from orchestrator.context import RunContext, new_context
from orchestrator.driving import MOST_STEPS, STAGES_SIDE_BY_SIDE, Graph
from orchestrator.graph_builder import build_graph
from orchestrator.request import Job, JobRequest
from orchestrator.result import WHOLE_JOB, result_of
from orchestrator.run import LOCK_FILE, RUNNING_FILE, SPANS_FILE
from orchestrator.state import AvatarState, ChoiceRecord, ErrorRecord
from video_processor.hybrid_generator import engines

PIPELINE: Final[Graph] = build_graph().compile()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioRequest(JobRequest):
    """A `JobRequest` whose video goes to DATA_DIR/outputs where `output` is empty."""

    output: str | Path = ""


class StudioInput(TypedDict):
    """What a run is started with; the state holds it as the JSON that it came in."""

    request: StudioRequest


class StudioOutput(TypedDict, total=False):
    """What became of it: fields of `JobResult`, whose `video` is the `final_video` here."""

    final_video: str
    duration: float
    frames: int
    renderer: ChoiceRecord
    director: ChoiceRecord
    hearing: ChoiceRecord
    speaker: ChoiceRecord
    emotion: str
    confidence: float
    transcribed_text: str
    performance: dict[str, Any]
    notes: list[str]
    errors: list[ErrorRecord]


class StudioState(StudioInput, StudioOutput):
    """Both."""


class RunFailed(RuntimeError):  # noqa: N818 - its name is what people read
    """A known error. LangGraph's server keeps the messages of errors to itself, but for those of Python's own kinds."""


async def avatar(state: StudioState) -> StudioOutput:
    """LangGraph's interrupt asks for the review. Raises `RunFailed`, which tells the kind, message and cure."""
    try:
        settings, job = await asyncio.to_thread(wanted, cast(Mapping[str, Any], state["request"]))
        async with _opened(job, settings) as context:
            return await asyncio.to_thread(_placed, await _walk(PIPELINE, context), job)
    except AvatarError as error:
        raise RunFailed(f"{type(error).__name__}: {error}") from error


async def _walk(pipeline: Graph, context: RunContext) -> AvatarState:
    """The pipeline's state at its end. A run that is cancelled stops within a frame."""
    job = context.job
    first: AvatarState = {"request": job.to_json(), "image_input": job.image, "output_path": job.output}
    config: RunnableConfig = {
        "max_concurrency": max(STAGES_SIDE_BY_SIDE, context.settings.workers),
        "recursion_limit": MOST_STEPS,
    }
    try:
        return cast(AvatarState, await pipeline.ainvoke(first, config, context=context))
    except GraphBubbleUp:
        raise
    except Exception as error:
        raise context.stop.cause or error from None
    except asyncio.CancelledError:
        context.stop.put_up()
        raise


def wanted(request: Mapping[str, Any]) -> tuple[Settings, Job]:
    """The complete job that the JSON asks for. Raises `InputError`."""
    known = [field.name for field in fields(StudioRequest)]
    if unknown := [name for name in request if name not in known]:
        raise InputError(f"The request has an unknown key {unknown[0]}.", cure=f"Its keys may be: {', '.join(known)}.")
    try:
        asked = TypeAdapter(StudioRequest).validate_python(dict(request))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"The request's {where} cannot be used: {first['msg']}.", cure="Correct it.") from None
    settings = load_settings()
    if asked.output:
        return settings, complete_job(asked, settings)
    outputs = usable_folder(settings.data_dir / "outputs")
    job = complete_job(replace(asked, output=outputs / "video.mp4"), settings)
    return settings, replace(job, output=str(outputs / f"{job.thread_id(settings)}{job.video_format.suffix}"))


@asynccontextmanager
async def _opened(job: Job, settings: Settings) -> AsyncIterator[RunContext]:
    """The job's context, with its lock held. Files are opened in threads: the server's event loop never waits."""
    folder = await asyncio.to_thread(usable_folder, settings.data_dir / "jobs" / job.thread_id(settings))
    async with AsyncFileLock(folder / LOCK_FILE):
        with_files = ExitStack()
        context = await asyncio.to_thread(with_files.enter_context, _context(job, settings, folder))
        try:
            yield context
        finally:
            await asyncio.to_thread(with_files.close)


@contextmanager
def _context(job: Job, settings: Settings, folder: Path) -> Iterator[RunContext]:
    """While it is open, `running` keeps the job's artifacts from being removed."""
    running = folder / RUNNING_FILE
    running.touch()
    try:
        trace = JobTrace(id=trace_id(folder.name), version=__version__, release=code_version())
        with open_tracer(settings, folder / SPANS_FILE, trace) as tracer:
            hardware = hardware_of(settings)
            available = engines(WeightStore.of(settings), hardware, puppet_device=settings.puppet_device)
            context = new_context(job, settings, folder, tracer, available, hardware=hardware)
            whole = tracer.begin(WHOLE_JOB, thread=folder.name)
            try:
                with context.drawing:
                    yield context
            finally:
                tracer.end(whole)
    finally:
        running.unlink()


def _placed(final: AvatarState, job: Job) -> StudioOutput:
    """The outcome, with the video copied to where it was asked for."""
    with atomic_file(Path(job.output)) as partial:
        copyfile(final["final_video"], partial)
    result = result_of(final, job, "").to_json()
    told = {name: result[name] for name in StudioOutput.__annotations__ if name in result}
    return cast(StudioOutput, {"final_video": job.output, **told})


def studio_graph() -> StateGraph[StudioState, None, StudioInput, StudioOutput]:
    graph = StateGraph(StudioState, input_schema=StudioInput, output_schema=StudioOutput)
    graph.add_node("avatar", avatar)
    graph.add_edge(START, "avatar")
    graph.add_edge("avatar", END)
    return graph


graph: Final = studio_graph().compile()
