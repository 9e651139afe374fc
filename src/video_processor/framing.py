"""Head and shoulders out of a portrait, at the size of the video."""

from dataclasses import replace
from typing import Final, Literal, NamedTuple, get_args

import cv2
import numpy as np

from avatar.types import Cutout, Floats, Image, Portrait, Size

Framing = Literal["auto", "close", "portrait", "square", "full"]
FRAMINGS: Final[tuple[Framing, ...]] = get_args(Framing)
"""`close`: the face fills the frame. `portrait`: head and shoulders. `square`: the same in a frame with equal sides.
`full`: as much of the picture as the frame's aspect allows. `auto`: head and shoulders, or the whole picture where the
face fills that well already."""

_FACE_SHARE: Final[dict[Framing, float]] = {"auto": 0.45, "close": 0.6, "portrait": 0.45, "square": 0.45}
"""Height of the face, forehead to chin, over that of the frame."""

SMALLEST_SIDE: Final = 64
LARGEST_SIDE: Final = 4096
"""Pixels of a video's side."""

_EYE_LINE: Final = 0.42
"""Height of the eyes in the frame, from its top."""

_CLOSE_ENOUGH: Final = 0.37
"""Share of the largest possible crop's height from which on a face fills it well, so that nothing is cut."""

_TIGHTEST: Final = 1.35
"""Least height of a crop in face heights: hair and chin stay whole."""

_TIGHTEST_ACROSS: Final = 1.15
"""Least width of a crop in face widths."""

_STRAY: Final = 0.01
"""Share of the frames in which a face may be somewhere else, since it is measured wrongly."""

_SOFT_ENLARGEMENT: Final = 2.0
"""Enlargement from which on the video looks soft."""

_MARGIN_BLUR: Final = 0.03
"""Blur of what lies beyond the picture's edges, over the frame's longer side."""


class Crop(NamedTuple):
    """A rectangle of the picture in pixels; it may reach beyond the picture."""

    x: float
    y: float
    width: float
    height: float

    def scale(self, size: Size) -> Floats:
        """Enlargement (2,) across and down at `size`."""
        return np.array([size.width / self.width, size.height / self.height], np.float32)


def frame_portrait(portrait: Portrait, size: Size, framing: Framing = "auto") -> Portrait:
    """The portrait cut as `framing` asks and resampled to `size`, with all that was measured on it.

    The crop has the frame's aspect and stays within the picture wherever the face then fits; where it cannot
    (a wide frame from a narrow picture), the picture's edges go on, blurred.
    """
    crop = crop_for(portrait.landmarks[None], portrait.size, size, framing)
    return crop_portrait(portrait, crop, size)


def crop_for(landmarks: Floats, picture: Size, size: Size, framing: Framing) -> Crop:
    """One crop for all frames of a picture of that size, whose face has the `landmarks` (n, 478, 3)."""
    return _whole_pixels(_choose(landmarks[:, :468, :2], picture, size, framing), picture, size)


def crop_portrait(portrait: Portrait, crop: Crop, size: Size) -> Portrait:
    """The crop at `size`, with all that was measured on it."""
    scale = crop.scale(size)
    return replace(
        portrait,
        image=crop_image(portrait.image, crop, size),
        person=_resampled(portrait.person, crop, size),
        alpha=None if portrait.alpha is None else _resampled(portrait.alpha, crop, size),
        landmarks=crop_landmarks(portrait.landmarks, crop, size),
        inter_ocular=portrait.inter_ocular * float(scale.mean()),
        notes=(*portrait.notes, *_notes(float(scale.max()))),
        cutout=None if portrait.cutout is None else _framed(portrait.cutout, crop, size),
    )


def crop_landmarks(landmarks: Floats, crop: Crop, size: Size) -> Floats:
    """Landmarks (..., 478, 3) of the picture in the crop at `size`."""
    scale = crop.scale(size)
    moved = landmarks.copy()
    moved[..., :2] = (moved[..., :2] - np.array([crop.x, crop.y], np.float32)) * scale
    moved[..., 2] *= scale.mean()
    return moved


def crop_image(image: Image, crop: Crop, size: Size) -> Image:
    """The crop at `size`; beyond the image its edges go on, blurred."""
    whole = Size(image.shape[1], image.shape[0])
    return _with_soft_margin(_resampled(image, crop, size), crop, whole)


def _framed(cutout: Cutout, crop: Crop, size: Size) -> Cutout:
    behind = None if cutout.behind is None else _resampled(cutout.behind, crop, size)
    return Cutout(_resampled(cutout.front, crop, size), behind)


def _notes(scale: float) -> tuple[str, ...]:
    if scale < _SOFT_ENLARGEMENT:
        return ()
    return (f"The face is enlarged {scale:.1f} times and looks soft; a larger picture would be sharper.",)


