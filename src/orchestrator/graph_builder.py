"""The graph: edges and routing, nothing else."""

from typing import Final

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from orchestrator.context import RunContext, is_retryable
from orchestrator.forking import inheritable
from orchestrator.nodes.assemble import assemble
from orchestrator.nodes.audio_processing import audio_processing
from orchestrator.nodes.emotion_detection import emotion_detection
from orchestrator.nodes.expression_tracking import expression_tracking, is_wanted
from orchestrator.nodes.mistral_controller import mistral_controller
from orchestrator.nodes.motion_synthesis import motion_synthesis
from orchestrator.nodes.plan_chunks import next_chunks, plan_chunks
from orchestrator.nodes.portrait_analysis import portrait_analysis
from orchestrator.nodes.review import review
from orchestrator.nodes.soundtrack import soundtrack
from orchestrator.nodes.staging import Node, staged, traced
from orchestrator.nodes.video_generation import video_generation
from orchestrator.state import AvatarState, ChunkTask

BEFORE_REVIEW: Final[dict[str, Node]] = {
    "audio_processing": audio_processing,
    "portrait_analysis": portrait_analysis,
    "expression_tracking": expression_tracking,
    "emotion_detection": emotion_detection,
    "mistral_controller": mistral_controller,
}

RETRY: Final = RetryPolicy(max_attempts=2, retry_on=is_retryable)


def _is_reviewed(context: RunContext) -> bool:
    return context.job.review


def build_graph() -> StateGraph[AvatarState, RunContext]:
    graph = StateGraph(AvatarState, context_schema=RunContext)
    for name, node in BEFORE_REVIEW.items():
        wanted = is_wanted if node is expression_tracking else None
        graph.add_node(name, inheritable(name, staged(name, node, wanted)), retry_policy=RETRY)
    graph.add_node("review", traced("review", review, _is_reviewed))
    graph.add_node("motion_synthesis", staged("motion_synthesis", motion_synthesis))
    graph.add_node("plan_chunks", traced("plan_chunks", plan_chunks))
    graph.add_node("video_generation", video_generation, input_schema=ChunkTask)
    graph.add_node("soundtrack", staged("soundtrack", soundtrack))
    graph.add_node("assemble", staged("assemble", assemble))

    graph.add_edge(START, "audio_processing")
    graph.add_edge(START, "portrait_analysis")
    graph.add_edge(START, "expression_tracking")
    graph.add_edge(["audio_processing", "portrait_analysis", "expression_tracking"], "emotion_detection")
    graph.add_edge("emotion_detection", "mistral_controller")
    graph.add_edge("mistral_controller", "review")
    graph.add_edge("review", "motion_synthesis")
    graph.add_edge("motion_synthesis", "plan_chunks")
    graph.add_conditional_edges("plan_chunks", next_chunks, ["video_generation", "soundtrack", "assemble"])
    graph.add_edge("video_generation", "plan_chunks")
    graph.add_edge("soundtrack", "plan_chunks")
    graph.add_edge("assemble", END)
    return graph
