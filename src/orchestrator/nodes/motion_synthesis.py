"""Speech and performance become what the face does in every frame."""

from pathlib import Path

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from avatar.types import FaceMotion, frame_count
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.request import Job
from orchestrator.state import AvatarState, Update
from video_processor.motion.export import load_motion, save_motion
from video_processor.motion.synthesis import synthesise_motion
from video_processor.portrait import load_portrait


def motion_synthesis(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    job = runtime.context.job
    made_of = [runtime.context.artifacts.name(state["artifacts"][kind]) for kind in ("speech", "portrait")]
    key = artifact_key("motion", made_of, state["performance"], job.fps, job.seed)
    path = runtime.context.artifacts.path("motion", key, ".npz")
    runtime.context.artifacts.kept(path, lambda: _synthesised(state, job), save_motion, load_motion)
    return {"artifacts": {"motion": str(path)}}


def _synthesised(state: AvatarState, job: Job) -> FaceMotion:
    speech = load_speech(Path(state["artifacts"]["speech"]))
    return synthesise_motion(
        speech,
        Performance.model_validate(state["performance"]),
        fps=job.rate,
        frames=frame_count(speech.duration, job.rate),
        rest=load_portrait(Path(state["artifacts"]["framed"])).rest,
        seed=job.seed,
    )
