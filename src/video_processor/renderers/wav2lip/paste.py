"""The network's mouth laid into a frame, in its colours and as sharp as what surrounds it.

With `m` the mask, `d` the drawn face, `c` the face that the network saw and `s` how like they are, all of 96 pixels,
the frame `f` becomes `f + m (up(d) + s (f - up(c)) - f)`: what is drawn as it was keeps the frame's own pores and
stubble, and a face that is drawn unchanged gives the frame back. `up` is cubic, and done once:
`f (1 - up(m (1 - s))) + up(m (d - s c))`.
"""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from models.wav2lip.generator import SIDE
from video_processor.renderers.puppet.fields import Box, common, is_empty
from video_processor.renderers.wav2lip.crop import FaceCrop, corners_of
from video_processor.renderers.wav2lip.mask import HIDDEN_FROM

RING_ROBUSTNESS: Final = 25.0
"""Levels of difference from the ring's median by which a pixel stops telling of its light."""

GAIN_LIMITS: Final = (0.7, 1.4)
COARSE: Final = 24
GAIN_SOFTNESS: Final = 3.0
"""The gain is computed on a picture of so many pixels a side, and smooth over so many of them."""

LEAST_RING: Final = 1e-3

FROM_ROW: Final = HIDDEN_FROM - 12
"""The mask begins at the first of these rows; what is laid in depends on nothing above the second: the widest blurs and
what lies between them reach so far."""

LIKENESS_LEVELS: Final = 12.0
"""Differences of so many levels are another shape, which the frame's details do not fit."""

SHARPENING: Final = 0.35
"""Share of the finest detail that is added to what the network draws in another shape, at a magnification of 3."""


def paste(frame: Image, crop: FaceCrop, seen: Image, drawn: Image, mask: Floats) -> None:
    """Lays `drawn` over `frame` (h, w, 3 or 4), in place, by `mask` (96, 96); beyond it no byte changes.

    `seen` and `drawn` (96, 96, 3): the face of `crop` as the network saw it, and as it drew it.
    """
    box = _box(crop, mask, frame)
    if is_empty(box):
        return
    mask = mask[FROM_ROW:]
    own = seen[FROM_ROW:].astype(np.float32)
    lit = drawn[FROM_ROW:].astype(np.float32)
    lit *= gain(own, lit, mask)
    like = likeness(own, lit)
    fine = lit - cv2.GaussianBlur(lit, (0, 0), 1.0)
    strength = np.float32(SHARPENING * np.clip((crop.scale - 1) / 2, 0, 1))
    unlike = 1 - like
    lit += fine * (unlike * strength)[..., None]
    lit -= own * like[..., None]
    layers = np.dstack([lit * mask[..., None], unlike * mask])
    wide = _up(layers, crop, box)
    part = frame[box][..., :3]
    part[:] = cv2.add(part * (1 - wide[..., 3:]), wide[..., :3], dtype=cv2.CV_8U)


def gain(own: Floats, drawn: Floats, mask: Floats) -> Floats:
    """What to multiply `drawn` by (n, 96, 3) so that it has the light of `own` where the mask passes between them.

    A smooth field, so that both sides of a face keep their light. Pixels that show different things do not count. All
    are the last `n` rows of a face, a multiple of 4; above them the mask is 0.
    """
    ring = 4 * mask * (1 - mask)
    inside = ring > 0.2
    if not inside.any():
        return np.ones_like(drawn)
    off = (own - drawn).mean(axis=-1)
    weight = ring * np.exp(-(((off - np.median(off[inside])) / np.float32(RING_ROBUSTNESS)) ** 2))
    wanted, found = (_spread(picture * weight[..., None]) for picture in (own, drawn))
    field = (wanted + LEAST_RING) / (found + LEAST_RING)
    field = np.clip(field, *GAIN_LIMITS).astype(np.float32)
    return np.asarray(cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.float32)[SIDE - len(own) :]


def _spread(picture: Floats) -> Floats:
    """A blurred small copy (24, 24, 3) of a face of which the last rows are given and the others 0.

    With something of the mean everywhere.
    """
    rows = len(picture) * COARSE // SIDE
    small = np.zeros((COARSE, COARSE, 3), np.float32)
    small[COARSE - rows :] = cv2.resize(picture, (COARSE, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), GAIN_SOFTNESS) + 0.01 * small.mean(axis=(0, 1)), np.float32)


def likeness(own: Floats, drawn: Floats) -> Floats:
    """1 where two faces (n, 96, 3) show the same, 0 where they do not (n, 96); cautious near a difference."""
    off = np.abs(cv2.GaussianBlur(own - drawn, (0, 0), 1.2)).max(axis=-1)
    worst = cv2.dilate(off, np.ones((3, 3), np.uint8))
    like = np.exp(-((worst / np.float32(LIKENESS_LEVELS)) ** 2))
    return np.asarray(cv2.GaussianBlur(like, (0, 0), 1.5), np.float32)


def _box(crop: FaceCrop, mask: Floats, frame: Image) -> Box:
    """The part of the frame that the mask touches; empty where it is all 0."""
    if not mask.any():
        return slice(0, 0), slice(0, 0)
    back = np.linalg.inv(crop.to_face[:, :2])
    x, y = ((corners_of(mask) - crop.to_face[:, 2]) @ back.T).T
    found = slice(int(np.floor(y.min())), int(y.max()) + 2), slice(int(np.floor(x.min())), int(x.max()) + 2)
    return common(found, (slice(0, frame.shape[0]), slice(0, frame.shape[1])))


def _up(layers: Floats, crop: FaceCrop, box: Box) -> Floats:
    """Layers (n, 96, k) of the last rows of the face at the pixels of a box of the frame."""
    to_face = crop.to_face.copy()
    to_face[1, 2] -= SIDE - len(layers)
    to_face[:, 2] += to_face[:, :2] @ [box[1].start, box[0].start]
    size = (box[1].stop - box[1].start, box[0].stop - box[0].start)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(layers, to_face, size, flags=flags, borderMode=cv2.BORDER_CONSTANT), np.float32)
