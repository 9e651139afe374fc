"""The stored portrait of a picture or film: its name, and how it is made."""

from pathlib import Path
from typing import Final

from avatar.settings import Settings
from avatar.types import Portrait
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, artifact_key
from video_processor.footage.film import FilmLimits, film_portrait, is_film
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait

FACE_MODELS: Final = "face"
"""The group of model files that the tracker needs."""


def portrait_key(digest: str, settings: Settings) -> str:
    """What names the portrait of the picture with that SHA-256."""
    return artifact_key("portrait", digest, settings.min_face_pixels)


def portrait_path(artifacts: ArtifactStore, key: str) -> Path:
    return artifacts.path("portrait", key, ".npz")


def measure_portrait(image: Path, tracker: FaceTracker, settings: Settings) -> Portrait:
    """Of a picture, or of a film's calmest frame.

    Raises `PortraitError` for a file that is neither, and for one that cannot be animated.
    """
    if is_film(image):
        return film_portrait(image, tracker, film_limits(settings))
    picture = load_picture(
        image, max_megapixels=settings.max_image_megapixels, max_megabytes=settings.max_upload_megabytes
    )
    return analyse_portrait(picture, tracker, min_face_pixels=settings.min_face_pixels)


def film_limits(settings: Settings) -> FilmLimits:
    return FilmLimits(
        settings.max_footage_minutes,
        settings.max_image_megapixels,
        settings.max_upload_megabytes,
        settings.min_face_pixels,
    )


def face_tracker(weights: WeightStore) -> FaceTracker:
    """The tracker, whose models are fetched where they are missing. Raises `DownloadError`, worth another try."""
    fetch_face_models(weights)
    return FaceTracker(weights)


def fetch_face_models(weights: WeightStore) -> None:
    if missing := [key for key in weights.select([FACE_MODELS]) if not weights.is_present(key)]:
        weights.fetch(missing)
