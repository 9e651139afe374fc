"""What a video keeps of its portrait: flicker, likeness where nothing moves, and the face once it is aligned."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from evaluator.metrics import Values, known, unknown
from video_processor.head_pose import RIGID, head_angles, head_rotation
from video_processor.quality.film import decoded_pictures
from video_processor.quality.looks import mouth_of
from video_processor.renderers.puppet import topology as topo
from video_processor.tracking.landmarks import TrackedFace

LOOK_EVERY: Final = 5
"""Frames between two that are compared with the portrait."""

STILL_LEVELS: Final = 2
"""Pixels that change by no more, of 255, do not move."""

STILL_RANGE: Final = 12
"""Pixels whose lightest and darkest values lie no further apart stand still in the whole video."""

LIKE_POSE_DEGREES: Final = 6.0
"""Only faces whose pitch and yaw are so near to the portrait's are compared with it: others show other skin."""

LEAST_STILL_SHARE: Final = 0.02
GAUSS_SIGMA: Final = 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Wang, Bovik, Sheikh and Simoncelli 2004, *Image quality assessment: from error visibility to structural
similarity*."""

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class _Sums:
    """What is gathered over the frames of a video; (H, W) each but for the lists."""

    low: Image
    high: Image
    likeness: Floats
    looks: int = 0
    flickers: list[float] = field(default_factory=list)
    ssims: list[float] = field(default_factory=list)
    colours: list[float] = field(default_factory=list)


def pictures(video: Path, face: TrackedFace, portrait: Portrait) -> Values:
    """Of a finished video and the portrait at its size. Raises `EncodingError` where it cannot be read."""
    sums = _gathered(video, face, portrait)
    still = (sums.high.astype(np.int16) - sums.low <= STILL_RANGE) & ~_mouth(portrait)
    likeness = sums.likeness / max(sums.looks, 1)
    no_face = "no frame shows the face as the portrait does"
    moving = "nothing stands still outside the mouth"
    return {
        "flicker": known(np.mean(sums.flickers)) if sums.flickers else unknown("fewer than three frames"),
        "ssim_still": known(likeness[still].mean()) if still.mean() >= LEAST_STILL_SHARE else unknown(moving),
        "identity_ssim": known(np.mean(sums.ssims)) if sums.ssims else unknown(no_face),
        "identity_colour": known(np.mean(sums.colours)) if sums.colours else unknown(no_face),
    }


def _gathered(video: Path, face: TrackedFace, portrait: Portrait) -> _Sums:
    source = _grey(portrait.image)
    sums = _Sums(np.full_like(source, 255), np.zeros_like(source), np.zeros(source.shape, np.float32))
    aligned = _Aligned(portrait)
    before: list[Image] = []
    for (image, grey), marks in zip(_greys(video), face.landmarks, strict=False):
        np.minimum(sums.low, grey, out=sums.low)
        np.maximum(sums.high, grey, out=sums.high)
        before = [*before[-2:], grey]
        if len(before) == 3 and (level := flicker(*before)) is not None:
            sums.flickers.append(level)
        if sums.looks * LOOK_EVERY <= len(sums.flickers):
            sums.looks += 1
            sums.likeness += ssim_map(source, grey)
            if np.isfinite(marks[0, 0]) and _like_posed(marks, portrait):
                ssim, colour = aligned.compared(image, marks)
                sums.ssims.append(ssim)
                sums.colours.append(colour)
    return sums


def _like_posed(marks: Floats, portrait: Portrait) -> bool:
    angles = np.array(head_angles(head_rotation(marks))) - np.array(head_angles(head_rotation(portrait.landmarks)))
    return bool(np.abs(angles[:2]).max() <= LIKE_POSE_DEGREES)


def _greys(video: Path) -> Iterator[tuple[Image, Image]]:
    for image in decoded_pictures(video):
        yield image[..., :3], _grey(image)


def _grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image[..., :3]), cv2.COLOR_RGB2GRAY), np.uint8)


def flicker(first: Image, second: Image, third: Image) -> float | None:
    """Mean second difference of three grey frames, of the pixels that the third has as the first; None without any."""
    a, b, c = (frame.astype(np.int16) for frame in (first, second, third))
    calm = np.abs(c - a) <= STILL_LEVELS
    return float(np.abs(a - 2 * b + c)[calm].mean()) if calm.any() else None


def ssim_map(one: Image, other: Image) -> Floats:
    """Structural similarity (H, W) of two grey pictures around each pixel, -1..1."""
    a, b = one.astype(np.float32), other.astype(np.float32)

    def blurred(x: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(x, (0, 0), GAUSS_SIGMA), np.float32)

    mean_a, mean_b = blurred(a), blurred(b)
    var_a, var_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    both = blurred(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + C1) * (2 * both + C2)
    return np.asarray(top / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2)), np.float32)


def _mouth(portrait: Portrait) -> Mask:
    mask = np.zeros(portrait.image.shape[:2], np.bool_)
    box = mouth_of(portrait)
    if box is not None:
        mask[box.top : box.bottom, box.left : box.right] = True
    return mask


class _Aligned:
    """Compares the rigid part of a face, without mouth and eyes, with the portrait's, once it is laid over it."""

    def __init__(self, portrait: Portrait) -> None:
        self._marks = portrait.landmarks
        self._grey = _grey(portrait.image)
        self._lab = _lab(portrait.image)
        self._mask = _face_mask(portrait)

    def compared(self, image: Image, marks: Floats) -> tuple[float, float]:
        """SSIM, and the mean distance of the colours (CIE76)."""
        turn = similarity(marks[list(RIGID), :2], self._marks[list(RIGID), :2])
        height, width = self._grey.shape
        laid = np.asarray(cv2.warpAffine(np.ascontiguousarray(image), turn, (width, height)), np.uint8)
        apart = np.linalg.norm(_lab(laid) - self._lab, axis=-1)
        return float(ssim_map(self._grey, _grey(laid))[self._mask].mean()), float(apart[self._mask].mean())


def similarity(points: Floats, targets: Floats) -> NDArray[np.float64]:
    """(2, 3): the turn, scale and shift that lay points (n, 2) over their targets best, by least squares."""
    x, y = points.astype(np.float64).T
    ones, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, ones, none], 1), np.stack([y, x, none, ones], 1)])
    (a, b, across, down), *_ = np.linalg.lstsq(rows, targets.T.astype(np.float64).ravel(), rcond=None)
    return np.array([[a, -b, across], [b, a, down]])


def _lab(image: Image) -> Floats:
    scaled = np.ascontiguousarray(image[..., :3]).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(scaled, (0, 0), GAUSS_SIGMA), cv2.COLOR_RGB2LAB), np.float32)


def _face_mask(portrait: Portrait) -> Mask:
    mask = np.zeros(portrait.image.shape[:2], np.uint8)
    _fill(mask, portrait.landmarks, topo.OVAL, 1)
    for eye in (topo.RIGHT_EYE_UPPER + topo.RIGHT_EYE_LOWER, topo.LEFT_EYE_UPPER + topo.LEFT_EYE_LOWER):
        _fill(mask, portrait.landmarks, eye, 0)
    return (mask > 0) & ~_mouth(portrait)


def _fill(mask: Image, marks: Floats, points: tuple[int, ...], value: int) -> None:
    outline = cv2.convexHull(np.round(marks[list(points), :2]).astype(np.int32))
    cv2.fillConvexPoly(mask, outline, value)
