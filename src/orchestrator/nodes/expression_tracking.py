"""The film of a person becomes an expression that any portrait can play."""

from collections.abc import Iterator
from pathlib import Path

from langgraph.runtime import Runtime

from avatar.errors import InputError
from avatar.types import Image
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.portraits import face_tracker
from orchestrator.state import AvatarState, Update
from video_processor.tracking.expression import TrackedExpression, track_expression
from video_processor.tracking.expression_store import load_expression, save_expression
from video_processor.tracking.landmarks import track_landmarks, video_frames


def is_wanted(context: RunContext) -> bool:
    return context.job.expression_from is not None


def expression_tracking(_state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """One artifact for each film, whatever portrait plays it and at what rate."""
    context = runtime.context
    path = context.artifacts.path("tracked", artifact_key("tracked", context.job.expression_digest), ".npz")
    expression = context.artifacts.kept(path, lambda: _tracked(context), save_expression, load_expression)
    return {"notes": list(expression.notes), "artifacts": {"expression": str(path)}}


def _tracked(context: RunContext) -> TrackedExpression:
    film = Path(context.job.expression_from or "")
    face = track_landmarks(_frames(film, context), face_tracker(context.weights))
    return track_expression(face, film.name, context.stop.check)


def _frames(film: Path, context: RunContext) -> Iterator[tuple[float, Image]]:
    most = context.settings.max_audio_minutes
    for time, image in video_frames(film):
        context.stop.check()
        if time > most * 60:
            raise InputError(
                f"{film.name} is longer than {most:g} minutes.", cure="Cut it, or raise MAX_AUDIO_MINUTES."
            )
        yield time, image
