"""What every stage has around it: a span, progress, and an end for all when one of them cannot go on."""

from collections.abc import Callable
from typing import Final, Protocol

from langgraph.runtime import Runtime

from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update

TOLD_ON_SPANS: Final = ("emotion", "confidence", "valence", "arousal", "emotion_sources")
"""What a stage's span keeps of its update."""

Node = Callable[[AvatarState, Runtime[RunContext]], Update]


class StageNode(Protocol):
    """A node as the graph calls it."""

    def __call__(self, state: AvatarState, runtime: Runtime[RunContext]) -> Update: ...


def staged(name: str, node: Node, wanted: Callable[[RunContext], bool] | None = None) -> StageNode:
    """The node with its span and its progress. Its failure stops the stages beside it.

    A stage that is not `wanted` in a run is passed by without a trace.
    """

    def stage(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
        context = runtime.context
        if wanted is not None and not wanted(context):
            return {}
        with context.stop.watching():
            context.report.stage(name, 0)
            with context.tracer.span(name) as span:
                update = node(state, runtime)
                span.set(**{key: update[key] for key in TOLD_ON_SPANS if key in update})
            context.report.stage(name, 1)
        return update

    return stage
