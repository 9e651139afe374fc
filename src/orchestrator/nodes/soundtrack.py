"""The original sound becomes the video's sound track."""

from pathlib import Path
from typing import Final

from langgraph.runtime import Runtime

from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update
from video_processor.encoding import encode_soundtrack

SOUNDTRACK_FILE: Final = "soundtrack.m4a"


def soundtrack(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Encoded once, beside the chunks, and as long as the sound itself, which the picture covers.

    One artifact, a folder: the coded frames, which can be heard while they are made, and last the whole track.
    """
    context = runtime.context
    path = soundtrack_path(context)
    if not context.artifacts.is_finished(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        encode_soundtrack(
            Path(context.job.audio or state["audio_input"]),
            path,
            bitrate=context.settings.audio_bitrate,
            duration=state["audio_features"]["duration"],
            frames_in=path.parent,
            check=context.stop.check,
        )
        context.artifacts.finished(path)
    return {"artifacts": {"soundtrack": str(path)}}


def soundtrack_path(context: RunContext) -> Path:
    """Where the soundtrack lies, or will."""
    return context.artifacts.path("soundtrack", soundtrack_key(context)) / SOUNDTRACK_FILE


def soundtrack_key(context: RunContext) -> str:
    return artifact_key("soundtrack", context.job.sound, context.settings.audio_bitrate)
