"""A run that begins with what another one has worked out: stages whose outcome still holds are passed by.

A thread's checkpoint says which stage wrote what. When a run ends, all of it that comes before the motion is kept
under the run's own thread; a run that forks from there carries over what holds for its own job, and the graph passes
those stages by.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from langgraph.runtime import Runtime

from avatar.performance import Performance
from orchestrator.artifacts import ArtifactStore, artifact_key
from orchestrator.context import RunContext
from orchestrator.nodes.staging import StageNode
from orchestrator.request import Job
from orchestrator.state import AvatarState, StageRecord, Update
from video_processor.footage.film import is_film

ARTIFACTS: Final = "artifacts"
ADDED: Final = ("notes", "errors")
"""Fields to which every stage adds its own."""

SOUND: Final = ("audio_digest", "text", "voice", "voice_digest", "speaker", "language", "lips")
WORDS: Final = ("transcript", "transcriber", "transcriber_size", "burn_captions")
PICTURE: Final = ("image_digest", "face")
FRAME: Final = ("width", "height", "shorter_side", "framing")
DIRECTOR: Final = ("director", "direction", "controls")

HEARING: Final = "audio_processing"
DIRECTING: Final = "mistral_controller"
HEARD_ANEW: Final = "The speech was analysed again: what had been worked out before is no more."


def inheritable(name: str, node: StageNode) -> StageNode:
    """The stage, passed by without a trace where the run has its outcome already; else it notes what it wrote."""

    def stage(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
        if name in state.get("inherited", ()):
            return {}
        update = node(state, runtime)
        return {**update, "stages": {name: _record_of(update)}} if update else {}

    return stage


def program() -> str:
    """Names this program's code: what other code has worked out is not trusted."""
    return artifact_key("program")


def before_motion(state: AvatarState) -> AvatarState:
    """All of a run's state that comes before its motion: what it was asked for, and what its first stages wrote."""
    asked = {name: state[name] for name in ("request", "image_input", "output_path", "program")}
    return cast(AvatarState, {**_carried(state, state.get("stages", {})), **asked})


def inherited_state(source: Mapping[str, Any], job: Job, artifacts: ArtifactStore) -> AvatarState:
    """What of another run's state holds for the job, with the names of its stages; their artifacts count as used.

    Has a note where the speech has to be analysed again although it is the same.
    """
    if not source or source.get("program") != program():
        return {"notes": [HEARD_ANEW]} if source else {}
    state = cast(AvatarState, source)
    wanted = [name for name, holds in _holding(state, job).items() if holds and name in state.get("stages", {})]
    kept = [name for name in wanted if all(artifacts.is_finished(Path(path)) for path in _paths(state, name))]
    carried = _carried(state, kept)
    if HEARING in wanted and HEARING not in kept:
        carried["notes"] = [HEARD_ANEW, *carried["notes"]]
    return {**carried, "inherited": kept}


def _holding(state: AvatarState, job: Job) -> dict[str, bool]:
    """Whether each stage would write the same for the job as it wrote for the one before."""
    before, now = state["request"], job.to_json()

    def same(*names: str) -> bool:
        return all(before[name] == now[name] for name in names)

    heard, seen = same(*SOUND, *WORDS), same(*PICTURE)
    behind = before["background_digest"] or before["background"]
    follows_sound = is_film(Path(job.image)) and not heard
    return {
        HEARING: heard,
        "expression_tracking": same("expression_digest"),
        "portrait_analysis": seen and same(*FRAME) and behind == job.behind and not follows_sound,
        "emotion_detection": heard and seen,
        DIRECTING: _is_directed(state, job, as_before=heard and same(*DIRECTOR)),
    }


def _is_directed(state: AvatarState, job: Job, *, as_before: bool) -> bool:
    """Whether the performance that the run had is the one that the job plays.

    Where rules stood in for a model that failed, it is asked again; so is the director whose work a person edited.
    """
    if job.performance is None:
        report = state.get("direction_report") or {}
        stood_in = report.get("fallback") is not None
        is_its_own = state["request"]["performance"] is None and not state.get("edited", False)
        return as_before and is_its_own and not stood_in
    wanted = Performance.model_validate(job.performance).overridden(job.controls)
    return state.get("performance") == wanted.model_dump(mode="json")


def _record_of(update: Update) -> StageRecord:
    return {
        "fields": [name for name in update if name not in (ARTIFACTS, *ADDED)],
        "artifacts": list(update.get(ARTIFACTS, ())),
        "notes": list(update.get("notes", ())),
        "errors": list(update.get("errors", ())),
    }


def _carried(state: AvatarState, names: Iterable[str]) -> AvatarState:
    """What those stages wrote, as it stands."""
    records = {name: state["stages"][name] for name in names}
    values: dict[str, Any] = {
        field: state[field]  # type: ignore[literal-required]
        for record in records.values()
        for field in record["fields"]
    }
    values[ARTIFACTS] = {kind: state[ARTIFACTS][kind] for record in records.values() for kind in record["artifacts"]}
    values["notes"] = [note for record in records.values() for note in record["notes"]]
    values["errors"] = [error for record in records.values() for error in record["errors"]]
    if DIRECTING in records:
        values["edited"] = state.get("edited", False)
    return cast(AvatarState, {**values, "stages": records})


def _paths(state: AvatarState, name: str) -> Sequence[str]:
    return [state[ARTIFACTS][kind] for kind in state["stages"][name]["artifacts"]]
