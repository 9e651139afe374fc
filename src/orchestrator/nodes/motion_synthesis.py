"""Speech and performance, or a film's expression, become what the face does in every frame."""

from pathlib import Path

from langgraph.runtime import Runtime

from avatar.performance import Performance
from avatar.telemetry import tell
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.moving import MotionSource, synthesised
from orchestrator.request import Job
from orchestrator.state import AvatarState, Update
from video_processor.motion.export import load_motion, save_motion
from video_processor.quality.gate import check_motion


def motion_synthesis(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    job, artifacts = runtime.context.job, state["artifacts"]
    kinds = [kind for kind in ("speech", "portrait", "expression") if kind in artifacts]
    made_of = [runtime.context.artifacts.name(artifacts[kind]) for kind in kinds]
    key = artifact_key("motion", made_of, job.lips, state["performance"], job.fps, job.seed)
    path = runtime.context.artifacts.path("motion", key, ".npz")
    source, performance = _source(state, job), Performance.model_validate(state["performance"])
    motion = runtime.context.artifacts.kept(path, lambda: synthesised(source, performance), save_motion, load_motion)
    tell(frames=len(motion))
    check_motion(motion)
    return {"artifacts": {"motion": str(path)}}


def _source(state: AvatarState, job: Job) -> MotionSource:
    places = state["artifacts"]
    return MotionSource(
        speech=Path(places["speech"]),
        framed=Path(places["framed"]),
        fps=job.fps,
        seed=job.seed,
        lips=job.lips,
        expression=Path(places["expression"]) if "expression" in places else None,
        film=Path(job.expression_from) if job.expression_from else None,
    )
