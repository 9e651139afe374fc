"""Segments and soundtrack become one file, which is looked at before it counts as made."""

from pathlib import Path
from typing import Final

from langgraph.runtime import Runtime

from orchestrator.artifacts import artifact_key
from orchestrator.chunks import chunk_total, drawn_chunks
from orchestrator.context import RunContext
from orchestrator.inspection import inspected
from orchestrator.nodes.soundtrack import soundtrack_key
from orchestrator.state import AvatarState, RenderRecord, Update
from video_processor.encoding import assemble_video
from video_processor.quality.gate import MOUTH_IN_STEP

QUALITY_GATE: Final = "quality_gate"


def assemble(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Joins without encoding again. What the quality gate refuses is removed."""
    context, render = runtime.context, state["render"]
    path = video_path(context, render)
    if not context.artifacts.is_finished(path):
        sound = Path(state["artifacts"]["soundtrack"])
        assemble_video(_segments(state, render), sound, path, fps=context.job.rate)
        context.artifacts.finished(path)
    with context.tracer.span(QUALITY_GATE) as span:
        quality = inspected(context, render, path)
        span.set(checked=sum(check["done"] for check in quality), frames=render["frames"])
        for check in quality:
            if check["name"] == MOUTH_IN_STEP and "measure" in check:
                context.tracer.score("lip_sync", check["measure"])
    update: Update = {"final_video": str(path), "output_path": context.job.output, "quality": quality}
    if state["enhancer"]["name"] != "none":
        update["enhanced_video"] = str(path)
    return update


def video_path(context: RunContext, render: RenderRecord) -> Path:
    """Where the finished video of a render lies, or will."""
    return context.artifacts.path("video", artifact_key(render["key"], soundtrack_key(context)), f".{render['format']}")


def _segments(state: AvatarState, render: RenderRecord) -> list[Path]:
    paths = drawn_chunks(state, render)
    return [paths[index] for index in range(chunk_total(render))]
