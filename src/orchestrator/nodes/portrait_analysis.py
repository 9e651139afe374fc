"""The picture becomes a `Portrait`, and that the one that fills the frame; a film brings all its frames with it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from langgraph.runtime import Runtime

from audio_processor.decode import probe
from avatar.errors import AudioError
from avatar.telemetry import tell
from avatar.types import Portrait, Size
from orchestrator.artifacts import artifact_key
from orchestrator.choosing import chosen_engine
from orchestrator.context import RunContext
from orchestrator.portraits import face_tracker, film_limits, measure_portrait, portrait_key, portrait_path
from orchestrator.request import Job
from orchestrator.state import AvatarState, Update
from video_processor.backgrounds import set_background
from video_processor.encoding import estimated_bytes, require_free_space
from video_processor.footage.film import is_film
from video_processor.footage.footage import follow_face, frame_footage, load_face, save_face, stretch_for
from video_processor.footage.frames import CRF, PRESET
from video_processor.framing import frame_portrait, own_size
from video_processor.portrait import load_portrait, save_portrait

PORTRAIT_FILE: Final = "portrait.npz"
FRAMES_FILE: Final = "frames.mp4"


def portrait_analysis(_state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Runs beside the sound's analysis, so that a picture that cannot be used is refused at once."""
    context, job, artifacts = runtime.context, runtime.context.job, runtime.context.artifacts
    key = portrait_key(job.image_digest, context.settings, job.face)
    path = portrait_path(artifacts, key)
    portrait = artifacts.kept(
        path,
        lambda: measure_portrait(Path(job.image), face_tracker(context.weights), context.settings, job.face),
        save_portrait,
        load_portrait,
    )
    tell(picture_width=portrait.size.width, picture_height=portrait.size.height, eyes_apart=portrait.inter_ocular)
    size = job.size or own_size(portrait.size, job.shorter_side)
    if is_film(Path(job.image)):
        framed_path, make = _filmed(context, portrait, key, size)
    else:
        framed_path = artifacts.path("framed", artifact_key(key, list(size), job.framing, job.behind), ".npz")
        make = partial(_framed, portrait, size, context)
    framed = artifacts.kept(framed_path, make, save_portrait, load_portrait)
    _prepare_ahead(context, framed_path, size)
    return {
        "image_input": job.image,
        "notes": list(framed.notes),
        "artifacts": {"portrait": str(path), "framed": str(framed_path)},
        "magnification": framed.inter_ocular / portrait.inter_ocular,
        "width": size.width,
        "height": size.height,
    }


def _filmed(context: RunContext, portrait: Portrait, key: str, size: Size) -> tuple[Path, Callable[[], Portrait]]:
    """Where the framed portrait of a film lies, in a folder with its frames, and how it is made."""
    job = context.job
    stretch = stretch_for(_sound_seconds(job))
    folder = context.artifacts.path("framed", artifact_key(key, list(size), job.framing, str(stretch)))
    return folder / PORTRAIT_FILE, partial(_footage, context, portrait, size, stretch, folder)


def _footage(context: RunContext, portrait: Portrait, size: Size, stretch: float, folder: Path) -> Portrait:
    """The face is followed once for every film and stretch of it; the frames are cut for every size."""
    job, artifacts, film = context.job, context.artifacts, Path(context.job.image)
    limits = film_limits(context.settings)
    face = artifacts.kept(
        artifacts.path("face", artifact_key("face", job.image_digest, str(stretch)), ".npz"),
        lambda: follow_face(film, face_tracker(context.weights), limits, context.stop.check, stretch),
        save_face,
        load_face,
    )
    require_free_space(artifacts.folder, estimated_bytes(size, len(face.times), crf=CRF, preset=PRESET))
    artifacts.clear(folder)
    return frame_footage(portrait, face, film, size, job.framing, folder / FRAMES_FILE, context.stop.check)


def _sound_seconds(job: Job) -> float | None:
    """None where nobody knows yet: a text is not spoken, a broken sound is refused by the stage that reads it."""
    if job.audio is None:
        return None
    try:
        return probe(Path(job.audio)).duration
    except AudioError:
        return None


def _framed(portrait: Portrait, size: Size, context: RunContext) -> Portrait:
    job, settings = context.job, context.settings
    return set_background(
        frame_portrait(portrait, size, job.framing),
        job.background,
        max_megapixels=settings.max_image_megapixels,
        max_megabytes=settings.max_upload_megabytes,
    )


def _prepare_ahead(context: RunContext, framed: Path, size: Size) -> None:
    """The engine gets ready for the portrait while the sound is still being analysed."""
    choice = chosen_engine(context, size)
    context.renders.prepare_ahead(choice.name, context.engines[choice.name], framed, size, context.tracer)
