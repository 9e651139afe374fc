"""Small pictures of jobs: a frame of the finished video, else the portrait."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from anyio import CapacityLimiter
from PIL import Image as Pillow

from avatar.errors import EncodingError
from avatar.files import atomic_file
from avatar.settings import Settings
from orchestrator.jobs.names import output_path, video_path
from orchestrator.jobs.record import JobRecord
from video_processor.containers import decoded_frames, media_reader
from video_processor.footage.film import is_film
from video_processor.pictures import load_picture
from video_processor.tracking.landmarks import video_frames

WIDTH_PIXELS: Final = 320
JPEG_QUALITY: Final = 85
KEPT_PORTRAITS: Final = 256
AT_A_TIME: Final = 2
"""Pictures are decoded beside a worker that renders on the same cores."""

UNDER_TRANSPARENCY: Final = (224, 224, 224, 255)

turns: Final = CapacityLimiter(AT_A_TIME)


def thumbnail_path(settings: Settings, job: str) -> Path:
    """Beside the video, and with its name: who removes all of `<job>.*` removes it too."""
    return output_path(settings, job).with_suffix(".jpg")


def make_thumbnail(settings: Settings, record: JobRecord) -> Path:
    """A frame from the middle of the finished video; made once.

    Raises FileNotFoundError where there is no video, `EncodingError` where it cannot be read.
    """
    video, path = video_path(settings, record), thumbnail_path(settings, record.id)
    if not video.exists():
        raise FileNotFoundError(video)
    if not path.exists():
        jpeg = _jpeg(_middle_frame(video))
        with atomic_file(path) as partial:
            partial.write_bytes(jpeg)
    return path


def portrait_thumbnail(settings: Settings, record: JobRecord) -> bytes:
    """A JPEG; of a film the first frame. Raises `PortraitError` where the picture is gone."""
    path = Path(record.request["image"])
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _portrait(path, changed, settings.max_image_megapixels, settings.max_upload_megabytes)


@lru_cache(maxsize=KEPT_PORTRAITS)
def _portrait(path: Path, _changed: int, max_megapixels: float, max_megabytes: float) -> bytes:
    if is_film(path):
        return _jpeg(Pillow.fromarray(next(video_frames(path))[1]))
    picture = load_picture(path, max_megapixels=max_megapixels, max_megabytes=max_megabytes)
    return _jpeg(Pillow.fromarray(picture.image))


def _middle_frame(path: Path) -> Pillow.Image:
    """The key frame at the middle, or before it: segments begin with one. Transparency shows a light grey."""
    with media_reader(path) as container:
        stream = next(iter(container.streams.video), None)
        if stream is None:
            raise EncodingError(f"{path.name} holds no picture.", cure="Make the video again.")
        container.seek(int((container.duration or 0) / 2), backward=True)
        frame = next(decoded_frames(container, stream), None)
        if frame is None:
            raise EncodingError(f"{path.name} holds no frames.", cure="Make the video again.")
        picture = Pillow.fromarray(np.ascontiguousarray(frame.to_ndarray(format="rgba")))
        ground = Pillow.new("RGBA", picture.size, UNDER_TRANSPARENCY)
        return Pillow.alpha_composite(ground, picture).convert("RGB")


def _jpeg(picture: Pillow.Image) -> bytes:
    height = max(1, round(picture.height * WIDTH_PIXELS / picture.width))
    file = BytesIO()
    smooth = Pillow.Resampling.LANCZOS
    picture.resize((WIDTH_PIXELS, height), smooth, reducing_gap=2.0).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
