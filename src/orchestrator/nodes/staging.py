"""What every stage has around it: a span, progress, and an end for all when one of them cannot go on."""

from collections.abc import Callable
from typing import Protocol

from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from orchestrator.context import RunContext
from orchestrator.job_trace import score_direction
from orchestrator.shapes import inputs_of, shape_of
from orchestrator.state import AvatarState, Update

Node = Callable[[AvatarState, Runtime[RunContext]], Update]


class StageNode(Protocol):
    """A node as the graph calls it."""

    def __call__(self, state: AvatarState, runtime: Runtime[RunContext]) -> Update: ...


def staged(name: str, node: Node, wanted: Callable[[RunContext], bool] | None = None) -> StageNode:
    """The node with its span and its progress. Its failure stops the stages beside it.

    A stage that is not `wanted` in a run is passed by without a trace.
    """
    inner = traced(name, node)

    def stage(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
        context = runtime.context
        if wanted is not None and not wanted(context):
            return {}
        with context.stop.watching():
            context.report.stage(name, 0)
            update = inner(state, runtime)
            context.report.stage(name, 1)
        return update

    return stage


def traced(name: str, node: Node, wanted: Callable[[RunContext], bool] | None = None) -> StageNode:
    """The node with its span, which tells the shapes of what it works on. A graph's interrupt is no failure."""

    def spanned(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
        context = runtime.context
        if wanted is not None and not wanted(context):
            return node(state, runtime)
        waits: GraphBubbleUp | None = None
        update: Update = {}
        with context.tracer.span(name, **inputs_of(state, context.job.fps)) as span:
            try:
                update = node(state, runtime)
                span.set(**shape_of(update))
                if (report := update.get("direction_report")) is not None:
                    score_direction(context.tracer, report)
            except GraphBubbleUp as interrupt:
                span.set(waits=True)
                waits = interrupt
        if waits is not None:
            raise waits
        return update

    return spanned
