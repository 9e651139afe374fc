"""The inside of the mouth: cavity, teeth and tongue, in the portrait's own light and colour."""

from dataclasses import dataclass, field
from math import hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import filled, smoothstep, softstep
from video_processor.renderers.puppet.mouth_depth import HEIGHT, WIDTH, depth, depth_to_picture, inner_flesh
from video_processor.renderers.puppet.tooth_light import tooth_white

Light = tuple[float, float, float]

TEXTURE_WIDTH, TEXTURE_HEIGHT = 192, 128
TOOTH_EDGES: Final = (0.0, 0.31, 0.55, 0.74, 0.87, 0.97)
"""Edges of the teeth from the middle outwards, share of the half arch as seen from the front."""

TOOTH_DROP: Final = (1.0, 0.94, 0.97, 0.91, 0.86)
"""Length of each upper tooth against a middle incisor's."""

LOWER_DROP: Final = (0.63, 0.64, 0.66, 0.62, 0.58)

ROUND_MOUTH: Final = (0.62, 0.88)
"""Rounded lips, this narrow against the picture's, keep the light from the teeth."""

LIP_SHADOW, DEEPEST_SHADOW = (0.05, 0.07), (0.64, 0.48)
"""How far the shadow of the lips reaches inwards, in inter-ocular distances, and the light left at their edge: in a
narrow opening and in a wide one."""

EDGE_SOFTNESS: Final = (0.006, 0.010)
INWARD_SHADE, INWARD_REACH = 0.42, 0.036
"""Lips that turn inwards get darker towards the opening, by this much over that distance, inter-ocular distances."""

RIM_SHADE, RIM_SOFTNESS = 0.72, 0.012
"""The skin inside the lips against the lips, and how softly it goes over into the dark, inter-ocular distances."""

SEEN_GAP: Final = (0.02, 0.12)
"""Over this stretch of opening, inter-ocular distances, light comes in: before it there is but a dark line."""

LOWER_SEEN_GAP: Final = (0.08, 0.20)
"""The lower teeth, behind the lower lip, come out of the dark later."""

DEEP_SEEN_GAP, DEEP_LIGHT = (0.12, 0.27), (0.2, 0.9)
"""What lies behind the teeth has the first share of their light in a narrow opening, and the second in a wide one."""

WARMTH: Final = (0.9, 1.1, 1.2)
"""Light in a half-shut mouth has been thrown back by lips and gums: each channel of it to this power."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """What shows between the lips: textures (RGBA float32, 0..255, alpha 0..1), the colours of the dark behind, and
    `depth`, what a wide opening shows there.
    """

    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    tongue: NDArray[np.float32]
    cavity: NDArray[np.float32]
    line: NDArray[np.float32]
    rim: NDArray[np.float32]
    depth: NDArray[np.float32]
    smaller: dict[tuple[str, int, int], NDArray[np.float32]] = field(default_factory=dict, repr=False, compare=False)

    def averaged(self, name: str, across: int, down: int) -> NDArray[np.float32]:
        """The texture of that name, `across` by `down` of its samples in one; kept, as mouths keep their size."""
        whole: NDArray[np.float32] = getattr(self, name)
        if across == down == 1:
            return whole
        found = self.smaller.get((name, across, down))
        if found is None:
            size = (TEXTURE_WIDTH // across, TEXTURE_HEIGHT // down)
            found = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)
            self.smaller[name, across, down] = found
        return found


def build_mouth(portrait: Portrait) -> Mouth:
    """Draws teeth and tongue once for a portrait, lit like its skin and tinted like its lips."""
    skin, lip = _colours(portrait)
    white = tooth_white(portrait, skin)
    flesh = inner_flesh(skin, lip)
    dark = flesh * 0.27
    return Mouth(
        upper=_teeth(white, dark, upper=True),
        lower=_teeth(white * 0.86, dark, upper=False),
        tongue=_tongue(flesh),
        cavity=np.asarray(dark, np.float32),
        line=np.asarray(lip * 0.45, np.float32),
        rim=np.asarray(lip * RIM_SHADE, np.float32),
        depth=np.dstack([depth(flesh), np.ones((HEIGHT, WIDTH), np.float32)]),
    )


def _colours(portrait: Portrait) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Median colour of the cheeks and of the lips, sRGB 0..255."""
    picture, marks = portrait.image, portrait.landmarks[:, :2]
    cheeks = [_around(picture, marks[i], portrait.inter_ocular * 0.06) for i in (50, 280)]
    lips = np.zeros(picture.shape[:2], np.uint8)
    for outer, inner in ((topo.UPPER_LIP_RINGS[0], topo.UPPER_INNER), (topo.LOWER_LIP_RINGS[0], topo.LOWER_INNER)):
        ring = np.vstack([marks[list(outer)], marks[list(inner)][::-1]])
        cv2.fillPoly(lips, [np.round(ring).astype(np.int32)], 255)
    found = picture[lips > 0]
    lip = np.median(found, axis=0) if len(found) else np.array([150.0, 90.0, 85.0])
    return np.median(np.concatenate(cheeks), axis=0).astype(np.float32), lip.astype(np.float32)


