"""A director turns speech and emotion into a `Performance`: the one that the request brings, or one that it writes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.files import atomic_file
from avatar.performance import Performance
from avatar.types import Choice, Speech, TimedEmotion
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.director.choice import Directed, direct, director_identity
from orchestrator.director.placing import placed
from orchestrator.director.report import DirectionReport
from orchestrator.director.seen import portrait_line
from orchestrator.nodes.emotion_detection import load_emotions
from orchestrator.state import AvatarState, Update, choice_of, choice_record
from video_processor.portrait_store import load_shown_face

GIVEN = "given"
"""The director's name where the request brings the performance itself."""

DIRECTION_UNUSED = "The direction was not used: the performance came with the request."
MADE_OF: Final = ("speech", "portrait", "emotions")
NOTHING_ASKED: Final = {
    "questions": 0,
    "tokens_in": None,
    "tokens_out": None,
    "cost_usd": None,
    "seconds": 0.0,
    "first_token_seconds": None,
}
"""Of a report on a performance that was there already."""


def mistral_controller(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """The performance with the request's own control parameters in it, laid onto the speech, and who wrote it."""
    job = runtime.context.job
    speech = load_speech(Path(state["artifacts"]["speech"]))
    if job.performance is not None:
        given = Performance.model_validate(job.performance)
        notes = (DIRECTION_UNUSED,) if job.direction else ()
        directed = Directed(given, Choice(GIVEN, "came with the request"), notes)
    else:
        directed = _directed(state, runtime.context, speech)
    performance, moved = placed(directed.performance.overridden(job.controls), speech)
    return {
        **performance_update(performance),
        "director": choice_record(directed.choice),
        "direction_report": directed.report,
        "notes": [*job.given_notes, *directed.notes, *moved],
    }


def performance_update(performance: Performance) -> Update:
    return {
        "performance": performance.model_dump(mode="json"),
        "avatar_control": performance.controls.model_dump(mode="json"),
    }


def _directed(state: AvatarState, context: RunContext, speech: Speech) -> Directed:
    """The performance that a model wrote whole is an artifact: it is not written again for another size or engine."""
    path = _kept_at(state, context)
    if context.artifacts.is_finished(path) and (kept := _load(path)) is not None:
        return kept
    directed = _written(state, context, speech)
    if directed.report is not None and directed.report["fallback"] is None:
        _save(path, directed)
        context.artifacts.finished(path)
    return directed


def _kept_at(state: AvatarState, context: RunContext) -> Path:
    job = context.job
    made_of = [context.artifacts.name(state["artifacts"][kind]) for kind in MADE_OF]
    identity = director_identity(job.director, context.settings)
    return context.artifacts.path(
        "performance", artifact_key("performance", made_of, identity, job.direction, job.seed), ".json"
    )


def _written(state: AvatarState, context: RunContext, speech: Speech) -> Directed:
    places = {kind: Path(state["artifacts"][kind]) for kind in MADE_OF}
    emotions: tuple[TimedEmotion, ...] = load_emotions(places["emotions"])
    return direct(
        context.job.director,
        context.settings,
        speech,
        emotions,
        context.job.direction,
        portrait=lambda: portrait_line(load_shown_face(places["portrait"]), emotions),
        tracer=context.tracer,
        check=context.stop.check,
    )


def _save(path: Path, directed: Directed) -> None:
    told = {
        "performance": directed.performance.model_dump(mode="json"),
        "choice": choice_record(directed.choice),
        "notes": directed.notes,
        "report": directed.report,
    }
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _load(path: Path) -> Directed | None:
    """What was written for an earlier video, for which nothing is asked again; None where the file is damaged."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        performance, choice = Performance.model_validate(told["performance"]), choice_of(told["choice"])
        written_before = replace(choice, why=f"{choice.why}; what it wrote for an earlier video")
        report = cast(DirectionReport, {**told["report"], **NOTHING_ASKED})
        return Directed(performance, written_before, tuple(told["notes"]), report)
    except (OSError, ValueError, KeyError, TypeError):
        return None
