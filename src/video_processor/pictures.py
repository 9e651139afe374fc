"""Pictures from files: whatever Pillow reads becomes upright 8-bit RGB; what cannot be used says why."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from avatar.errors import PortraitError
from avatar.files import file_digest
from avatar.types import Image
from video_processor.colours import fill_transparent, to_rgb

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "TGA", "ICO")
"""What is opened; formats whose readers start other programs are left out."""

_MIN_SIDE: Final = 32
"""Pixels of the shorter side under which no face can be told."""

_KEPT_PIXELS: Final = 25_000_000
"""Larger pictures are averaged down to this: far more than any video shows, and memory stays bounded."""

_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.3, tag Orientation)."""

BROKEN: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, RuntimeError, OverflowError, MemoryError),
    *(struct.error, zlib.error),
)
"""What Pillow's readers raise on files that are not what they claim."""

_USE_ANOTHER: Final = "Use a JPEG, PNG or WebP picture, or a video such as MP4."

Pillow.MAX_IMAGE_PIXELS = None  # the limit of the settings is held against the header before decoding


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture: `image` RGB, `alpha` (H, W) uint8 or None where all is opaque.

    Under transparency `image` goes on with the nearest opaque colours. `digest` is the SHA-256 of the
    file's bytes, `name` the file's name, `notes` what the user should know.
    """

    image: Image
    alpha: Image | None
    digest: str
    notes: tuple[str, ...] = ()
    name: str = "The picture"


def load_picture(path: Path, *, max_megapixels: float, max_megabytes: float) -> Picture:
    """Raises `PortraitError` for a file that is missing, empty, too large, broken or no picture."""
    check_file(path, max_megabytes)
    try:
        with Pillow.open(path, formats=FORMATS) as opened:
            check_size(path.name, opened.size, max_megapixels)
            notes = _notes(opened)
            rgb, alpha = _decode(opened)
    except UnidentifiedImageError:
        raise _not_a_picture(path) from None
    except BROKEN as error:
        raise _damaged(path.name, error) from None
    if alpha is not None:
        rgb = fill_transparent(rgb, alpha)
    return Picture(rgb, alpha, file_digest(path), notes, path.name)


def check_file(path: Path, max_megabytes: float) -> None:
    """Raises `PortraitError` where nothing can be read from `path`, or too much."""
    if path.is_dir():
        raise PortraitError(f"{path} is a folder, not a picture.", cure=_USE_ANOTHER)
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise PortraitError(f"There is no picture at {path}.", cure="Check the path.") from None
    except OSError as error:
        raise PortraitError(f"{path} cannot be opened: {error.strerror}.", cure="Check the path.") from None
    if size == 0:
        raise PortraitError(f"{path.name} is empty (0 bytes).", cure=_USE_ANOTHER)
    if size > max_megabytes * 1e6:
        raise PortraitError(
            f"{path.name} has {size / 1e6:,.0f} MB; at most {max_megabytes:g} MB are accepted.",
            cure="Save it smaller, or raise MAX_UPLOAD_MEGABYTES.",
        )


def check_size(name: str, size: tuple[int, int], max_megapixels: float) -> None:
    """Raises `PortraitError` where a picture has too few or too many pixels."""
    width, height = size
    if min(size) < _MIN_SIDE:
        raise PortraitError(
            f"{name} is {width} x {height} pixels: too small to show a face.",
            cure=f"Use a picture of at least {_MIN_SIDE} pixels each way, better 512.",
        )
    if width * height > max_megapixels * 1e6:
        raise PortraitError(
            f"{name} has {width} x {height} pixels, {width * height / 1e6:,.0f} megapixels; "
            f"at most {max_megapixels:g} are accepted.",
            cure="Make it smaller, or raise MAX_IMAGE_MEGAPIXELS.",
        )


def _notes(opened: Pillow.Image) -> tuple[str, ...]:
    frames = getattr(opened, "n_frames", 1)
    if frames <= 1 or opened.format == "MPO":
        return ()
    kind = "pages" if opened.format == "TIFF" else "frames"
    return (f"The picture has {frames} {kind}; the first is used.",)


def _decode(opened: Pillow.Image) -> tuple[Image, Image | None]:
    """RGB and alpha of the first frame, upright, at most `_KEPT_PIXELS`."""
    if opened.width * opened.height > 2 * _KEPT_PIXELS:
        opened.draft(None, (opened.width // 2, opened.height // 2))
    opened.load()
    picture: Pillow.Image = opened
    turn = _UPRIGHT.get(opened.getexif().get(_ORIENTATION_TAG, 1))
    if picture.mode in ("P", "PA", "1"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.width * picture.height > _KEPT_PIXELS:
        picture = _reduced(picture)
    picture = to_rgb(picture if turn is None else picture.transpose(turn))
    values = np.asarray(picture)
    if picture.mode == "RGB":
        return np.ascontiguousarray(values), None
    alpha = np.ascontiguousarray(values[..., 3])
    rgb = np.ascontiguousarray(values[..., :3])
    return rgb, None if alpha.min() == 255 else alpha


def _reduced(picture: Pillow.Image) -> Pillow.Image:
    scale = (_KEPT_PIXELS / (picture.width * picture.height)) ** 0.5
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    smooth = picture.mode not in ("I;16", "I;16B", "I;16L", "I", "F")
    return picture.resize(size, Pillow.Resampling.BOX if smooth else Pillow.Resampling.NEAREST)


def _not_a_picture(path: Path) -> PortraitError:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return PortraitError(f"{path.name} is a HEIC picture, which is not read.", cure="Save it as JPEG or PNG.")
    return PortraitError(f"{path.name} is not a picture that can be read.", cure=_USE_ANOTHER)


def _damaged(name: str, error: BaseException) -> PortraitError:
    text = str(error)
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return PortraitError(f"{name} is cut short: its end is missing.", cure="Copy or download it again.")
    reason = f" ({text})" if text else ""
    return PortraitError(f"{name} is damaged and cannot be decoded{reason}.", cure="Copy or download it again.")
