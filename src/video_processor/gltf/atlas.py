"""One picture for a whole head: the portrait's head above, eyes, teeth, tongue and the mouth's dark below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.gltf.eyes import EyeLines
from video_processor.gltf.parts import Points
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.mouth import build_mouth

SIDES: Final = (1024, 2048)
"""Width and height of the picture, pixels: the smaller one while the head fits."""

JPEG_QUALITY: Final = 90
MARGIN: Final = 1 / 256
"""Rim of each tile that repeats its edge, so that neighbours do not bleed into it; share of the side."""

TILES: Final[dict[str, tuple[float, float, float, float]]] = {
    "face": (0.0, 0.0, 1.0, 0.75),
    "eyeRight": (0.0, 0.75, 0.25, 1.0),
    "eyeLeft": (0.25, 0.75, 0.5, 1.0),
    "upperTeeth": (0.5, 0.75, 0.75, 0.875),
    "lowerTeeth": (0.5, 0.875, 0.75, 1.0),
    "tongue": (0.75, 0.75, 1.0, 0.875),
    "cavity": (0.75, 0.875, 1.0, 1.0),
}
"""Left, top, right and bottom of each tile, shares of the side."""

EYE_REACH: Final = 0.3
"""Half a side of an eye's patch, in inter-ocular distances."""

LID_SHADE: Final = 0.006
"""Beside lids the eye is in their shade over this height, in inter-ocular distances."""

IRIS_RIM: Final = 1.08
"""Radius up to which an iris colours the picture, against its own."""

Box = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Atlas:
    """`picture` (side, side, 3) RGB."""

    picture: Image

    def jpeg(self) -> bytes:
        _, data = cv2.imencode(".jpg", self.picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return data.tobytes()


def texture_places(tile: str, places: Points) -> Floats:
    """Places in a tile (n, 2), shares of it, as glTF's texture coordinates."""
    left, top, right, bottom = TILES[tile]
    corner, size = np.array([left, top]) + MARGIN, np.array([right - left, bottom - top]) - 2 * MARGIN
    return np.asarray(corner + places * size, np.float32)


def paint(tiles: Mapping[str, Image]) -> Atlas:
    """The tiles, each of any size, in their places."""
    side = SIDES[-1] if max(tiles["face"].shape) > SIDES[0] else SIDES[0]
    picture = np.zeros((side, side, 3), np.uint8)
    margin = round(MARGIN * side)
    for name, tile in tiles.items():
        left, top, right, bottom = (round(share * side) for share in TILES[name])
        size = (right - left - 2 * margin, bottom - top - 2 * margin)
        smaller = size[0] < tile.shape[1]
        drawn = cv2.resize(tile, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        picture[top:bottom, left:right] = cv2.copyMakeBorder(
            drawn, margin, margin, margin, margin, cv2.BORDER_REPLICATE
        )
    return Atlas(picture)


def around(portrait: Portrait, places: Floats | Points, margin: float = 0.0) -> Box:
    """The part of the picture that holds `places` (n, 2) and a margin, pixels."""
    low, high = places.min(axis=0) - margin, places.max(axis=0) + margin + 1
    width, height = portrait.size
    x0, y0 = (int(v) for v in np.clip(low, 0, [width - 2, height - 2]))
    x1, y1 = (int(v) for v in np.clip(np.ceil(high), [x0 + 2, y0 + 2], [width, height]))
    return slice(y0, y1), slice(x0, x1)


def eye_box(portrait: Portrait, eye: EyeLines) -> Box:
    marks = portrait.landmarks[list(eye.upper + eye.lower), :2]
    return around(portrait, marks.mean(axis=0)[None], EYE_REACH * portrait.inter_ocular)


def eye_tile(portrait: Portrait, eye: EyeLines, box: Box) -> Image:
    """The patch `box` with the white of the eye and the iris continued to where lids hide them."""
    patch = portrait.image[box]
    marks = portrait.landmarks[:, :2] - np.array([box[1].start, box[0].start])
    opening = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillPoly(opening, [np.rint(marks[list(eye.upper + eye.lower[-2:0:-1])]).astype(np.int32)], 1)
    shade = max(1, round(LID_SHADE * portrait.inter_ocular))
    clear = cv2.erode(opening, np.ones((2 * shade + 1, 1), np.uint8), borderValue=0) > 0
    centre, ring = marks[eye.iris[0]], marks[list(eye.iris[1:])]
    radius = IRIS_RIM * float(np.linalg.norm(ring - centre, axis=1).mean())
    rows, columns = np.indices(opening.shape)
    away = np.hypot(columns - centre[0], rows - centre[1])
    whole = (slice(0, patch.shape[0]), slice(0, patch.shape[1]))
    white = fill_behind(patch, ~clear | (away < radius + 1), whole)
    iris = fill_behind(patch, ~clear | (away > radius), whole)
    share = np.clip(radius + 0.5 - away, 0, 1)[..., None]
    return np.asarray(np.rint(white + (iris.astype(np.float64) - white) * share), np.uint8)


def mouth_tiles(portrait: Portrait) -> dict[str, Image]:
    """Teeth and tongue before the mouth's dark, in the portrait's light."""
    mouth = build_mouth(portrait)
    return {
        "upperTeeth": _over(mouth.upper, mouth.cavity),
        "lowerTeeth": _over(mouth.lower, mouth.cavity),
        "tongue": _bytes(mouth.tongue[::-1, :, :3]),
        "cavity": np.tile(_bytes(mouth.cavity), (8, 8, 1)),
    }


def _over(picture: Floats, ground: Floats) -> Image:
    alpha = picture[..., 3:]
    return _bytes(picture[..., :3] * alpha + ground * (1 - alpha))


def _bytes(colours: Floats) -> Image:
    return np.asarray(np.clip(np.rint(colours), 0, 255), np.uint8)
