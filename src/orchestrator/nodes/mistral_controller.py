"""A director turns speech and emotion into a `Performance`: the one that the request brings, or one that it writes."""

from pathlib import Path

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from avatar.types import Choice
from orchestrator.context import RunContext
from orchestrator.director.choice import write_performance
from orchestrator.director.placing import placed
from orchestrator.nodes.emotion_detection import load_emotions
from orchestrator.state import AvatarState, Update, choice_record

GIVEN = "given"
"""The director's name where the request brings the performance itself."""

DIRECTION_UNUSED = "The direction was not used: the performance came with the request."


def mistral_controller(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """The performance with the request's own control parameters in it, laid onto the speech."""
    job = runtime.context.job
    speech = load_speech(Path(state["artifacts"]["speech"]))
    if job.performance is not None:
        performance, choice = Performance.model_validate(job.performance), Choice(GIVEN, "came with the request")
        notes: tuple[str, ...] = (DIRECTION_UNUSED,) if job.direction else ()
    else:
        emotions = load_emotions(Path(state["artifacts"]["emotions"]))
        (performance, notes), choice = write_performance(job.director, speech, emotions, job.direction)
    performance, moved = placed(performance.overridden(job.controls), speech)
    told = [*job.given_notes, *notes, *moved]
    return {**performance_update(performance), "director": choice_record(choice), "notes": told}


def performance_update(performance: Performance) -> Update:
    return {
        "performance": performance.model_dump(mode="json"),
        "avatar_control": performance.controls.model_dump(mode="json"),
    }
