"""The original sound becomes the video's sound track."""

from pathlib import Path

from langgraph.runtime import Runtime

from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update
from video_processor.encoding import encode_soundtrack


def soundtrack(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Encoded once, beside the chunks, and as long as the sound itself, which the picture covers."""
    context = runtime.context
    path = context.artifacts.path("soundtrack", soundtrack_key(context), ".m4a")
    if not context.artifacts.is_finished(path):
        encode_soundtrack(
            Path(context.job.audio or state["audio_input"]),
            path,
            bitrate=context.settings.audio_bitrate,
            duration=state["audio_features"]["duration"],
        )
        context.artifacts.finished(path)
    return {"artifacts": {"soundtrack": str(path)}}


def soundtrack_key(context: RunContext) -> str:
    return artifact_key("soundtrack", context.job.sound, context.settings.audio_bitrate)
