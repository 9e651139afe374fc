"""The inside of the mouth: a dark pouch behind the lips, two rows of teeth, and a tongue."""

from typing import Final

import numpy as np

from video_processor.gltf.parts import Moves, Part, Points, fan, sphere, strip
from video_processor.renderers.puppet import topology as topo

LIP_LINE: Final = topo.UPPER_INNER + topo.LOWER_INNER[-2:0:-1]
JAW: Final = ("jawOpen", "jawLeft", "jawRight", "jawForward")
JAW_POINTS: Final = (17, 200, topo.CHIN)
"""Landmarks whose mean goes as the lower jaw's bone goes."""

POUCH_HEIGHT: Final = 0.12
POUCH_DEPTH: Final = (0.26, 0.5)
"""Half height of the pouch behind shut lips, and how far behind them its rim and its end lie."""

TEETH_WIDTH: Final = 0.92
TEETH_HEIGHT: Final = 0.14
TEETH_BEHIND: Final = 0.05
TEETH_CURVE: Final = 0.2
TEETH_COLUMNS: Final = 17
UPPER_TOP: Final = -0.072
LOWER_TOP: Final = -0.075
OVERBITE: Final = 0.025
"""Rows of teeth: half width against the mouth's, height of the texture, distance behind the lips, depth of the
arch, top of each row's texture below the lip line, and how far the lower row lies behind the upper one."""

TONGUE_AXES: Final = np.array([0.16, 0.05, 0.22])
TONGUE_CENTRE: Final = np.array([0.0, 0.0, 0.33])
TONGUE_FOLLOWS_JAW: Final = 0.85
TONGUE_OUT: Final = np.array([0.0, 0.02, -0.36])
TONGUE_RINGS, TONGUE_SEGMENTS = 9, 16
"""An ellipsoid: half axes, centre from the middle of the lip line, and where its tip goes when it is put out."""


def mouth_parts(points: Points, moves: Moves) -> list[Part]:
    """The inside behind a neutral face's landmarks (468, 3), which `moves` move."""
    middle = (points[13] + points[14]) / 2
    half = float(np.linalg.norm(points[308] - points[78]) / 2)
    jaw = {name: moves[name][list(JAW_POINTS)].mean(axis=0) for name in JAW}
    return [
        _pouch(points, moves, middle),
        _teeth("upperTeeth", middle + np.array([0, UPPER_TOP, TEETH_BEHIND]), half, {}),
        _teeth("lowerTeeth", middle + np.array([0, LOWER_TOP, TEETH_BEHIND + OVERBITE]), half, jaw),
        _tongue(middle, jaw),
    ]


def _pouch(points: Points, moves: Moves, middle: Points) -> Part:
    ring = list(LIP_LINE)
    lips = points[ring]
    turn = 2 * np.pi * np.arange(len(ring)) / len(ring)
    rim = lips + np.stack([0 * turn, -POUCH_HEIGHT * np.sin(turn), 0 * turn + POUCH_DEPTH[0]], axis=1)
    end = middle + np.array([0, 0, POUCH_DEPTH[1]])
    count = len(ring)
    return Part(
        tile="cavity",
        points=np.vstack([lips, rim, end]),
        places=np.full((2 * count + 1, 2), 0.5),
        triangles=np.vstack([strip(2, count, closed=True), fan(2 * count, count + np.arange(count))]),
        moves={
            name: np.vstack([move[ring], move[ring], move[ring].mean(axis=0)])
            for name, move in moves.items()
            if move[ring].any()
        },
    )


def _teeth(tile: str, top: Points, half: float, jaw: dict[str, Points]) -> Part:
    across = np.linspace(-1, 1, TEETH_COLUMNS)
    line = np.stack([across * half * TEETH_WIDTH, 0 * across, TEETH_CURVE * across**2], axis=1) + top
    share = (across + 1) / 2
    points = np.vstack([line, line + np.array([0, TEETH_HEIGHT, 0])])
    places = np.vstack([np.stack([share, 0 * share + height], axis=1) for height in (0.0, 1.0)])
    return Part(
        tile=tile,
        points=points,
        places=places,
        triangles=strip(2, TEETH_COLUMNS),
        moves={name: np.tile(move, (len(points), 1)) for name, move in jaw.items()},
    )


def _tongue(middle: Points, jaw: dict[str, Points]) -> Part:
    """Rings round the axis from the root to the tip, which points to the lips."""
    unit = sphere(np.linspace(0, np.pi, TONGUE_RINGS), TONGUE_SEGMENTS)
    forward = (1 - unit[:, 2:]) / 2
    moves = {name: np.tile(TONGUE_FOLLOWS_JAW * move, (len(unit), 1)) for name, move in jaw.items()}
    return Part(
        tile="tongue",
        points=middle + TONGUE_CENTRE + unit * TONGUE_AXES,
        places=np.stack([(unit[:, 0] + 1) / 2, forward[:, 0]], axis=1),
        triangles=strip(TONGUE_RINGS, TONGUE_SEGMENTS, closed=True),
        moves={**moves, "tongueOut": forward**1.5 * TONGUE_OUT},
    )
