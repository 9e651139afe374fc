"""Where the lips, the teeth and the tongue are in a frame."""

from dataclasses import dataclass
from math import hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import Box, around, common, extent, filled, filled_sixteenths, softstep
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.head import HeadMotion, PosedHead
from video_processor.renderers.puppet.lip_outline import LINE_PARTS, ROUND_GAP, round_opening, rounded
from video_processor.renderers.puppet.mouth import MouthPlace
from video_processor.renderers.puppet.skin import SHEET_ABOVE, SHEET_HALF_WIDTH

Points = NDArray[np.float64]
Corners = list[list[float]]

UPPER_LINE: Final = (61, *topo.UPPER_INNER[1:-1], 291)
LOWER_LINE: Final = (61, *topo.LOWER_INNER[1:-1], 291)
"""The lip line of a wide open mouth: from the outer corners along the inner edges of the lips."""

WIDE_GAP: Final = (0.04, 0.15)
MOST_OUTWARD: Final = 0.65
"""Over this stretch of opening beyond the picture's the ends of the lip line move this share outwards."""

SHOWS_INSIDE_GAP: Final = 0.03
"""A picture whose inner lips are further apart than this, in inter-ocular distances, shows the inside itself."""

OPENING_GAP: Final = 0.02
"""The drawn inside comes in fully over this much opening beyond that of the picture."""

LOWER_BULGE: Final = np.interp(
    np.arange(10 * LINE_PARTS + 1) / LINE_PARTS, range(11), [0, 0.024, 0.020, 0.008, 0, 0, 0, 0.008, 0.020, 0.024, 0]
).astype(np.float32)
"""The lips' inner skin begins this much below a wide open lower line near its ends, inter-ocular distances: stretched
skin hides there how far they have parted."""

SEAM_MARGIN: Final = 0.05
SEAM_CELLS: Final = 3
"""So far below the lips, in inter-ocular distances and in cells more, both sheets may be seen."""

FAR: Final = 20.0
"""Beyond all that is seen, inter-ocular distances."""

TEETH_HEIGHT: Final = 0.14
UPPER_TIP, LOWER_TIP = 0.86 * TEETH_HEIGHT, 0.47 * TEETH_HEIGHT
"""Height of the texture of a row of teeth, and where the middle teeth end in it, in inter-ocular distances."""

INCISOR_SHOW: Final = 0.045
"""How far the middle incisors hang below the upper lip's inner line at rest."""

LOWER_HIDE: Final = 0.004
"""How far the lower teeth's edges lie below the lower lip's inner line; negative is above."""

UNROLLED_GAP: Final = (0.02, 0.16)
ROLLED_HIDE: Final = 0.03
"""Lips that hardly part hide so much more of the teeth; they draw back over this stretch of opening."""

TONGUE_HEIGHT: Final = 0.24
TONGUE_RISE: Final = 0.11
"""How far a tongue that is put out comes up, in inter-ocular distances."""

HALF_STEP: Final = np.array([0.5, 0.0, 0.0])

LED: Final = np.array([*UPPER_LINE, *LOWER_LINE, 78, 308, 13, 14])
JAW: Final = np.array([17, 200, topo.CHIN])
LED_AND_JAW: Final = np.concatenate([LED, JAW]).astype(np.int32)
MIDDLE: Final = slice(13, 15)
"""Landmarks of both lines, the inner corners and the middle of the lips; and those that tell where the jaw goes."""


