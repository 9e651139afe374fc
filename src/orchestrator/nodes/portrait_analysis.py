"""The picture becomes a `Portrait`, and that the one that fills the frame."""

from pathlib import Path
from typing import Final

from langgraph.runtime import Runtime

from avatar.types import Portrait
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.state import AvatarState, Update
from video_processor.framing import frame_portrait
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait, load_portrait, save_portrait

FACE_MODELS: Final = "face"
"""The group of model files that the tracker needs."""


def portrait_analysis(_state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Runs beside the sound's analysis, so that a picture that cannot be used is refused at once."""
    context, artifacts = runtime.context, runtime.context.artifacts
    key = artifact_key("portrait", context.job.image_digest, context.settings.min_face_pixels)
    path = artifacts.path("portrait", key, ".npz")
    portrait = artifacts.kept(path, lambda: _measured(context), save_portrait, load_portrait)
    framed_path = artifacts.path("framed", artifact_key(key, list(context.job.size)), ".npz")
    framed = artifacts.kept(
        framed_path, lambda: frame_portrait(portrait, context.job.size), save_portrait, load_portrait
    )
    return {
        "image_input": context.job.image,
        "notes": list(framed.notes),
        "artifacts": {"portrait": str(path), "framed": str(framed_path)},
        "magnification": framed.inter_ocular / portrait.inter_ocular,
    }


def _measured(context: RunContext) -> Portrait:
    settings = context.settings
    picture = load_picture(
        Path(context.job.image),
        max_megapixels=settings.max_image_megapixels,
        max_megabytes=settings.max_upload_megabytes,
    )
    return analyse_portrait(picture, face_tracker(context.weights), min_face_pixels=settings.min_face_pixels)


def face_tracker(weights: WeightStore) -> FaceTracker:
    """The tracker, whose models are fetched where they are missing. Raises `DownloadError`, worth another try."""
    if missing := [key for key in weights.select([FACE_MODELS]) if not weights.is_present(key)]:
        weights.fetch(missing)
    return FaceTracker(weights)
