"""Speech and performance, or a film's expression, become what the face does in every frame."""

from pathlib import Path

from langgraph.runtime import Runtime

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from avatar.telemetry import tell
from avatar.types import FaceMotion, Floats, frame_count
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.request import Job
from orchestrator.state import AvatarState, Update
from video_processor.media_info import picture_delay
from video_processor.motion.export import load_motion, save_motion
from video_processor.motion.synthesis import speak_in, synthesise_motion
from video_processor.portrait import load_portrait
from video_processor.quality.gate import check_motion
from video_processor.tracking.expression_store import load_expression
from video_processor.tracking.playing import play


def motion_synthesis(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    job, artifacts = runtime.context.job, state["artifacts"]
    kinds = [kind for kind in ("speech", "portrait", "expression") if kind in artifacts]
    made_of = [runtime.context.artifacts.name(artifacts[kind]) for kind in kinds]
    key = artifact_key("motion", made_of, job.lips, state["performance"], job.fps, job.seed)
    path = runtime.context.artifacts.path("motion", key, ".npz")
    motion = runtime.context.artifacts.kept(path, lambda: _moved(state, job), save_motion, load_motion)
    tell(frames=len(motion))
    check_motion(motion)
    return {"artifacts": {"motion": str(path)}}


def _moved(state: AvatarState, job: Job) -> FaceMotion:
    rest = load_portrait(Path(state["artifacts"]["framed"])).rest
    if job.lips == "expression":
        return _played(state, job, rest)
    speech = load_speech(Path(state["artifacts"]["speech"]))
    performance = Performance.model_validate(state["performance"])
    frames = frame_count(speech.duration, job.rate)
    if job.expression_from is None:
        return synthesise_motion(speech, performance, fps=job.rate, frames=frames, rest=rest, seed=job.seed)
    expression = load_expression(Path(state["artifacts"]["expression"]))
    face = play(expression, job.rate, frames, rest, beyond="turn back")
    return speak_in(face, speech, performance, rest=rest, seed=job.seed)


def _played(state: AvatarState, job: Job, rest: Floats) -> FaceMotion:
    """The whole face from the film, in step with the film's own sound."""
    frames = frame_count(state["audio_features"]["duration"], job.rate)
    expression = load_expression(Path(state["artifacts"]["expression"]))
    begin = -picture_delay(Path(job.expression_from or ""))
    return play(expression, job.rate, frames, rest, begin=begin)