def _around(picture: Image, centre: Floats, reach: float) -> Image:
    r = max(1, round(reach))
    x, y = (int(v) for v in centre)
    part = picture[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1].reshape(-1, 3)
    return part if len(part) else picture.reshape(-1, 3)


def _teeth(white: NDArray[np.float32], dark: NDArray[np.float32], *, upper: bool) -> NDArray[np.float32]:
    """A row of teeth over the texture: gum side up for the upper row; mirrored and shorter for the lower."""
    x = np.linspace(-1, 1, TEXTURE_WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, TEXTURE_HEIGHT, dtype=np.float32)[:, None]
    half = np.abs(x)
    edges = np.array(TOOTH_EDGES if upper else [e * 0.78 for e in TOOTH_EDGES], np.float32)
    tooth = np.clip(np.searchsorted(edges, half.ravel(), side="right") - 1, 0, len(edges) - 2)
    left, right = edges[tooth], edges[tooth + 1]
    within = ((half.ravel() - left) / (right - left))[None, :]
    drops = np.array(TOOTH_DROP if upper else LOWER_DROP, np.float32)
    # Corners of the biting edge are rounded; the arch curves up to the sides.
    rounding = 0.045 * np.abs(2 * within - 1) ** 4
    tip = drops[tooth][None, :] * 0.86 - rounding - 0.08 * half**2
    body = smoothstep(0.0, 0.07, tip - y)
    gap = smoothstep(0.0, 0.06, np.minimum(within, 1 - within) * (right - left)[None, :] / 0.3)
    bulge = 0.94 + 0.06 * np.sqrt(np.clip(1 - (2 * within - 1) ** 2, 0, 1))
    shade = (0.84 + 0.16 * gap) * bulge * (1 - 0.55 * half**2.2) * (0.86 + 0.14 * smoothstep(0.2, 0.8, y))
    colour = white[None, None] * shade[..., None] + dark[None, None] * (1 - shade[..., None]) * 0.8
    alpha = body * smoothstep(0.0, 0.06, float(edges[-1]) - half)
    texture = np.concatenate([colour, np.broadcast_to(alpha[..., None], (*shade.shape, 1))], axis=-1)
    return np.ascontiguousarray(texture if upper else texture[::-1], np.float32)


def _tongue(flesh: NDArray[np.float32]) -> NDArray[np.float32]:
    x = np.linspace(-1, 1, TEXTURE_WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, TEXTURE_HEIGHT, dtype=np.float32)[:, None]
    top = 0.22 + 0.45 * x**2 + 0.04 * np.exp(-((x / 0.12) ** 2))
    alpha = smoothstep(0.0, 0.22, y - top) * smoothstep(0.0, 0.25, 0.86 - np.abs(x))
    groove = 1 - 0.16 * np.exp(-((x / 0.07) ** 2))
    shade = (0.55 + 0.40 * np.clip(y - top, 0, 0.5) / 0.5) * groove * (1 - 0.35 * x**2)
    colour = flesh[None, None] * shade[..., None]
    return np.ascontiguousarray(
        np.concatenate([colour, alpha[..., None] * np.ones_like(colour[..., :1])], axis=-1), np.float32
    )


