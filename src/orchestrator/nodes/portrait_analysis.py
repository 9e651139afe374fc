"""The picture becomes a `Portrait`, and that the one that fills the frame."""

from pathlib import Path

from langgraph.runtime import Runtime

from avatar.types import Portrait, Size
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.portraits import face_tracker, measure_portrait, portrait_key, portrait_path
from orchestrator.state import AvatarState, Update
from video_processor.backgrounds import set_background
from video_processor.framing import frame_portrait, own_size
from video_processor.hybrid_generator import choose
from video_processor.portrait import load_portrait, save_portrait


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
    size = job.size or own_size(portrait.size)
    framed_path = artifacts.path("framed", artifact_key(key, list(size), job.framing, job.behind), ".npz")
    framed = artifacts.kept(framed_path, lambda: _framed(portrait, size, context), save_portrait, load_portrait)
    _prepare_ahead(context, framed_path, size)
    return {
        "image_input": job.image,
        "notes": list(framed.notes),
        "artifacts": {"portrait": str(path), "framed": str(framed_path)},
        "magnification": framed.inter_ocular / portrait.inter_ocular,
        "width": size.width,
        "height": size.height,
    }


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
    choice = choose(context.job.renderer, context.engines, context.weights, transparent=context.job.transparent)
    context.renders.prepare_ahead(choice.name, context.engines[choice.name], framed, size, context.tracer)
