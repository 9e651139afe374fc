"""Speech and performance become what the face does in every frame."""

from pathlib import Path

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from avatar.types import frame_count
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update
from video_processor.motion.export import save_motion
from video_processor.motion.synthesis import synthesise_motion
from video_processor.portrait import load_portrait


def motion_synthesis(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    job = runtime.context.job
    made_of = [runtime.context.artifacts.name(state["artifacts"][kind]) for kind in ("speech", "portrait")]
    key = artifact_key("motion", made_of, state["performance"], job.fps, job.seed)
    path = runtime.context.artifacts.path("motion", key, ".npz")
    if not runtime.context.artifacts.is_finished(path):
        _synthesise(state, runtime.context, path)
    return {"artifacts": {"motion": str(path)}}


def _synthesise(state: AvatarState, context: RunContext, path: Path) -> None:
    speech = load_speech(Path(state["artifacts"]["speech"]))
    motion = synthesise_motion(
        speech,
        Performance.model_validate(state["performance"]),
        fps=context.job.rate,
        frames=frame_count(speech.duration, context.job.rate),
        rest=load_portrait(Path(state["artifacts"]["framed"])).rest,
        seed=context.job.seed,
    )
    with context.artifacts.making(path) as partial:
        save_motion(partial, motion)
