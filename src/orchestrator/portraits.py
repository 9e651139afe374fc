"""The stored portrait of a picture or film, the report on it and its overlay: their names, and how they are made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PIL import Image as Pillow
from pydantic import TypeAdapter, ValidationError

from avatar.errors import PortraitError
from avatar.files import atomic_file
from avatar.settings import Settings
from avatar.types import Portrait
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, artifact_key
from video_processor.footage.film import FilmLimits, film_portrait, is_film
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.portrait_overlay import draw_overlay
from video_processor.portrait_report import PortraitReport, report_on

FACE_MODELS: Final = "face"
"""The group of model files that the tracker needs."""

REPORT: Final = TypeAdapter(PortraitReport)


def portrait_key(digest: str, settings: Settings, face: int = 0) -> str:
    """What names the portrait of that face, by size, in the picture with that SHA-256."""
    return artifact_key("portrait", digest, settings.min_face_pixels, face)


def portrait_path(artifacts: ArtifactStore, key: str) -> Path:
    return artifacts.path("portrait", key, ".npz")


def report_path(artifacts: ArtifactStore, key: str) -> Path:
    """`key` is the portrait's."""
    return artifacts.path("report", key, ".json")


def overlay_path(artifacts: ArtifactStore, key: str) -> Path:
    """`key` is the portrait's."""
    return artifacts.path("overlay", key, ".png")


def measure_portrait(image: Path, tracker: FaceTracker, settings: Settings, face: int = 0) -> Portrait:
    """Of a picture, or of a film's calmest frame; `face` counts the faces of a picture by size.

    Raises `PortraitError` for a file that is neither, and for one that cannot be animated.
    """
    if is_film(image):
        return film_portrait(image, tracker, film_limits(settings), face)
    picture = load_picture(
        image, max_megapixels=settings.max_image_megapixels, max_megabytes=settings.max_upload_megabytes
    )
    return analyse_portrait(picture, tracker, min_face_pixels=settings.min_face_pixels, face=face)


def kept_report(artifacts: ArtifactStore, key: str, name: str, portrait: Callable[[], Portrait]) -> PortraitReport:
    """The report on the picture that people know by `name`; made once, of the portrait with that `key`."""
    path = report_path(artifacts, key)
    report = artifacts.kept(path, lambda: report_on(portrait(), name), save_report, load_report)
    return replace(report, name=name)


def kept_overlay(artifacts: ArtifactStore, key: str, report: PortraitReport, portrait: Callable[[], Portrait]) -> Path:
    """The PNG that `draw_overlay` draws; made once."""
    path = overlay_path(artifacts, key)
    if not artifacts.is_finished(path):
        picture = Pillow.fromarray(draw_overlay(portrait(), report))
        with atomic_file(path) as partial:
            picture.save(partial, "PNG")
        artifacts.finished(path)
    return path


def save_report(path: Path, report: PortraitReport) -> None:
    with atomic_file(path) as partial:
        partial.write_bytes(REPORT.dump_json(report))


def load_report(path: Path) -> PortraitReport:
    """Raises `PortraitError` where the file is not one that `save_report` wrote."""
    try:
        return REPORT.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise PortraitError(f"{path} is not a stored report.", cure="Delete it; it is made again.") from None


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
