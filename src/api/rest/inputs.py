"""Pictures, sounds and videos that clients bring: known by their content, kept under their digest in DATA_DIR."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from api.rest.forms import FilePart
from api.rest.problems import FieldError, HttpProblem, problem_of
from api.rest.schemas import UploadKind
from audio_processor.decode import SoundInfo, probe
from avatar.errors import AudioError, EncodingError, InputError, NoSuchFaceError, WeightsError
from avatar.settings import Settings
from video_processor.footage.film import is_film
from video_processor.media_info import VideoInfo, video_info

PICTURE_ENDINGS: Final = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tif",
    "AVIF": "avif",
    "JPEG2000": "jp2",
    "PPM": "ppm",
    "TGA": "tga",
    "ICO": "ico",
}
"""What Pillow calls the kinds that the pipeline opens, and how their files end."""

UNREADABLE_PICTURE: Final = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, OverflowError, MemoryError)
"""What Pillow raises on headers that are not what they claim."""

ACCEPTED: Final[dict[UploadKind, str]] = {
    "image": "a JPEG, PNG, WebP, TIFF, BMP or GIF picture, or a video of somebody's face",
    "audio": "a sound such as WAV, MP3, FLAC, OGG or M4A, or a video with sound",
    "video": "a video such as MP4, WebM or MOV",
    "background": "a JPEG, PNG, WebP, TIFF, BMP or GIF picture",
}


def confined(text: str, settings: Settings, field: str) -> Path:
    """The file in DATA_DIR that a client names, with every link followed. Raises a 422 problem."""
    root = settings.data_dir.resolve()
    written = Path(text)
    try:
        outside = ".." in written.parts or "\0" in text or not (path := (root / written).resolve()).is_relative_to(root)
        missing = outside or not path.is_file()
    except (OSError, ValueError, RuntimeError):
        outside, missing = False, True
    if outside:
        raise unusable(field, InputError(f"'{text[:80]}' leads out of the data folder.", cure=_UPLOAD_FIRST))
    if missing:
        raise unusable(field, InputError(f"There is no file '{text[:80]}' in the data folder.", cure=_UPLOAD_FIRST))
    return path


_UPLOAD_FIRST: Final = "Give a path that `POST /api/v1/upload/...` answered, or send the file in a form."


def unusable(field: str, error: InputError, *, status: int = 422) -> HttpProblem:
    found = problem_of(error, errors=[FieldError(field=field, message=error.message.rstrip("."))])
    found.status_code = status
    return found


@contextmanager
def about(field: str, path: Path | None = None, name: str = "") -> Iterator[None]:
    """What cannot be used inside the block is a problem of that field; it calls `path` by the `name` people know."""
    try:
        yield
    except InputError as error:
        message = error.message
        if path is not None and name:
            message = message.replace(str(path), name).replace(path.name, name)
        raise unusable(field, type(error)(message, cure=error.cure)) from None


@contextmanager
def about_files(field: str) -> Iterator[None]:
    """As `about`, where model files may be missing that the field's value needs."""
    with about(field):
        try:
            yield
        except WeightsError as error:
            raise InputError(error.message, cure=error.cure) from None


@contextmanager
def about_face(name: str, path: Path) -> Iterator[None]:
    """That the picture lacks the face that was asked for is a problem of the field `face`."""
    try:
        yield
    except NoSuchFaceError as error:
        message = error.message.replace(path.name, name)
        raise unusable("face", NoSuchFaceError(message, cure=error.cure)) from None


def picture_ending(path: Path, name: str, settings: Settings, kind: UploadKind = "image") -> str:
    """After the picture's content. Raises a 413 problem for too many pixels, 415 for what is no picture."""
    try:
        with Pillow.open(path, formats=tuple(PICTURE_ENDINGS)) as opened:
            width, height = opened.size
            found = opened.format or ""
    except (UnidentifiedImageError, *UNREADABLE_PICTURE):
        raise not_a(kind, name) from None
    if width * height > settings.max_image_megapixels * 1e6:
        raise HttpProblem(
            413,
            "TooLarge",
            f"{name} has {width} x {height} pixels; at most {settings.max_image_megapixels:g} megapixels are accepted.",
            cure="Make it smaller, or raise MAX_IMAGE_MEGAPIXELS.",
        )
    return PICTURE_ENDINGS.get({"MPO": "JPEG"}.get(found, found), "picture")


def portrait_ending(path: Path, name: str, settings: Settings) -> str:
    """As `picture_ending`, for what may also be a film."""
    if is_film(path):
        return media_ending(name, "video")
    return picture_ending(path, name, settings)


def sound_info(path: Path, name: str, settings: Settings, field: str) -> SoundInfo:
    """Raises a 415 problem for what is no sound, 422 for one that is too long."""
    try:
        found = probe(path)
    except AudioError as error:
        raise not_a("audio", name, error.message.replace(path.name, name)) from None
    if found.duration is not None and found.duration > settings.max_audio_minutes * 60:
        long = AudioError(
            f"{name} is longer than {settings.max_audio_minutes:g} minutes.",
            cure="Shorten it, or raise MAX_AUDIO_MINUTES.",
        )
        raise unusable(field, long)
    return found


def moving_picture(path: Path, name: str) -> VideoInfo:
    """Raises a 415 problem for what is no video; one without sound may lend its expression."""
    try:
        return video_info(path)
    except EncodingError as error:
        raise not_a("video", name, error.message.replace(path.name, name)) from None


def film_info(path: Path, name: str, settings: Settings, field: str, *, silent: bool) -> VideoInfo:
    """Raises a 415 problem for what is no video, 422 for one that is too long, or has no sound unless `silent`."""
    found = moving_picture(path, name)
    if found.duration > settings.max_audio_minutes * 60:
        what = f"{name} is longer than {settings.max_audio_minutes:g} minutes."
        raise unusable(field, InputError(what, cure="Shorten it, or raise MAX_AUDIO_MINUTES."))
    if found.audio_duration is None and not silent:
        raise unusable(field, InputError(f"{name} holds no sound.", cure="Give a sound or a text beside it."))
    return found


def not_a(kind: UploadKind, name: str, why: str = "") -> HttpProblem:
    what = {"image": "a picture", "audio": "a sound", "video": "a video", "background": "a picture"}[kind]
    detail = why or f"{name} is not {what} that can be read."
    errors = [FieldError(field=kind, message=detail.rstrip("."))]
    return HttpProblem(415, "UnsupportedMediaType", detail, cure=f"Send {ACCEPTED[kind]}.", errors=errors)


def kept(part: FilePart, ending: str, settings: Settings) -> Path:
    """The part's file in its lasting place, which equal files share."""
    path = settings.data_dir / "inputs" / f"{part.digest}.{ending}"
    part.path.replace(path)
    os.utime(path)
    return path


def media_ending(name: str, otherwise: str) -> str:
    """A known ending of the client's name; content decides what a file is, so this one is for people."""
    found = re.search(r"\.(wav|mp3|flac|ogg|oga|opus|m4a|aac|mp4|m4v|mov|webm|mkv|avi)$", name.lower())
    return found[1] if found else otherwise
