"""What each blendshape does to the landmarks of a face, in the head's frame and inter-ocular distances.

The jaw turns about the ears, lips follow their rings, brows and cheeks move as soft patches. Amplitudes
are those of average adults: `jawOpen` 1 parts the inner lips by 0.33 distances of the outer eye corners.
Shapes of the eyes are not here: lids and irises are layers of their own.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import smoothstep
from video_processor.renderers.puppet.open_lips import CORNER_DROP, CORNER_ENDS, LOWER_LIP_SHARE, open_lips

Points = NDArray[np.float64]

JAW_GAP: Final = 0.33
"""Distance of the inner lips at `jawOpen` 1."""

CLOSING_SHARE: Final = 0.94
"""How much of shutting parted lips the lower one does."""

SMILE_SHARE, SMILE_HANG = 0.34, (0.0, 0.09)
"""In an open smile the upper lip does so much more of the closing; its corners hang this little."""


UPPER_FULLER: Final = 0.35
"""An upper lip that comes down gets thicker by this share of its way."""

LEVELLING: Final = 1.15
"""Raised corners of pursed lips come down by so much of their height."""

WIDE_OPEN: Final = (0.15, 0.35)
"""Lips so far apart in the picture, in part and in full, are stretched: shutting gives them their shape back."""

STRETCHED_SHARE: Final = 0.10
"""The stretched upper lip does so much more of the closing, with all of which it gets thicker."""

STRETCHED_FLATTER, STRETCHED_WIDER = 0.35, 0.16
"""The lower lip gets thinner by this share, and the mouth wider."""

LAP, LAP_SHARE = 0.024, 0.08
"""So far do shut lips lap, inter-ocular distances, or by that share of how far the picture shows them parted."""

OPENING_SKIN, CLOSING_SKIN = (0.80, 0.88), (0.98, 1.0)
"""Shares of the jaw's way that skin goes below the lip and at the tip of the chin: as the jaw opens the chin's pad is
pressed together, as it shuts chin and lip come up as one."""

LAP_GAP: Final = 0.05
"""Lips lap in full where they were at least so far apart."""


class FaceShapes:
    """Displacement fields (468, 3) by blendshape name, for the face whose head-frame points are given."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.mouth = (points[13] + points[14]) / 2
        self.half_width = float(np.linalg.norm(points[308] - points[78]) / 2)
        self.x, self.y = points[:, 0], points[:, 1]
        self.chin_drop = float(points[topo.CHIN, 1] - self.mouth[1])

    def table(self) -> dict[str, Points]:
        """Every shape that moves skin."""
        builders: tuple[Callable[[], dict[str, Points]], ...] = (
            self._jaw,
            self._lips_together,
            self._lips_round,
            self._corners,
            self._lip_edges,
            self._brows,
            self._cheeks_and_nose,
        )
        table: dict[str, Points] = {}
        for build in builders:
            table.update(build())
        return table

    def _bump(
        self, centre: Points, spread_x: float, spread_y: float, *, right: float = 0.0, down: float = 0.0
    ) -> Points:
        """A soft patch round `centre`, shifted `right` in the picture and `down`."""
        dx, dy = (self.x - centre[0] - right) / spread_x, (self.y - centre[1] - down) / spread_y
        return np.asarray(np.exp(-(dx**2) - dy**2))

    def _field(self, weight: Points, x: float | Points = 0.0, y: float | Points = 0.0, z: float = 0.0) -> Points:
        return np.stack([weight * x, weight * y, weight * z], axis=1)

    def _ring_profile(self, rings: tuple[tuple[int, ...], ...], power: float, at_corner: float) -> Points:
        """Weight on lip rings: 1 in the middle, `at_corner` at the corners; 0 elsewhere."""
        weight = np.zeros(len(self.points))
        arch = (1 - np.linspace(-1, 1, 11) ** 2) ** power
        for ring in rings:
            weight[list(ring)] = at_corner + (1 - at_corner) * arch
        return weight

    def _jaw(self) -> dict[str, Points]:
        weight = self._mandible(OPENING_SKIN)
        lower = self._ring_profile(topo.LOWER_LIP_RINGS, 0.82, CORNER_DROP)
        open_ = self._field(weight, y=JAW_GAP * LOWER_LIP_SHARE)
        lips = list(topo.UPPER_LIP + topo.LOWER_LIP + topo.CORNERS)
        open_[lips] = open_lips(self.points, JAW_GAP)[lips]
        open_[:, 2] = 0.25 * np.clip(open_[:, 1], 0, None)
        lateral = 0.85 * np.maximum(weight, lower)
        side_shift = self._field(lateral, x=0.10)
        return {
            "jawOpen": open_,
            "jawLeft": side_shift,
            "jawRight": -side_shift,
            "jawForward": self._field(lateral, y=0.015, z=-0.08),
        }

    def closing(self, *, lapping: bool = False) -> Points:
        """Displacement that shuts lips which the picture shows parted: the jaw comes up until each pair meets.

        Where they are to be `lapping` their inner edges, which the picture shows in shadow, are hidden. The upper
        lip's border comes less far, so that a lip which a smile has drawn thin gets full again.

        Corners that hang below the upper lip's middle, as in a wide open mouth, come up to where the lips meet. In a
        smile, whose corners lie as high as that middle, the upper lip comes down to meet the lower one.
        """
        gap = self.points[list(topo.LOWER_INNER)] - self.points[list(topo.UPPER_INNER)]
        hang = self.points[list(topo.CORNERS), 1].mean() - self.points[topo.UPPER_INNER[5], 1]
        stretched = float(smoothstep(*WIDE_OPEN, gap[5, 1]))
        share = CLOSING_SHARE - SMILE_SHARE * (1 - float(smoothstep(*SMILE_HANG, hang))) - STRETCHED_SHARE * stretched
        rise = np.array([0.0, min(0.0, (1 - share) * gap[5, 1] - hang), 0.0])
        upper = (1 - share) * gap + np.outer(CORNER_ENDS, rise)
        shape = -np.outer(self._mandible(CLOSING_SKIN), share * gap[5])
        lap = max(LAP, LAP_SHARE * gap[5, 1]) if lapping else 0.0
        over = np.minimum(1.0, np.abs(gap[:, 1:2]) / LAP_GAP) * np.array([0.0, lap, 0.0])
        fuller = UPPER_FULLER + (1 - UPPER_FULLER) * stretched
        for place, ring in enumerate(topo.UPPER_LIP_RINGS):
            shape[list(ring)] = upper - fuller * (1 - place / 3) * (1 - share) * gap
        inner = self.points[list(topo.LOWER_INNER)]
        border = self.points[17]
        pressed = lap + STRETCHED_FLATTER * stretched * (border[1] - inner[5, 1])
        below = (self.y - border[1]) / max(float(self.points[topo.CHIN, 1] - border[1]), 1e-6)
        beside = np.exp(-(((self.x - border[0]) / self.half_width) ** 4))
        shape[:, 1] -= pressed * beside * np.where(below > 0, np.clip(1 - below, 0, 1), 0.0)
        for ring in topo.LOWER_LIP_RINGS:
            flatter = (inner - self.points[list(ring)]) * np.array([0.0, STRETCHED_FLATTER * stretched, 0.0])
            shape[list(ring)] = upper - gap - over + flatter
        shape[list(topo.CORNERS)] = rise
        shape[:, 0] += STRETCHED_WIDER * stretched * self._beside_mouth()
        return shape

    def _beside_mouth(self) -> Points:
        """How far each point (468,) lies from the middle, fading out away from the mouth."""
        near = self._bump(self.mouth, 2.0 * self.half_width, 1.6 * self.half_width)
        return np.asarray((self.x - self.mouth[0]) * near)

    def _mandible(self, shares: tuple[float, float]) -> Points:
        """How much of the jaw's drop the skin shares: `shares` below the lip and at the chin, part at the cheeks.

        None on the upper lip.
        """
        below = np.clip((self.y - self.mouth[1]) / self.chin_drop, -1, 1.1)
        aside = np.abs(self.x - self.mouth[0])
        side = np.exp(-((aside / 0.62) ** 4))
        beside = smoothstep(0.85, 1.4, aside / self.half_width)
        onset = smoothstep(0.0, 1.0, below / (0.25 + 0.35 * beside))
        skin = (shares[0] + (shares[1] - shares[0]) * below) * onset
        above = np.minimum((self.y - self.mouth[1]) / self.chin_drop, 0)
        cheek = 0.36 * beside * np.exp(-(below**2) / 0.35) * np.exp(-((above / 0.9) ** 4))
        weight = np.maximum(skin, cheek) * side
        weight[list(topo.UPPER_LIP)] = 0
        return np.asarray(weight)

    def _lips_together(self) -> dict[str, Points]:
        """`mouthClose` brings the lips of an open jaw together, the chin stays where it is."""
        lower = self._ring_profile(topo.LOWER_LIP_RINGS, 0.62, 0.38)
        upper = self._ring_profile(topo.UPPER_LIP_RINGS, 0.62, 0.38)
        chin_pad = 0.35 * self._bump(self.mouth, 0.25, 0.14, down=self.chin_drop * 0.55)
        lift = np.where(lower > 0, lower, chin_pad * (upper == 0))
        shape = self._field(lift, y=-JAW_GAP * 0.62) + self._field(upper * (lower == 0), y=JAW_GAP * 0.30)
        shape[list(topo.CORNERS)] = [0, -JAW_GAP * 0.2, 0]
        return {"mouthClose": shape}

    def _lips_round(self) -> dict[str, Points]:
        near = self._bump(self.mouth, 0.44, 0.26)
        toward = (self.mouth[0] - self.x) * near
        upper, lower = self._lip_patch(topo.UPPER_LIP), self._lip_patch(topo.LOWER_LIP)
        level = self._levelled()
        pucker = np.stack([toward * 0.50, (lower - upper) * 0.006 + level, -near * 0.09], axis=1)
        funnel = np.stack([toward * 0.32, (lower - upper) * 0.050 + 0.6 * level, -near * 0.10], axis=1)
        return {"mouthPucker": pucker, "mouthFunnel": funnel}

    def _levelled(self) -> Points:
        """How far down each point (468,) goes so that raised corners come to the height of the lips' middle: lips that
        push forward do not smile.
        """
        line = (self.points[list(topo.UPPER_INNER)] + self.points[list(topo.LOWER_INNER)]) / 2
        line[[0, -1]] = self.points[[61, 291]]
        height = np.interp(self.x, line[:, 0], line[:, 1])
        raised = np.maximum(self.mouth[1] - height, 0)
        outside = np.maximum(np.maximum(line[0, 0] - self.x, self.x - line[-1, 0]), 0)
        near = np.exp(-((outside / 0.22) ** 2) - ((self.y - height) / 0.24) ** 2)
        return np.asarray(LEVELLING * raised * near)

    def _lip_patch(self, indices: tuple[int, ...]) -> Points:
        patch = np.zeros(len(self.points))
        patch[list(indices)] = np.exp(-(((self.x[list(indices)] - self.mouth[0]) / self.half_width) ** 2))
        return patch

    def _corner_bumps(self) -> Points:
        right, left = self.points[61], self.points[291]
        return self._bump(right, 0.16, 0.16) + self._bump(left, 0.16, 0.16)

    def _corners(self) -> dict[str, Points]:
        table: dict[str, Points] = {}
        for side, corner, out in (("Right", 61, -1.0), ("Left", 291, 1.0)):
            here = self._bump(self.points[corner], 0.20, 0.17)
            cheek = self._bump(self.points[corner], 0.18, 0.16, right=out * 0.10, down=-0.22)
            smile = self._field(here, x=out * 0.062, y=-0.088, z=0.03) + self._field(cheek, x=out * 0.014, y=-0.042)
            table[f"mouthSmile{side}"] = smile
            table[f"mouthFrown{side}"] = self._field(here, x=out * 0.010, y=0.070)
            table[f"mouthDimple{side}"] = self._field(here, x=out * 0.045, y=-0.012, z=0.03)
            table[f"mouthStretch{side}"] = self._field(here, x=out * 0.075, y=0.022, z=0.02)
        near = self._bump(self.mouth, 0.40, 0.24) * smoothstep(-0.22, -0.08, self.y - self.mouth[1])
        table["mouthLeft"] = self._field(near, x=0.09)
        table["mouthRight"] = self._field(near, x=-0.09)
        return table

    def _lip_edges(self) -> dict[str, Points]:
        """Shapes of single lips: rings nearer the lip line move more or less than the border."""
        roll_lower, roll_upper = self._towards_line(topo.LOWER_LIP_RINGS), self._towards_line(topo.UPPER_LIP_RINGS)
        table = {
            "mouthRollLower": roll_lower * 0.55,
            "mouthRollUpper": roll_upper * 0.55,
            "mouthShrugLower": self._field(self._lower_block(), y=-0.045),
            "mouthShrugUpper": self._field(self._upper_block(), y=-0.035),
        }
        for side, out in (("Right", -1.0), ("Left", 1.0)):
            half = 1 / (1 + np.exp(-out * (self.x - self.mouth[0]) / 0.045))
            table[f"mouthLowerDown{side}"] = self._field(self._lower_block() * half, y=0.075)
            table[f"mouthUpperUp{side}"] = self._field(self._upper_block() * half, y=-0.065)
            table[f"mouthPress{side}"] = (roll_lower + roll_upper) * 0.32 * half[:, None]
        return table

    def _towards_line(self, rings: tuple[tuple[int, ...], ...]) -> Points:
        """Each ring moves towards the inner lip line, so that the lip turns in and thins."""
        shape = np.zeros_like(self.points)
        inner = self.points[list(rings[-1])]
        for ring, share in zip(rings[:-1], (0.75, 0.85, 0.92), strict=True):
            shape[list(ring)] = (inner - self.points[list(ring)]) * share
        shape[list(topo.CORNERS)] = 0
        return shape

    def _lower_block(self) -> Points:
        lip = self._ring_profile(topo.LOWER_LIP_RINGS, 0.5, 0.12)
        below = 0.5 * self._bump(self.mouth, 0.26, 0.16, down=self.chin_drop * 0.45)
        return np.where(lip > 0, lip, below * (self.y > self.mouth[1]))

    def _upper_block(self) -> Points:
        lip = self._ring_profile(topo.UPPER_LIP_RINGS, 0.5, 0.12)
        above = 0.6 * self._bump(self.mouth, 0.28, 0.12, down=-0.13)
        return np.where(lip > 0, lip, above * (self.y < self.mouth[1]))

    def _brows(self) -> dict[str, Points]:
        table: dict[str, Points] = {}
        inner = np.zeros(len(self.points))
        for side, brow, out in (("Right", topo.RIGHT_BROW, -1.0), ("Left", topo.LEFT_BROW, 1.0)):
            centre = self.points[list(brow)].mean(axis=0)
            # Lids keep still: the patch fades out above the eyes.
            clear = 1 / (1 + np.exp((self.y - centre[1] - 0.105) / 0.028))
            middle = self._bump(centre, 0.26, 0.26) * clear
            inside = self._bump(centre, 0.15, 0.26, right=-out * 0.16) * clear
            outside = self._bump(centre, 0.16, 0.24, right=out * 0.15) * clear
            table[f"browDown{side}"] = self._field(middle * 0.6 + inside * 0.5, x=-out * 0.020, y=0.076)
            table[f"browOuterUp{side}"] = self._field(outside * 0.75 + middle * 0.35, y=-0.085)
            inner = np.maximum(inner, inside)
        table["browInnerUp"] = self._field(inner, y=-0.095)
        return table

    def _cheeks_and_nose(self) -> dict[str, Points]:
        table: dict[str, Points] = {}
        puff = np.zeros_like(self.points)
        for side, eye, wing, corner, out in (("Right", 145, 98, 61, -1.0), ("Left", 374, 327, 291, 1.0)):
            below_eye = self._bump(self.points[eye], 0.20, 0.13, right=out * 0.04, down=0.20)
            table[f"cheekSquint{side}"] = self._field(below_eye, x=out * 0.014, y=-0.110)
            sneer = self._bump(self.points[wing], 0.10, 0.12)
            table[f"noseSneer{side}"] = self._field(sneer, x=-out * 0.008, y=-0.054)
            cheek = self._bump(self.points[corner], 0.20, 0.24, right=out * 0.16, down=-0.04)
            puff += self._field(cheek, x=out * 0.045, z=-0.08)
        table["cheekPuff"] = puff
        return table