@dataclass(frozen=True, slots=True)
class Lips:
    """The lips of one frame, in pixels of the patch `box`, in which the sheets of skin part.

    `reach`: all of the output that the lower sheet covers; from `under` on, down the face, it is alone.
    `gap`: inner opening in inter-ocular distances, `own_gap` that of the picture; `cover`: how much of the inside is
    drawn, 0..1; `narrow`: width of the mouth over that in the picture; `tongue_out`: 0..1.
    """

    box: Box
    reach: Box
    under: float
    upper: Floats
    lower: Floats
    sideways: Floats
    down: Floats
    textures: tuple[Floats, Floats, Floats]
    gap: float
    own_gap: float
    cover: float
    narrow: float
    tongue_out: float
    unit: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.box[0].stop - self.box[0].start, self.box[1].stop - self.box[1].start

    def is_under(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Which positions of the output lie so far down the face that only the lower sheet is seen."""
        return np.asarray(x * self.down[0] + y * self.down[1] > self.under)

    def below(self) -> Floats:
        """1 where the lower sheet shows, 0 where the upper one does (h, w)."""
        softness = max(0.5, 0.006 * self.unit)
        if native.kernels is None:
            return _soft(filled(self._ring(), self.shape), softness)
        ring, n = np.empty((len(self.lower) + 4, 2), np.int32), len(self.lower)
        sideways, down = tuple(self.sideways.tolist()), tuple(self.down.tolist())
        native.kernels.seam(self.upper, self.lower, n, sideways, down, FAR * self.unit, ring)
        return _soft(filled_sixteenths(ring, self.shape), softness)

    def _ring(self) -> Floats:
        """Round all that lies below the line between the lips; where they lap it is midway."""
        lap, far = (self.upper - self.lower) @ self.down, FAR * self.unit
        seam = self.lower + np.multiply.outer(0.5 * np.maximum(lap, 0), self.down)
        aside, below = far * self.sideways, far * self.down
        ends = [seam[-1] + aside, seam[-1] + aside + below, seam[0] - aside + below, seam[0] - aside]
        return np.concatenate([seam, ends], dtype=np.float32)

    def shut_line(self, thickness: float) -> Floats:
        """The line where shut lips meet (h, w), 0..1, `thickness` in inter-ocular distances."""
        middle = (self.upper + self.lower) / 2
        mask = np.zeros(self.shape, np.uint8)
        width = max(1, round(thickness * self.unit))
        cv2.polylines(mask, [np.round(middle * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
        return _soft(mask, max(0.6, 0.5 * width))

    def place(self) -> tuple[Box, MouthPlace]:
        """The part of the output round the lip line, empty where that lies off the patch, and what is drawn in it."""
        dark = round_opening(self.upper, self.lower, self.down, self.gap, self.unit)
        lower, round_share = self.lower, softstep(*ROUND_GAP, self.gap)
        if round_share > 0:
            lower = lower + np.multiply.outer(LOWER_BULGE * np.float32(round_share * self.unit), self.down)
        hole = np.concatenate([self.upper, lower[::-1]])
        margin = 0.06 * self.unit
        height, width = self.shape
        (x0, y0), (x1, y1) = extent(hole)
        rows = slice(int(max(y0 - margin, 0)), int(y1 + margin + 1))
        columns = slice(int(max(x0 - margin, 0)), int(x1 + margin + 1))
        part = common((rows, columns), (slice(0, height), slice(0, width)))
        origin = np.array([part[1].start, part[0].start], np.float32)
        shape = part[0].stop - part[0].start, part[1].stop - part[1].start
        skull, jaw, tongue = (corners - origin for corners in self.textures)
        edge = hole - origin
        box = (
            slice(part[0].start + self.box[0].start, part[0].stop + self.box[0].start),
            slice(part[1].start + self.box[1].start, part[1].stop + self.box[1].start),
        )
        return box, MouthPlace(
            shape,
            edge,
            edge if dark is None else dark - origin,
            skull,
            jaw,
            tongue,
            self.gap,
            self.narrow,
            self.tongue_out,
            self.unit,
        )


class MouthRig:
    """Follows the lips of a portrait from frame to frame. `cell`: pixels between the nodes of the skin's fields."""

    def __init__(self, portrait: Portrait, frame: HeadFrame, head: HeadMotion, cell: int) -> None:
        self.cell = cell
        self.marks = portrait.landmarks[:468].astype(np.float64)
        self.depths = head.depths(self.marks[:, :2])
        self.size = portrait.size
        self.frame = frame
        mouth = (frame.points[13] + frame.points[14]) / 2
        ends = frame.place(np.array([mouth - HALF_STEP, mouth + HALF_STEP]))
        self.rigid = np.vstack([*texture_corners(frame), ends, _sheet_corners(frame, mouth)])
        self.narrow_parts, self.wider_parts = _parts(len(self.rigid))
        self.base = np.vstack([np.zeros((len(self.narrow_parts) - len(self.rigid), 3)), self.rigid])
        self.own_gap = rest_gap(portrait, frame)
        self.own_width = float(np.linalg.norm(portrait.landmarks[308, :2] - portrait.landmarks[78, :2]))
        self.shut_gap = self.own_gap if self.own_gap <= SHOWS_INSIDE_GAP else 0.0
        self.down = frame.turn[:, 1] * frame.scale
        still, drawn = np.zeros((len(JAW), 3)), np.vstack([self.down, self.down])
        self.led = np.concatenate([self.marks[LED], still, drawn])
        self.led_depths = np.hstack([self.depths[:, LED], np.zeros((len(self.depths), len(JAW)), np.float32)])

    def follow(self, moved: Floats, head: PosedHead, tongue_out: float = 0.0) -> Lips:
        """The lips when skin has moved by `moved` (468, 2) pixels, and then the head."""
        points = self._led(moved, head, tongue_out)
        placed = points.astype(np.float32)
        n = (len(points) - len(self.rigid)) // 2
        upper, lower, textures = placed[:n], placed[n : 2 * n], placed[2 * n : 2 * n + 9]
        ends, sheet = points[2 * n + 9 : 2 * n + 11], points[2 * n + 11 :]
        sideways, down = _axes(*ends.tolist())
        unit, middle = self.frame.scale, n // 2
        gap = float((lower[middle] - upper[middle]).dot(down)) / unit
        under = float((lower @ down).max()) + SEAM_MARGIN * unit
        reach, box = self._boxes(sheet.tolist(), under, down.tolist())
        origin = np.array([box[1].start, box[0].start], np.float32)
        textures -= origin
        return Lips(
            box=box,
            reach=reach,
            under=under,
            upper=upper - origin,
            lower=lower - origin,
            sideways=sideways,
            down=down,
            textures=(textures[:3], textures[3:6], textures[6:]),
            gap=gap,
            own_gap=self.own_gap,
            cover=min(max((gap - self.shut_gap) / OPENING_GAP, 0.0), 1.0),
            narrow=hypot(*(upper[-1] - upper[0]).tolist()) / self.own_width,
            tongue_out=tongue_out,
            unit=unit,
        )

    def _led(self, moved: Floats, head: PosedHead, tongue_out: float) -> Points:
        """The upper and the lower lip's line, corners of the three textures, which go with skull and jaw, then the ends
        of an axis and the sheet's corners, all (n, 2), where skin and head have taken them.

        The less the lips are parted the further they hang over the teeth.
        """
        (x, y), (lower_x, lower_y) = (self.marks[MIDDLE, :2] + moved[MIDDLE]).tolist()
        parted = hypot(lower_x - x, lower_y - y) / self.frame.scale
        wide = MOST_OUTWARD * softstep(*WIDE_GAP, parted - self.own_gap)
        led = self.led.copy()
        led[-2] *= ROLLED_HIDE * (1 - softstep(*UNROLLED_GAP, parted))
        led[-1] *= TONGUE_RISE * min(tongue_out, 1.0)
        if native.kernels is not None:
            placed, points, parts = np.empty((len(self.base), 2)), len(self.base), len(led)
            native.kernels.led(
                head.view,
                head.shares,
                len(head.shares),
                moved,
                LED_AND_JAW,
                self.led_depths,
                len(LED_AND_JAW),
                self.narrow_parts,
                self.wider_parts,
                wide,
                self.base,
                points,
                parts,
                led,
                placed,
            )
            return placed
        led[:-2, :2] += moved[LED_AND_JAW]
        led[:-2, 2] = head.relief(self.led_depths)
        return head.move((self.narrow_parts + wide * self.wider_parts) @ led + self.base)

    def _boxes(self, sheet: Corners, under: float, down: list[float]) -> tuple[Box, Box]:
        """What the lower sheet, with four corners, covers, and the part of it in which both sheets are seen."""
        far = under + SEAM_CELLS * self.cell
        ways = [far - x * down[0] - y * down[1] for x, y in sheet[:2]]
        below = [[x + way * down[0], y + way * down[1]] for (x, y), way in zip(sheet[:2], ways, strict=True)]
        seam = self._box([*sheet[:2], *below])
        return around(self._box(sheet), seam), seam

    def _box(self, points: Corners) -> Box:
        x, y = zip(*points, strict=True)
        found = slice(int(min(y)), int(max(y)) + 2), slice(int(min(x)), int(max(x)) + 2)
        return common(found, (slice(0, self.size.height), slice(0, self.size.width)))


def _parts(rigid: int) -> tuple[Points, Points]:
    """What each led point has a part in, of both lines and the `rigid` points after them, and what a full share of the
    outer corners adds to that: (points, led) each. The last two led ones are how far lips hide teeth, and a tongue's
    rise.
    """
    led, line, corner = len(LED) + len(JAW) + 2, len(UPPER_LINE), len(UPPER_LINE) + len(LOWER_LINE)
    lines = np.zeros((2, 2, line, led))
    for narrow, first in zip(lines[0], (0, line), strict=True):
        narrow[1:-1, first + 1 : first + line - 1] = np.eye(line - 2)
        narrow[[0, -1], [corner, corner + 1]] = 1
    for wider, first in zip(lines[1], (0, line), strict=True):
        wider[[0, -1], [first, first + line - 1]] = 1
        wider[[0, -1], [corner, corner + 1]] = -1
    shares = np.zeros((rigid, led))
    jaw = slice(len(LED), len(LED) + len(JAW))
    shares[3:6, jaw], shares[6:9, jaw] = 1 / len(JAW), 0.8 / len(JAW)
    shares[:3, -2], shares[3:6, -2], shares[6:9, -1] = -1, 1, -1
    narrow, wider = rounded(lines).reshape(2, -1, led)
    return np.vstack([narrow, shares]), np.vstack([wider, np.zeros((rigid, led))])


def _axes(start: list[float], end: list[float]) -> tuple[Floats, Floats]:
    """Unit vectors across and down the face in the output, from two points across it."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = hypot(x, y)
    return np.array([x / length, y / length], np.float32), np.array([-y / length, x / length], np.float32)


def _sheet_corners(frame: HeadFrame, mouth: Points) -> Points:
    """Corners (4, 3) of what the lower sheet covers in the picture at rest, upper ones first."""
    aside = SHEET_HALF_WIDTH * float(np.linalg.norm(frame.points[308] - frame.points[78]) / 2)
    rows = (mouth[1] - SHEET_ABOVE, frame.points[topo.CHIN, 1] + 1.15)
    return frame.place(np.array([[mouth[0] + side * aside, y, mouth[2]] for y in rows for side in (-1, 1)]))


def texture_corners(frame: HeadFrame) -> tuple[Points, Points, Points]:
    """Corners of upper teeth, lower teeth and tongue in the picture at rest, (3, 3) each."""
    mouth = (frame.points[13] + frame.points[14]) / 2
    half = float(np.linalg.norm(frame.points[308] - frame.points[78]) / 2)
    x, z = mouth[0], mouth[2] + 0.06
    upper_lip, lower_lip = frame.points[13, 1], frame.points[14, 1]
    rows = (
        (upper_lip + INCISOR_SHOW - UPPER_TIP, TEETH_HEIGHT, 0.86),
        (lower_lip + LOWER_HIDE - LOWER_TIP, TEETH_HEIGHT, 0.80),
        (lower_lip - 0.11, TONGUE_HEIGHT, 0.82),
    )
    upper, lower, tongue = (
        frame.place(np.array([[x - w * half, top, z], [x + w * half, top, z], [x - w * half, top + tall, z]]))
        for top, tall, w in rows
    )
    return upper, lower, tongue


def rest_gap(portrait: Portrait, frame: HeadFrame) -> float:
    """Opening of the inner lips in the picture, inter-ocular distances."""
    return float(np.linalg.norm(portrait.landmarks[14, :2] - portrait.landmarks[13, :2]) / frame.scale)


@dataclass(frozen=True, slots=True)
class OwnInside:
    """Where the picture itself shows teeth (h, w), 0..1: with the edges of both lips, and clear of the lower lip.

    From (`x`, `y`) of the picture on; elsewhere and at its edges there are none.
    """

    whole: Floats
    upper: Floats
    x: int
    y: int
    gap: float

    def mask(self, gap: float) -> Floats:
        """What of it rides on the skull at an opening of `gap`: all at the picture's own, no lower lip beyond."""
        beyond = min(max((gap - self.gap) / 0.03, 0.0), 1.0)
        if beyond in (0.0, 1.0):
            return self.upper if beyond else self.whole
        return self.whole * np.float32(1 - beyond) + self.upper * np.float32(beyond)


def own_inside(portrait: Portrait, frame: HeadFrame) -> OwnInside | None:
    """The teeth that the picture shows; None where its lips are shut."""
    gap = rest_gap(portrait, frame)
    if gap <= SHOWS_INSIDE_GAP:
        return None
    marks = portrait.landmarks[:, :2]
    upper, lower = marks[list(UPPER_LINE)], marks[list(LOWER_LINE)]
    down = frame.turn[:2, 1] * frame.scale
    raised = lower - np.minimum(0.02 * down, 0.4 * np.abs(lower - upper))
    reach = max(1, round(0.02 * frame.scale))
    whole = cv2.dilate(_fill(portrait, upper, lower), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    above = _fill(portrait, upper - 0.03 * down, raised)
    softness = max(0.6, 0.008 * frame.scale)
    masks = _soft(np.asarray(whole, np.uint8), softness), _soft(above, softness)
    left, top, width, height = cv2.boundingRect(np.asarray(np.maximum(*masks) > 0, np.uint8))
    seen, upper_seen = (np.pad(mask[top : top + height, left : left + width], 1) for mask in masks)
    return OwnInside(seen, upper_seen, left - 1, top - 1, gap)


def _soft(mask: Image, sigma: float) -> Floats:
    """A mask (h, w) of 0..255 blurred, as 0..1."""
    if native.kernels is None:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32) * np.float32(1 / 255)
    (height, width), soft = mask.shape, np.empty(mask.shape, np.float32)
    native.kernels.softened(mask, height, width, sigma, soft)
    return soft


def _fill(portrait: Portrait, upper: Points | Floats, lower: Points | Floats) -> Image:
    return filled(np.vstack([upper, lower[::-1]]).astype(np.float64), portrait.image.shape[:2])
