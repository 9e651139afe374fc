"""Where the lids' edges lie: the landmarks' lines, which run a little inside the opening, widened to its rim."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet.fields import Points, resample

OUT, IN = 0.10, 0.08
"""How far an eye's corners lie beyond the landmarks', in eye lengths."""

UP, DOWN = 0.010, 0.010
"""How far the lids' edges lie beyond the landmarks', in inter-ocular distances."""

SEARCH: Final = 0.10
"""How much further the eyeball's colour is looked for at the lower lid and the corners, in inter-ocular distances."""

PROBES: Final = 48
"""Places on such a way."""

LEAST_CHROMA: Final = 10.0
"""The eyeball's colour must differ from the skin's by so much, in CIELAB units without lightness."""

MOST_MORE: Final = 0.05
"""An opening is widened further by this much at most, in inter-ocular distances."""


@dataclass(frozen=True, slots=True)
class EyeAxes:
    """Pixels (h, w, 2) of a patch, and each one's place along it, from the inner corner outward, and down it."""

    grid: Floats
    down_axis: Floats
    along: Floats
    outward: Floats
    down: Floats
    unit: float


@dataclass(frozen=True, slots=True)
class Opening:
    """An eye's own axes: `start` and `end` are its corners, `axis` leads from one to the other, `across` down.

    `upper`, `lower` (9, 2): the lids' edges, pixels of the picture.
    """

    axis: NDArray[np.float32]
    across: NDArray[np.float32]
    upper: Floats
    lower: Floats

    @property
    def start(self) -> Floats:
        return np.asarray(self.upper[0], np.float32)

    @property
    def end(self) -> Floats:
        return np.asarray(self.upper[-1], np.float32)

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.end - self.start))


def eye_opening(image: Image, upper: Floats, lower: Floats, unit: float, *, outer_last: bool) -> Opening:
    """The opening whose lids the landmarks `upper` and `lower` (9, 2) give, both from the picture's left on.

    `outer_last`: whether the last of them is at the outer corner.
    """
    length = float(np.linalg.norm(upper[-1] - upper[0]))
    first, last = (IN * length, OUT * length) if outer_last else (OUT * length, IN * length)
    grown = _grown(upper, lower, (first, last, UP * unit, DOWN * unit))
    skin, ball = _colours(image, grown, unit)
    if np.linalg.norm(ball - skin) < LEAST_CHROMA:
        return grown
    inner = grown.lower[2:-2]
    beyond = _run(image, inner, grown.across, skin, ball, unit)
    left = _run(image, grown.start[None], -grown.axis, skin, ball, unit)
    right = _run(image, grown.end[None], grown.axis, skin, ball, unit)
    return _grown(upper, lower, (first + left, last + right, UP * unit, DOWN * unit + beyond))


def _grown(upper: Floats, lower: Floats, more: tuple[float, float, float, float]) -> Opening:
    """The lines with `more` pixels at the first corner, the last one, the upper lid and the lower one."""
    axis = (upper[-1] - upper[0]) / np.linalg.norm(upper[-1] - upper[0])
    across = np.array([-axis[1], axis[0]], np.float32)
    centre, half = (upper[0] + upper[-1]) / 2, float(np.linalg.norm(upper[-1] - upper[0])) / 2
    lines = []
    for line, rise in ((upper, -more[2]), (lower, more[3])):
        place = (line - centre) @ axis / half
        aside = np.where(place < 0, more[0], more[1]) * place
        down = rise * np.maximum(1 - place**2, 0)
        lines.append(np.asarray(line + np.outer(aside, axis) + np.outer(down, across), np.float32))
    return Opening(np.asarray(axis, np.float32), across, *lines)


def _colours(image: Image, opening: Opening, unit: float) -> tuple[Floats, Floats]:
    """The chroma (2,) of the skin under an eye and of its eyeball just above the lower lid's edge."""
    edge = opening.lower[2:-2]
    steps = np.linspace(0.06, 0.12, 5) * unit
    skin = _chroma(image, (edge[:, None] + steps[:, None] * opening.across).reshape(-1, 2))
    inside = edge[:, None] + np.linspace(0.1, 0.4, 5)[:, None] * (opening.upper[2:-2] - edge)[:, None]
    return np.median(skin, axis=0), np.median(_chroma(image, inside.reshape(-1, 2)), axis=0)


def _run(image: Image, edge: Floats, way: Floats, skin: Floats, ball: Floats, unit: float) -> float:
    """How far from `edge` (n, 2) on the eyeball's colour goes on along `way`, pixels, the median of all."""
    steps = np.linspace(0, SEARCH * unit, PROBES)
    colours = _chroma(image, (edge[:, None] + steps[:, None] * way).reshape(-1, 2)).reshape(len(edge), PROBES, 2)
    likeness = (colours - skin) @ (ball - skin) / np.sum((ball - skin) ** 2)
    ends = np.where((likeness < 0.5).any(axis=1), (likeness < 0.5).argmax(axis=1), 0)
    return min(float(np.median(steps[ends])), MOST_MORE * unit)


def _chroma(image: Image, places: Floats | Points) -> Floats:
    """CIELAB a and b (n, 2) of a picture at places (n, 2)."""
    colours = resample(image, np.asarray(places[None], np.float32), cv2.INTER_LINEAR)
    lab = cv2.cvtColor(colours.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.asarray(lab[0, :, 1:], np.float32)
