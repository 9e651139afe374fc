"""A small picture of a character's head and shoulders."""

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image as Pillow

from avatar.files import atomic_file, file_digest
from avatar.settings import Settings
from avatar.types import Size
from orchestrator.artifacts import ArtifactStore, artifact_key
from orchestrator.portrait_desk import PortraitDesk
from video_processor.framing import frame_portrait

SMALLEST_SIDE, LARGEST_SIDE = 64, 1024
JPEG_QUALITY: Final = 88


def thumbnail_tag(image: Path, side: int, face: int = 0) -> str:
    """What tells this thumbnail from all others."""
    return artifact_key("thumbnail", file_digest(image), side, face)


def portrait_thumbnail(image: Path, side: int, desk: PortraitDesk, settings: Settings, face: int = 0) -> bytes:
    """A square JPEG of `side` pixels, drawn once. Raises `PortraitError`, and what `desk.look` raises."""
    artifacts = ArtifactStore(settings.data_dir / "artifacts")
    path = artifacts.path("thumbnail", thumbnail_tag(image, side, face), ".jpg")
    return artifacts.kept(path, lambda: _drawn(image, side, desk, face), _save, Path.read_bytes)


def _drawn(image: Path, side: int, desk: PortraitDesk, face: int) -> bytes:
    framed = frame_portrait(desk.portrait(image, face), Size(side, side), "portrait")
    file = BytesIO()
    Pillow.fromarray(framed.image).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _save(path: Path, jpeg: bytes) -> None:
    with atomic_file(path) as partial:
        partial.write_bytes(jpeg)
