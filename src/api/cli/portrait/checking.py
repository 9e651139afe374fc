"""Checks pictures for a command, and draws what was found."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.cli.files import check_apart
from api.cli.making import bring_models
from api.cli.progress import progress_display
from avatar.errors import InputError, PortraitError
from avatar.files import atomic_file, file_digest
from avatar.settings import Settings, load_settings
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore
from orchestrator.given import checked_face
from orchestrator.given_files import absolute_path, writable_file
from orchestrator.portraits import (
    FACE_MODELS,
    kept_overlay,
    kept_report,
    measure_portrait,
    portrait_key,
    portrait_path,
)
from video_processor.portrait import load_portrait, save_portrait
from video_processor.portrait_report import PortraitReport, refused

PICTURE_SUFFIXES: Final = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".jp2",
        ".ppm",
        ".tga",
    )
)
"""What counts as a picture in a folder; whether it can be read is for the check to say."""

OVERLAY_SUFFIX: Final = ".png"


@dataclass(frozen=True, slots=True)
class Work:
    """Pictures to check, and where each one's overlay goes, if it is wanted."""

    source: Path
    is_folder: bool
    pictures: tuple[Path, ...]
    overlays: dict[Path, Path]
    face: int


def planned(source: str, overlay: Path | None, face: int) -> Work:
    """Raises `InputError` for a source that is not there, an empty folder, and an overlay that cannot be written."""
    path = absolute_path(source)
    is_folder = path.is_dir()
    pictures = _pictures(path) if is_folder else (path,)
    return Work(path, is_folder, pictures, _overlays(pictures, overlay, is_folder=is_folder), checked_face(face))


def checked(work: Work) -> list[PortraitReport]:
    """A report on each picture, in order. Raises `WeightsError` where the face models cannot be brought."""
    settings = load_settings()
    store = WeightStore.of(settings)
    artifacts = ArtifactStore(settings.data_dir / "artifacts")
    with progress_display() as display:
        bring_models(store, store.select([FACE_MODELS]), display)
    tracker = FaceTracker(store)
    return [_report(picture, work, tracker, settings, artifacts) for picture in work.pictures]


def _report(
    image: Path, work: Work, tracker: FaceTracker, settings: Settings, artifacts: ArtifactStore
) -> PortraitReport:
    try:
        with _readable(image):
            key = portrait_key(file_digest(image), settings, work.face)
        portrait = artifacts.kept(
            portrait_path(artifacts, key),
            lambda: measure_portrait(image, tracker, settings, work.face),
            save_portrait,
            load_portrait,
        )
    except PortraitError as error:
        return refused(image.name, error)
    report = kept_report(artifacts, key, image.name, lambda: portrait)
    if (target := work.overlays.get(image)) is not None:
        with atomic_file(target) as partial:
            shutil.copyfile(kept_overlay(artifacts, key, report, lambda: portrait), partial)
    return report


@contextmanager
def _readable(image: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise PortraitError(f"There is no picture at {image}.", cure="Check the path.") from None
    except OSError as error:
        raise PortraitError(f"{image} cannot be opened: {error.strerror}.", cure="Check the path.") from None


def _pictures(folder: Path) -> tuple[Path, ...]:
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not found:
        raise InputError(f"The folder {folder} holds no pictures.", cure="Name a folder with JPEG, PNG or WebP files.")
    return tuple(found)


def _overlays(pictures: tuple[Path, ...], overlay: Path | None, *, is_folder: bool) -> dict[Path, Path]:
    if overlay is None:
        return {}
    place = absolute_path(overlay)
    if not is_folder and not place.is_dir() and place.suffix:
        writable_file(place, "--overlay", (OVERLAY_SUFFIX,))
        check_apart(place, "--overlay", {"the picture": pictures[0]})
        return {pictures[0]: place}
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cure = "Give the name of a folder, or for one picture of a .png file."
        raise InputError(f"--overlay {place} cannot be a folder: {error.strerror}.", cure=cure) from None
    return {picture: place / f"{picture.name}.check{OVERLAY_SUFFIX}" for picture in pictures}
