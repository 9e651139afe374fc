"""The original sound becomes the video's sound track."""

from pathlib import Path
from typing import Final

from langgraph.runtime import Runtime

from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update
from video_processor.encoding import encode_soundtrack

SOUNDTRACK_NAME: Final = "soundtrack"


def soundtrack(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Encoded once, beside the chunks, and as long as the sound itself, which the picture covers.

    One artifact, a folder: where the video can be watched while it is made the coded frames, and last the whole track.
    """
    context = runtime.context
    path = soundtrack_path(context)
    if not context.artifacts.is_finished(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        encode_soundtrack(
            Path(context.job.audio or state["audio_input"]),
            path,
            bitrate=context.job.coding.audio_bitrate,
            duration=state["audio_features"]["duration"],
            frames_in=path.parent if context.job.video_format.streams else None,
            check=context.stop.check,
        )
        context.artifacts.finished(path)
    return {"artifacts": {"soundtrack": str(path)}}


def soundtrack_path(context: RunContext) -> Path:
    """Where the soundtrack lies, or will."""
    name = f"{SOUNDTRACK_NAME}{context.job.video_format.sound_suffix}"
    return context.artifacts.path("soundtrack", soundtrack_key(context)) / name


def soundtrack_key(context: RunContext) -> str:
    made = context.job.video_format
    return artifact_key(
        "soundtrack", context.job.sound, context.job.coding.audio_bitrate, made.sound_suffix, made.streams
    )
