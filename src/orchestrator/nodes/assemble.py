"""Segments and soundtrack become one file."""

from pathlib import Path

from langgraph.runtime import Runtime

from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.rendering import chunk_total
from orchestrator.state import AvatarState, RenderRecord, Update
from video_processor.encoding import assemble_video, encode_soundtrack


def assemble(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Joins without encoding again; the sound keeps its own length, which the picture covers."""
    context, render = runtime.context, state["render"]
    path = video_path(context, render)
    if not context.artifacts.is_finished(path):
        soundtrack = _soundtrack(state, context)
        assemble_video(_segments(state, render), soundtrack, path, fps=context.job.rate)
        context.artifacts.finished(path)
    update: Update = {"final_video": str(path), "output_path": context.job.output}
    if state["enhancer"]["name"] != "none":
        update["enhanced_video"] = str(path)
    return update


def video_path(context: RunContext, render: RenderRecord) -> Path:
    """Where the finished video of a render lies, or will."""
    return context.artifacts.path("video", artifact_key(render["key"], _sound_key(context)), ".mp4")


def _sound_key(context: RunContext) -> str:
    return artifact_key("soundtrack", context.job.sound, context.settings.audio_bitrate)


def _segments(state: AvatarState, render: RenderRecord) -> list[Path]:
    paths = {chunk["index"]: Path(chunk["path"]) for chunk in state["chunks"] if chunk["engine"] == render["engine"]}
    return [paths[index] for index in range(chunk_total(render))]


def _soundtrack(state: AvatarState, context: RunContext) -> Path:
    path = context.artifacts.path("soundtrack", _sound_key(context), ".m4a")
    if not context.artifacts.is_finished(path):
        source = Path(context.job.audio or state["audio_input"])
        duration = state["audio_features"]["duration"]
        encode_soundtrack(source, path, bitrate=context.settings.audio_bitrate, duration=duration)
        context.artifacts.finished(path)
    return path
