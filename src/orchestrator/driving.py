"""Walks a job through the graph, from its start or from its newest checkpoint."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final, cast

import cv2
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot
from langsmith import tracing_context
from threadpoolctl import threadpool_limits

from orchestrator.checkpoints import forget_history
from orchestrator.chunks import chunk_total, drawn_chunks
from orchestrator.context import RunContext
from orchestrator.forking import before_motion, inherited_state, program
from orchestrator.graph_builder import build_graph
from orchestrator.request import Job
from orchestrator.state import AvatarState
from orchestrator.stream_plan import forget_plan

MOST_STEPS: Final = 100_000
"""LangGraph's own limit of 25 steps would end a long video."""

STAGES_SIDE_BY_SIDE: Final = 2
"""A bad picture is refused while the sound is read even where one chunk is drawn at a time."""

Graph = CompiledStateGraph[AvatarState, RunContext, AvatarState, AvatarState]


def go_on(
    saver: BaseCheckpointSaver[str], thread_id: str, context: RunContext, *, fresh: bool, source: str | None = None
) -> AvatarState:
    """The job's state at its end, or where it waits for review.

    A run that was cut off goes on. Else what the thread remembers, or the thread `source` where it remembers nothing,
    is used as far as it holds; nothing is with `fresh`.
    """
    graph = build_graph().compile(checkpointer=saver)
    config = _config(thread_id, context)
    snapshot = graph.get_state(config)
    remembered = cast(AvatarState, snapshot.values)
    waits = bool(snapshot.interrupts)
    is_under_way = bool(snapshot.next) and not _has_ended(snapshot)
    wanted = remembered.get("program") == program() and (waits or _is_wanted(remembered, context.job))
    if fresh or not is_under_way or not wanted or not _is_whole(remembered, context):
        before = {} if fresh else remembered or (remembered_by(saver, source) if source else {})
        first_input: Any = _first_state(context, before)
        saver.delete_thread(thread_id)
        forget_plan(context.folder)
    elif waits and context.job.performance is None:
        return remembered
    else:
        first_input = Command(resume=context.job.performance) if waits else None
        tell_chunks(snapshot, context)
    _walk(graph, first_input, config, context)
    return cast(AvatarState, graph.get_state(config).values)


def keep_score(saver: BaseCheckpointSaver[str], thread_id: str, context: RunContext) -> bool:
    """Of a run that has ended, keep what comes before its motion, as one checkpoint after `review`, for others to fork.

    False where the run did not come so far, and nothing is kept.
    """
    graph = build_graph().compile(checkpointer=saver)
    config = _config(thread_id, context)
    state = cast(AvatarState, graph.get_state(config).values)
    saver.delete_thread(thread_id)
    if "director" not in state:
        return False
    graph.update_state(config, before_motion(state), as_node="review")
    return True


def remembered_by(saver: BaseCheckpointSaver[str], thread_id: str) -> AvatarState:
    """The state of a thread; empty where it remembers nothing."""
    graph = build_graph().compile(checkpointer=saver)
    return cast(AvatarState, graph.get_state({"configurable": {"thread_id": thread_id}}).values)


def _config(thread_id: str, context: RunContext) -> RunnableConfig:
    return {
        "configurable": {"thread_id": thread_id},
        "max_concurrency": max(STAGES_SIDE_BY_SIDE, context.settings.workers),
        "recursion_limit": MOST_STEPS,
    }


def _has_ended(snapshot: StateSnapshot) -> bool:
    """Whether it is what `keep_score` kept."""
    return (snapshot.metadata or {}).get("source") == "update"


def tell_chunks(snapshot: StateSnapshot, context: RunContext) -> None:
    """Where the chunks stand in the middle of a wave, whose planning is not done again.

    The snapshot's values hold what finished tasks of the wave have written.
    """
    render = snapshot.values.get("render")
    if render is None or "final_video" in snapshot.values:
        return
    kept = drawn_chunks(cast(AvatarState, snapshot.values), render)
    context.report.chunks(len(kept), chunk_total(render))


def _first_state(context: RunContext, before: AvatarState) -> AvatarState:
    """What the job asks for, and what of an earlier run's state holds for it."""
    job = context.job
    asked: AvatarState = {
        "request": job.to_json(),
        "image_input": job.image,
        "output_path": job.output,
        "program": program(),
    }
    return {**inherited_state(before, job, context.artifacts), **asked}


def _is_whole(state: Mapping[str, Any], context: RunContext) -> bool:
    """Whether all that the state points to exists, which counts as a use: old artifacts may have been pruned since."""
    chunks = [chunk["path"] for chunk in state.get("chunks", ())]
    paths = [Path(path) for path in (*state.get("artifacts", {}).values(), *chunks)]
    return all(context.artifacts.is_finished(path) for path in paths)


def _is_wanted(state: AvatarState, job: Job) -> bool:
    """Whether the run that was cut off plays the performance that is asked for now."""
    return "performance" not in state or job.is_played_by(state["performance"])


def _walk(graph: Graph, first_input: Any, config: RunnableConfig, context: RunContext) -> None:
    """Runs the graph in a thread of its own, so that an interrupted caller can stop the stages before it leaves."""
    with ThreadPoolExecutor(1) as pool:
        walk = pool.submit(copy_context().run, _steps, graph, first_input, config, context)
        try:
            walk.result()
        except Exception as error:
            raise context.stop.cause or error from None
        except BaseException:
            context.stop.put_up()
            raise


def _steps(graph: Graph, first_input: Any, config: RunnableConfig, context: RunContext) -> None:
    """What the job says and shows goes to no tracer of LangChain's own, whatever the environment asks for."""
    saver = cast(BaseCheckpointSaver[str], graph.checkpointer)
    with _own_threads(context.settings.workers), tracing_context(enabled=False):
        for update in graph.stream(first_input, config, context=context, stream_mode="updates", durability="sync"):
            if "plan_chunks" in update:
                forget_history(saver, config["configurable"]["thread_id"])


@contextmanager
def _own_threads(workers: int) -> Iterator[None]:
    """Where chunks are drawn side by side, OpenCV and BLAS start no threads of their own: they would only collide."""
    if workers == 1:
        yield
        return
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        yield