def _choose(points: Floats, picture: Size, size: Size, framing: Framing) -> Crop:
    """The crop, in fractions of pixels, for the face's landmarks (n, 468, 2) in all frames of the picture."""
    width, height = picture
    aspect = size.width / size.height
    face_height = float(np.linalg.norm(points[:, 10] - points[:, 152], axis=1).mean())
    low, high = np.quantile(points.min(axis=1), _STRAY, axis=0), np.quantile(points.max(axis=1), 1 - _STRAY, axis=0)
    down, across, middle = float(_sway(points)[1]), float(high[0] - low[0]), float(low[0] + high[0]) / 2
    eyes = float(points[:, [33, 133, 362, 263], 1].mean())
    largest = min(height, width / aspect)
    wanted = _wanted_height(face_height, largest, framing)
    least = max(min(_TIGHTEST * face_height + down, height), min(_TIGHTEST_ACROSS * across, width) / aspect)
    tall = max(min(wanted, largest), least)
    wide = tall * aspect
    left = _within(middle - wide / 2, wide, width)
    top = _within(eyes - _EYE_LINE * tall, tall, height)
    return Crop(left, top, wide, tall)


def _sway(points: Floats) -> Floats:
    """How far (2,) the middle of the face goes over the frames, pixels across and down."""
    return np.asarray(np.ptp(points.mean(axis=1), axis=0), np.float32)


def _wanted_height(face_height: float, largest: float, framing: Framing) -> float:
    """Height of the crop that the framing asks for; `largest` is the most that the picture has."""
    fills_well = framing == "auto" and face_height >= _CLOSE_ENOUGH * largest
    if framing == "full" or fills_well:
        return largest
    return face_height / _FACE_SHARE[framing]


def _within(start: float, length: float, limit: float) -> float:
    """`start` moved so that the stretch lies within 0..limit, or around it where it is longer."""
    if length >= limit:
        return (limit - length) / 2
    return min(max(start, 0.0), limit - length)


def _whole_pixels(crop: Crop, picture: Size, frame: Size) -> Crop:
    """The crop at whole pixels; one that has the frame's size but for a pixel gets it, so that nothing is resampled."""
    x, y = round(crop.x), round(crop.y)
    width, height = max(1, round(crop.width)), max(1, round(crop.height))
    if abs(width - frame.width) <= 1 and abs(height - frame.height) <= 1:
        width, height = frame
    if width <= picture.width:
        x = min(max(x, 0), picture.width - width)
    if height <= picture.height:
        y = min(max(y, 0), picture.height - height)
    return Crop(x, y, width, height)


def _resampled(picture: Image, crop: Crop, size: Size) -> Image:
    """The crop at `size`; beyond the picture its edge pixels go on."""
    height, width = picture.shape[:2]
    x0, y0 = int(crop.x), int(crop.y)
    x1, y1 = x0 + int(crop.width), y0 + int(crop.height)
    part = picture[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    beyond = (max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0))
    if any(beyond):
        part = np.asarray(cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE), np.uint8)
    return resampled(part, size)


def resampled(picture: Image, size: Size) -> Image:
    """The whole picture at `size`: pixels averaged where it shrinks, bicubic where it grows."""
    if (picture.shape[1], picture.shape[0]) == tuple(size):
        return picture.copy()
    method = cv2.INTER_AREA if picture.shape[0] > size.height else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, tuple(size), interpolation=method), np.uint8)


def own_size(picture: Size, shorter: int | None = None) -> Size:
    """The size of a video that shows all of a picture: the picture's own with even sides, none over `LARGEST_SIDE`.

    With `shorter` its shorter side has so many pixels, and the other as many as the picture's proportions give it.
    """
    wanted = 1.0 if shorter is None else shorter / min(picture)
    scale = min(wanted, LARGEST_SIDE / max(picture))
    width, height = (max(2, int(side * scale) // 2 * 2) for side in picture)
    return Size(width, height)


def _with_soft_margin(frame: Image, crop: Crop, size: Size) -> Image:
    """The frame with what lies beyond the picture blurred, more and more away from its edge."""
    across = _beyond(crop.x, crop.width, size.width, frame.shape[1])
    down = _beyond(crop.y, crop.height, size.height, frame.shape[0])
    distance = np.maximum(across[None, :], down[:, None])
    if not distance.any():
        return frame
    sigma = max(1.0, _MARGIN_BLUR * max(frame.shape[:2]))
    blurred = cv2.GaussianBlur(frame, (0, 0), sigma)
    share = np.clip(distance / sigma, 0.0, 1.0)[..., None]
    return np.asarray(np.rint(frame * (1 - share) + blurred * share), np.uint8)


def _beyond(start: float, length: float, limit: int, pixels: int) -> Floats:
    """How far (in the frame's pixels) each of `pixels` along a side lies beyond the picture."""
    place = start + (np.arange(pixels) + 0.5) * (length / pixels)
    outside = np.maximum(np.maximum(-place, place - limit), 0.0)
    return np.asarray(outside * (pixels / length), np.float32)
