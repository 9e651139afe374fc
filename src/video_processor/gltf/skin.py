"""The skin of a face: the landmarks' own surface, with holes for mouth and eyes, and a rim of hair and neck."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Portrait
from video_processor.gltf.parts import Moves, Points, Triangles, strip
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import smoothstep
from video_processor.renderers.puppet.frame import HeadFrame

UNROLL: Final = 0.35
"""How much what lies further back is drawn apart before it is triangulated, a distance of depth."""

SPREAD: Final = (0.07, 0.09)
"""Lids and lips are drawn apart by the first, fading over the second, so that shut ones too have an inside."""

RIM_REACH: Final = 0.55
RIM_BELOW: Final = 0.22
"""How far the rim may reach beyond the face's outline, shares of it: at the sides, and below the chin."""

RIM_STEPS: Final = (0.3, 0.65, 1.0)
RIM_BACK: Final = 0.6
"""How much further back the rim lies for the same share beyond the outline, in inter-ocular distances."""

RIM_FOLLOW: Final = 0.4
"""Skin's motion dies away over this share beyond the outline."""

RAY_SAMPLES: Final = 24
SMOOTH_RAYS: Final = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9

EYE_LINES: Final = ((topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER), (topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER))
SPREAD_ENDS: Final = (0.5, 0.62)
"""Beyond the corners, which lie half a width from the middle, this fades out."""

LIP_LINES: Final = (topo.UPPER_LIP_RINGS[0], topo.LOWER_LIP_RINGS[0])
LANDMARKS: Final = 468


def face_triangles(points: Points, *, eyes_open: bool) -> Triangles:
    """Triangles of a neutral face's landmarks (468, 3): Delaunay's, and strips between the rings of the lips.

    `eyes_open`: the eyes are holes. Seen from the front they turn counter-clockwise, y up.
    """
    flat = _layout(points)
    inner = {i for rings in (topo.UPPER_LIP_RINGS, topo.LOWER_LIP_RINGS) for ring in rings[1:] for i in ring}
    chosen = np.array([i for i in range(LANDMARKS) if i not in inner], np.intp)
    found = chosen[_delaunay(flat[chosen])]
    middles = flat[found].mean(axis=1)
    keep = _within(middles, flat[list(topo.OVAL)])
    for lids in EYE_LINES if eyes_open else ():
        keep &= ~np.isin(found, lids).all(axis=1)
    upper, lower = LIP_LINES
    between = _within(middles, flat[list(upper + lower[-2:0:-1])])
    between |= np.isin(found, upper[1:-1]).any(axis=1) & np.isin(found, lower[1:-1]).any(axis=1)
    keep &= ~(np.isin(found, upper + lower).all(axis=1) & between)
    lips = [_lip(rings) for rings in (topo.UPPER_LIP_RINGS, topo.LOWER_LIP_RINGS)]
    return _facing_front(np.vstack([found[keep], *lips]), flat)


def _layout(points: Points) -> Points:
    """Where landmarks are triangulated (468, 2): the frontal view, unrolled, with eyes and mouth drawn open."""
    depth = points[:, 2:] - points[topo.NOSE_TIP, 2]
    flat = points[:, :2].copy()
    for upper, lower in (*EYE_LINES, LIP_LINES):
        middle = (points[list(upper), :2] + points[list(lower), :2]) / 2
        order = np.argsort(middle[:, 0])
        away = flat[:, 1] - np.interp(flat[:, 0], middle[order, 0], middle[order, 1])
        beside = np.abs(flat[:, 0] - middle[:, 0].mean()) / np.ptp(middle[:, 0])
        spread = SPREAD[0] * (1 - smoothstep(*SPREAD_ENDS, beside))
        side = np.sign(away)
        side[list(upper)], side[list(lower)], side[[upper[0], upper[-1]]] = -1, 1, 0
        flat[:, 1] += side * spread * np.exp(-np.abs(away) / SPREAD[1])
    return np.asarray((flat - flat[topo.NOSE_TIP]) * (1 + UNROLL * depth))


