"""The lower face of one filmed frame, moved: where each pixel of two sheets, parted at the lip line, comes from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Size
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import Box, covering, smoothstep, thin_plate
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.lower_face import LowerFace

Points = NDArray[np.float64]

REACH_ASIDE: Final = 0.80
REACH_UP: Final = 0.38
REACH_DOWN: Final = 0.62
"""The patch: from the middle of the mouth to either side, up to the nose's base in shares of the way to the eyes' line,
and below the chin; eye distances."""

EDGE: Final = 0.16
"""Towards the patch's border the field fades to nothing over this stretch, eye distances."""

NODE_STEP: Final = 0.045
"""Distance of the grid's nodes, eye distances."""

NECK: Final = ((0.12, 0.75), (0.28, 0.38), (0.44, 0.10), (0.6, 0.0))
"""How far below the chin the neck shares which part of the chin's motion."""

BESIDE: Final = 0.95
BESIDE_DOWN: Final = (-0.6, -0.3, 0.0, 0.3, 0.6)
"""Nothing moves so far beside the chin, at these distances below it, eye distances."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """For each pixel of the `box` its place in the frame (h, w, 2): on the upper sheet and on the lower one."""

    box: Box
    upper: Floats
    lower: Floats


def lip_warp(frame: HeadFrame, sources: Points, arrived: Points, face: LowerFace, size: Size) -> Sheets | None:
    """For landmarks that go from `sources` (468, 2) to `arrived`; None where the mouth lies outside the frame.

    What is interpolated is the way back, at the places where the landmarks arrive, so nothing need be inverted.
    """
    box = _patch(frame, size)
    if box is None:
        return None
    grid = covering(box, max(1, round(NODE_STEP * frame.scale)))
    points, back, over, under = _controls(frame, sources, arrived, face)
    centre = points.mean(axis=0)
    nodes = grid.nodes()
    flat = nodes.reshape(-1, 2)
    everything = np.arange(len(points))
    sets = [(chosen, back[chosen]) for chosen in (everything, everything[over], everything[under])]
    fields = thin_plate((points - centre) / frame.scale, sets, (flat - centre) / frame.scale)
    joint, upper, lower = fields
    beside, fade = _beside(frame, flat), _fade(frame, flat)
    columns, rows = (np.arange(s.start, s.stop, dtype=np.float32) for s in (box[1], box[0]))
    whole = np.stack(np.meshgrid(columns, rows), axis=-1)
    offsets = (
        grid.expand(((sheet * (1 - beside) + joint * beside) * fade).reshape(nodes.shape), box)
        for sheet in (upper, lower)
    )
    first, second = (whole + offset for offset in offsets)
    return Sheets(box, first, second)


def _patch(frame: HeadFrame, size: Size) -> Box | None:
    """The box round mouth and chin, as far as it lies in the frame."""
    mouth, chin = _mouth(frame), frame.points[topo.CHIN]
    top = mouth[1] - REACH_UP * mouth[1]
    ends = [[mouth[0] + side, y, mouth[2]] for side in (-REACH_ASIDE, REACH_ASIDE) for y in (top, chin[1] + REACH_DOWN)]
    places = frame.place(np.array(ends))[:, :2]
    low, high = np.floor(places.min(axis=0)).astype(int), np.ceil(places.max(axis=0)).astype(int) + 1
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(size.width, int(high[0])), min(size.height, int(high[1]))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    return slice(y0, y1), slice(x0, x1)


def _mouth(frame: HeadFrame) -> Points:
    return np.asarray((frame.points[61] + frame.points[291]) / 2)


def _controls(
    frame: HeadFrame, sources: Points, arrived: Points, face: LowerFace
) -> tuple[Points, Points, NDArray[np.bool_], NDArray[np.bool_]]:
    """Where landmarks arrive and the neck is, the ways back, and which of them bind the upper and the lower sheet."""
    chosen = np.concatenate([face.moving, face.still])
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    across = np.array([down[1], -down[0]])
    chin, drop = arrived[topo.CHIN], arrived[topo.CHIN] - sources[topo.CHIN]
    aside = np.array([-0.6, -0.3, 0.0, 0.3, 0.6])
    neck = [chin + (below * down + x * across) * frame.scale for below, _ in NECK for x in aside]
    shares = [share * np.exp(-((x / 0.45) ** 2)) for _, share in NECK for x in aside]
    neck += [chin + (below * down + x * across) * frame.scale for x in (-BESIDE, BESIDE) for below in BESIDE_DOWN]
    shares += [0.0] * (2 * len(BESIDE_DOWN))
    points = np.vstack([arrived[chosen], neck])
    back = np.vstack([sources[chosen] - arrived[chosen], -np.outer(shares, drop)])
    lower = np.isin(chosen, topo.LOWER_LIP)
    upper = np.isin(chosen, topo.UPPER_LIP)
    mouth = _mouth(frame)
    near = np.abs(frame.points[chosen, 0] - mouth[0]) < 0.9 * np.linalg.norm(frame.points[291] - frame.points[61]) / 2
    corners = np.isin(chosen, topo.CORNERS)
    lower |= near & (frame.points[chosen, 1] > frame.points[17, 1]) & ~corners
    upper |= near & (frame.points[chosen, 1] < frame.points[0, 1]) & ~corners
    no_neck = np.zeros(len(neck), bool)
    return points, back, ~np.concatenate([lower, ~no_neck]), ~np.concatenate([upper, no_neck])


def _beside(frame: HeadFrame, nodes: Floats) -> Floats:
    """1 beside the mouth, where both sheets are one; 0 between its corners; (m, 1)."""
    own = _in_face(frame, nodes)
    half = float(np.linalg.norm(frame.points[291] - frame.points[61]) / 2)
    return np.asarray(smoothstep(0.95, 1.5, np.abs(own[:, 0]) / half)[:, None], np.float32)


def _fade(frame: HeadFrame, nodes: Floats) -> Floats:
    """1 on the mouth, 0 at the border of the patch; (m, 1)."""
    own = _in_face(frame, nodes)
    mouth = _mouth(frame)
    top, bottom = REACH_UP * mouth[1], frame.points[topo.CHIN, 1] - mouth[1] + REACH_DOWN
    inside = np.minimum(REACH_ASIDE - np.abs(own[:, 0]), np.minimum(own[:, 1] + top, bottom - own[:, 1]))
    return np.asarray(smoothstep(0.02, EDGE, inside)[:, None], np.float32)


def _in_face(frame: HeadFrame, nodes: Floats) -> Points:
    """Nodes (m, 2) in the plane of the face: to the subject's left and down from the mouth, eye distances."""
    middle = frame.place(_mouth(frame)[None])[0, :2]
    return np.asarray((nodes - middle) @ np.linalg.inv(frame.turn[:2, :2] * frame.scale).T)
