"""What was measured on the face of a portrait, beside its landmarks."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels, from its upper left corner; it may reach beyond the picture."""

    x: float
    y: float
    width: float
    height: float


Colour = tuple[int, int, int]
"""sRGB, 0..255 each."""

Glasses = Literal["none", "clear", "dark"]


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """Measured on the whole upright picture, whatever is cut out of it later. Pixels are that picture's.

    `faces` are the human faces, largest first, and `face` is the index of the one that is animated. `face_pixels`:
    longer side of its box, `face_share`: its box over the picture, `room`: least distance of the box from the
    picture's top, left and right edge in face heights (below 0 where it reaches beyond), `outside`: share of its
    landmarks beyond the edges.

    `skin` and `lips` are median colours; lips under a mask have the mask's. `mouth_gap` lies between the inner lips,
    in distances of the outer eye corners; `teeth`: share of that gap that is as light as teeth, None where the mouth is
    closed or colours are missing to tell. `eyes_closed`: 0 open, 1 closed, the more closed eye. `glasses` are told by
    their frame: `none` may be thin wire. `mouth_covered` and `forehead_covered`: by something of another colour than
    the skin.

    Lightness is CIE L*, 0..100: `shadows`, `middle` and `highlights` are its 5th, 50th and 95th percentile over the
    face. `white` and `black` are the shares of the face without any drawing. `light_side`: lightness of the cheek on
    the subject's left less that on the right, over both: positive where light comes from the subject's left.
    `sharpness`: 0 without any detail, 0.7 for a crisp face, at a fixed size. `blocks`: steps between JPEG's squares
    over those within them; 1 without any.
    """

    faces: tuple[Box, ...]
    face: int
    face_pixels: float
    face_share: float
    room: float
    outside: float
    skin: Colour
    lips: Colour
    mouth_gap: float
    teeth: float | None
    eyes_closed: float
    glasses: Glasses
    mouth_covered: bool
    forehead_covered: bool
    shadows: float
    middle: float
    highlights: float
    white: float
    black: float
    light_side: float
    sharpness: float
    blocks: float