def _delaunay(flat: Points) -> Triangles:
    low, high = flat.min(axis=0) - 1, flat.max(axis=0) + 1
    division = cv2.Subdiv2D((float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])))
    single = flat.astype(np.float32)
    for x, y in single.tolist():
        division.insert((x, y))
    number = {tuple(place): i for i, place in enumerate(single.tolist())}
    corners = np.asarray(division.getTriangleList(), np.float32).reshape(-1, 3, 2).tolist()
    found = [[number.get(tuple(corner), -1) for corner in triangle] for triangle in corners]
    triangles = np.array(found, np.intp)
    return triangles[(triangles >= 0).all(axis=1)]


def _lip(rings: tuple[tuple[int, ...], ...]) -> Triangles:
    """Corners of a lip are shared, so the ends of its strips are triangles."""
    return np.array(rings, np.intp).ravel()[strip(len(rings), len(rings[0]))]


def _within(places: Points, ring: Points) -> NDArray[np.bool_]:
    outline = ring.astype(np.float32)[:, None]
    return np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) > 0 for x, y in places], bool)


def _facing_front(triangles: Triangles, flat: Points) -> Triangles:
    """Those with an area, turned counter-clockwise where y is up; `flat` has y down."""
    a, b, c = flat[triangles].transpose(1, 0, 2)
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    turned = np.where((area > 0)[:, None], triangles[:, ::-1], triangles)
    return np.asarray(turned[(triangles[:, 0] != triangles[:, 1]) & (triangles[:, 1] != triangles[:, 2])])


def rim(portrait: Portrait, frame: HeadFrame) -> tuple[Points, Triangles, Points]:
    """Rings (n, 3) round the face's outline as far as the person shows, back to the hair and the neck.

    Their triangles count the landmarks first; the last array (n,) says how much of the outline's motion
    each vertex shares, and vertex `i` follows the outline's point `i % 36`.
    """
    outline = frame.points[list(topo.OVAL)]
    centre = outline.mean(axis=0)
    out = outline - centre
    below = np.clip(out[:, 1] / out[:, 1].max(), 0, 1) ** 2
    most = RIM_REACH + (RIM_BELOW - RIM_REACH) * below
    reach = _shown(portrait, frame, outline, out, most)
    beyond = np.concatenate([reach * step for step in RIM_STEPS])
    points = np.tile(outline, (len(RIM_STEPS), 1)) + np.tile(out, (len(RIM_STEPS), 1)) * beyond[:, None]
    points[:, 2] = np.tile(outline[:, 2], len(RIM_STEPS)) + RIM_BACK * beyond
    own = np.concatenate([topo.OVAL, LANDMARKS + np.arange(len(points))])
    follow = np.clip(1 - beyond / RIM_FOLLOW, 0, 1) ** 2
    return points, own[strip(len(RIM_STEPS) + 1, len(outline), closed=True)], follow


def _shown(portrait: Portrait, frame: HeadFrame, outline: Points, out: Points, most: Points) -> Points:
    """How far each ray from the outline stays on the person and in the picture, at `most`; (36,)."""
    steps = np.linspace(0, 1, RAY_SAMPLES)[:, None] * most
    rays = outline + out * steps[..., None]
    rays[..., 2] = outline[:, 2] + RIM_BACK * steps
    x, y = np.rint(frame.place(rays.reshape(-1, 3))[:, :2]).astype(np.intp).T
    width, height = portrait.size
    inside = (x >= 1) & (y >= 1) & (x < width - 1) & (y < height - 1)
    person = portrait.person[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] > 127
    seen = np.logical_and.accumulate((inside & person).reshape(steps.shape), axis=0)
    reach = most * np.maximum(seen.sum(axis=0) - 1, 0) / (RAY_SAMPLES - 1)
    least = np.min([np.roll(reach, shift) for shift in (-1, 0, 1)], axis=0)
    wrapped = np.concatenate([least[-2:], least, least[:2]])
    return np.convolve(wrapped, SMOOTH_RAYS, "valid")


def with_rim(moves: Moves, follow: Points) -> Moves:
    """Motion of the landmarks carried on to the rim."""
    outline = list(topo.OVAL)
    copies = len(follow) // len(outline)
    return {
        name: np.vstack([move, np.tile(move[outline], (copies, 1)) * follow[:, None]]) for name, move in moves.items()
    }