@dataclass(frozen=True, slots=True)
class MouthPlace:
    """Where the inside is drawn in one frame. Points in pixels of the patch.

    `hole`: the inner lip line (n, 2); `round`: the dark within it, which the lips' inner skin
    rings. `skull`, `jaw`, `tongue`: where the top-left, top-right and bottom-left
    corners (3, 2) of the textures lie. `gap`: opening in inter-ocular distances; `narrow`: width of the mouth over
    the picture's; `tongue_out`: 0..1; `unit`: pixels of one distance.
    """

    shape: tuple[int, int]
    hole: Floats
    round: Floats
    skull: Floats
    jaw: Floats
    tongue: Floats
    gap: float
    narrow: float
    tongue_out: float
    unit: float


@dataclass(frozen=True, slots=True)
class _Layer:
    """A texture (h, w, 4) in so much light, 0..1; the `affine` (6,) leads from its samples to the patch."""

    texture: NDArray[np.float32]
    affine: tuple[float, ...]
    light: Light
    strength: float


def draw_inside(mouth: Mouth, place: MouthPlace, *, upper_teeth: bool = True) -> tuple[NDArray[np.float32], Floats]:
    """The inside over the patch: colours (h, w, 3), 0..255, and cover (h, w), 0..1."""
    hole = filled(place.hole, place.shape)
    dark = hole if place.round is place.hole else filled(place.round, place.shape)
    layers = _layers(mouth, place, upper_teeth=upper_teeth)
    if native.kernels is None:
        return _inside(mouth, place, layers, hole, dark)
    colours, cover = np.empty((*place.shape, 3), np.float32), np.empty(place.shape, np.float32)
    native.kernels.mouth_inside(
        hole,
        dark,
        *place.shape,
        tuple(_numbers(layer, mouth) for layer in layers),
        (_softness(place), *_inward(place), *_shadow(place), _rim_softness(place)),
        tuple(mouth.rim.tolist()),
        colours,
        cover,
    )
    return colours, cover


def _layers(mouth: Mouth, place: MouthPlace, *, upper_teeth: bool) -> list[_Layer]:
    """What lies behind the opening, hindmost first: that fills it, the others leave it free around them."""
    bright = _light(mouth, place)
    share = _between(DEEP_LIGHT, softstep(*DEEP_SEEN_GAP, place.gap))
    deep = bright[0] * share, bright[1] * share, bright[2] * share
    rows = [
        ("lower", place.jaw, 0.8 * softstep(*LOWER_SEEN_GAP, place.gap)),
        ("upper", place.skull, float(upper_teeth)),
        ("tongue", place.tongue, 0.95 * softstep(0.0, 0.5, place.tongue_out)),
    ]
    behind = _Layer(mouth.depth, depth_to_picture(place.hole, place.skull), deep, 1.0)
    return [behind, *(_layer(mouth, *row, bright) for row in rows if row[-1] > 0)]


def _layer(mouth: Mouth, name: str, corners: Floats, strength: float, light: Light) -> _Layer:
    """The texture of that name with its top left, top right and bottom left at `corners` (3, 2) of the patch.

    Where it is drawn smaller it is averaged first, so that the lines between teeth fade and do not flicker.
    """
    (x, y), right, low = corners.tolist()
    (xx, yx), (xy, yy) = (right[0] - x, right[1] - y), (low[0] - x, low[1] - y)
    across, down = TEXTURE_WIDTH / max(hypot(xx, yx), 1.0), TEXTURE_HEIGHT / max(hypot(xy, yy), 1.0)
    small = mouth.averaged(name, max(1, round(across)), max(1, round(down)))
    height, width = small.shape[:2]
    xx, yx, xy, yy = xx / width, yx / width, xy / height, yy / height
    return _Layer(small, (xx, xy, x + (xx + xy) / 2, yx, yy, y + (yx + yy) / 2), light, strength)


def _numbers(layer: _Layer, mouth: Mouth) -> native.Layer:
    return layer.texture, *layer.texture.shape[:2], layer.affine, layer.light, _dark(layer, mouth), layer.strength


