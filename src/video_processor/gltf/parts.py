"""A piece of a head's surface and how blendshapes move it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Triangles = NDArray[np.intp]
Moves = dict[str, Points]
"""Displacements (n, 3) of points by the name of the blendshape that makes them at 1; others do nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """Vertices in the head's frame, inter-ocular distances, as `HeadFrame` has them.

    `points` (n, 3); `places` (n, 2): where each vertex lies in the picture `tile`, shares of its width and
    height; `triangles` (m, 3).
    """

    tile: str
    points: Points
    places: Points
    triangles: Triangles
    moves: Moves = field(default_factory=dict)


def moved(part: Part, weights: Mapping[str, float]) -> Part:
    """The part as blendshapes of the given weights leave it."""
    shifts = [weight * part.moves[name] for name, weight in weights.items() if name in part.moves]
    return replace(part, points=part.points + sum(shifts, np.zeros(3)))


def strip(rows: int, columns: int, *, closed: bool = False) -> Triangles:
    """Triangles between `rows` lines of `columns` vertices each, numbered line by line; `closed` lines are rings."""
    across = columns if closed else columns - 1
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(across), indexing="ij")
    a, b = row * columns + column, row * columns + (column + 1) % columns
    c, d = a + columns, b + columns
    return np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], 2).reshape(-1, 3).astype(np.intp)


def fan(centre: int, ring: NDArray[np.intp]) -> Triangles:
    """Triangles from one vertex to a closed ring."""
    return np.stack([np.full(len(ring), centre), ring, np.roll(ring, -1)], axis=1)


def sphere(tilts: Points, segments: int) -> Points:
    """Rings of the unit sphere about the z axis (len(tilts) * segments, 3), each at an angle from +z in radians."""
    turn = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    across = [np.outer(np.sin(tilts), np.cos(turn)), np.outer(np.sin(tilts), np.sin(turn))]
    return np.stack([*across, np.outer(np.cos(tilts), np.ones(segments))], axis=-1).reshape(-1, 3)


def shares(places: Points, box: tuple[slice, slice]) -> Points:
    """Places in a picture (n, 2), pixels, as shares of its part `box`; what lies outside as its edge."""
    corner = np.array([box[1].start, box[0].start])
    size = np.array([box[1].stop - box[1].start, box[0].stop - box[0].start])
    return np.asarray(np.clip((places + 0.5 - corner) / size, 0, 1))