def _dark(layer: _Layer, mouth: Mouth) -> Light:
    """Of what has no light the dark of the cavity is seen."""
    (red, green, blue), light = mouth.cavity.tolist(), layer.light
    return red * (1 - light[0]), green * (1 - light[1]), blue * (1 - light[2])


def _inside(
    mouth: Mouth, place: MouthPlace, layers: list[_Layer], hole: Image, dark: Image
) -> tuple[NDArray[np.float32], Floats]:
    """What `Kernels.mouth_inside` does."""
    cover = np.maximum(hole, dark)
    inside = _drawn(layers[0], mouth, place.shape, cv2.BORDER_REPLICATE)[..., :3]
    for layer in layers[1:]:
        drawn = _drawn(layer, mouth, place.shape, cv2.BORDER_CONSTANT)
        alpha = drawn[..., 3] * np.float32(layer.strength)
        inside += alpha[..., None] * (drawn[..., :3] - inside)
    inside *= _depth_shade(cover, place)[..., None]
    if dark is not hole:
        share = cv2.GaussianBlur(dark, (0, 0), _rim_softness(place)).astype(np.float32)[..., None] / 255
        inside += (1 - share) * (mouth.rim - inside)
    return inside, _edge(cover, place)


def _drawn(layer: _Layer, mouth: Mouth, shape: tuple[int, int], border: int) -> NDArray[np.float32]:
    """The lit layer over the patch (h, w, 4); alpha, and the light of what has none, ends at its edges or goes on."""
    lit = np.hstack([np.diag([*layer.light, 1.0]), np.array([*_dark(layer, mouth), 0.0])[:, None]])
    affine = np.array(layer.affine).reshape(2, 3)
    drawn = cv2.warpAffine(layer.texture, affine, shape[::-1], flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(cv2.transform(drawn, lit), np.float32)


def _edge(cover: Image, place: MouthPlace) -> Floats:
    """How much of the inside shows (h, w), 0..1: all of it in the opening, its shade on the lips beside."""
    seen = cv2.GaussianBlur(cover, (0, 0), _softness(place))
    share, reach = _inward(place)
    if share > 0:
        seen = cv2.max(seen, cv2.convertScaleAbs(cv2.blur(cover, (reach, reach)), alpha=share))
    return np.asarray(seen, np.float32) * np.float32(1 / 255)


def _softness(place: MouthPlace) -> float:
    """Of the edge, pixels."""
    return max(0.5, _between(EDGE_SOFTNESS, _wide(place)) * place.unit)


def _rim_softness(place: MouthPlace) -> float:
    """Between the lip line and the round dark within it there is the lips' inner skin, that softly, pixels."""
    return max(0.6, RIM_SOFTNESS * place.unit)


def _inward(place: MouthPlace) -> tuple[float, int]:
    """How much darker lips that turn inwards are at the edge, and over how many pixels."""
    return INWARD_SHADE * _wide(place), 2 * round(INWARD_REACH * place.unit) + 1


def _shadow(place: MouthPlace) -> tuple[float, float]:
    """How far the lips' shadow reaches inwards, pixels, and the light at their edge."""
    wide = _wide(place)
    return _between(LIP_SHADOW, wide) * place.unit, _between(DEEPEST_SHADOW, wide)


def _wide(place: MouthPlace) -> float:
    return softstep(*LOWER_SEEN_GAP, place.gap)


def _light(mouth: Mouth, place: MouthPlace) -> Light:
    """How much light what lies in the mouth has, 0..1; grey pictures have no warm light."""
    share = softstep(*SEEN_GAP, place.gap) * (0.25 + 0.75 * softstep(*ROUND_MOUTH, place.narrow))
    red, green, blue = mouth.cavity.tolist()
    if red == green == blue:
        return share, share, share
    return share ** WARMTH[0], share ** WARMTH[1], share ** WARMTH[2]


def _depth_shade(cover: Image, place: MouthPlace) -> Floats:
    """Lips throw a shadow inwards: darker near the edge, lighter in the middle."""
    reach, deepest = _shadow(place)
    near = cv2.distanceTransform((cover > 127).astype(np.uint8), cv2.DIST_L2, 3) / np.float32(reach)
    return np.asarray(deepest + (1 - deepest) * np.clip(near, 0, 1), np.float32)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share
