"""Turning the whole head: a depth for every pixel, a rotation about the neck, and how far down it reaches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import Grid, invert, smoothstep, thin_plate
from video_processor.renderers.puppet.frame import HeadFrame, rotation

Points = NDArray[np.float64]

GRID_STEP_PIXELS = 8
PIVOT = np.array([0.0, 0.85, 0.95])
"""Where the head turns on the neck, in the head's frame: between the ears, below and behind the face."""

CAMERA_DISTANCE = 8.0
"""Distance of the camera, in inter-ocular distances; gives the perspective of a portrait lens."""

NECK_REACH = (0.02, 1.05)
"""The head's motion fades from full to none over this stretch below the chin."""

SKULL_RING = (1.45, 0.42)
HAIR_RING = (2.3, 0.62)
"""Outline of the face scaled by the first number lies the second one further back, in inter-ocular distances."""


@dataclass(frozen=True, slots=True)
class HeadMotion:
    """Maps from the output to the portrait for any head pose, on a coarse grid over the whole picture."""

    grid: Grid
    nodes: Floats
    relief: Floats
    reach: Floats
    pivot: Points
    scale: float
    pose: tuple[float, float, float]

    def offsets(self, pose: Floats) -> Floats:
        """What to add to an output position to find it in the portrait: (rows, columns, 2) for a relative pose (6,)."""
        solid = np.concatenate([self.nodes, self.relief[..., None]], axis=-1).astype(np.float64)
        moved = self.move(solid.reshape(-1, 3), pose).reshape(solid.shape[0], solid.shape[1], 2)
        shift = (moved - solid[..., :2]) * self.reach[..., None]
        return invert(np.asarray(shift, np.float32), self.grid, self.nodes)

    def move(self, points: Points, pose: Floats) -> Points:
        """Points (n, 3) of the rigid head, pixels, at the relative pose: (n, 2)."""
        pitch, yaw, roll, x, y, z = (float(v) for v in pose)
        own = rotation(*self.pose)
        turn = rotation(self.pose[0] + pitch, self.pose[1] + yaw, self.pose[2] + roll) @ own.T
        shift = np.array([x, -y, -z]) * self.scale
        turned = (points - self.pivot) @ turn.T + self.pivot + shift
        camera = CAMERA_DISTANCE * self.scale
        perspective = (camera + points[:, 2:] - self.pivot[2]) / (camera + turned[:, 2:] - self.pivot[2])
        return np.asarray(self.pivot[:2] + (turned[:, :2] - self.pivot[:2]) * perspective)


def head_motion(portrait: Portrait, frame: HeadFrame, *, layered: bool) -> HeadMotion:
    """Depth and reach of a portrait's head. `layered`: the person is cut out, so that only the neck must stretch."""
    width, height = portrait.size
    grid = Grid(0, 0, width, height, max(2, round(width / GRID_STEP_PIXELS)), max(2, round(height / GRID_STEP_PIXELS)))
    nodes = grid.nodes()
    relief = _relief(portrait, frame, nodes)
    reach = _reach(frame, nodes, layered)
    pivot = frame.place(PIVOT[None])[0]
    return HeadMotion(grid, nodes, relief, reach, pivot, frame.scale, portrait.pose)


def _relief(portrait: Portrait, frame: HeadFrame, nodes: Floats) -> Floats:
    landmarks = portrait.landmarks[:468].astype(np.float64)
    oval = landmarks[list(topo.OVAL)]
    centre = oval.mean(axis=0)
    rings = [landmarks]
    for reach, back in (SKULL_RING, HAIR_RING):
        ring = centre + (oval - centre) * reach
        ring[:, 2] = oval[:, 2] + back * frame.scale
        rings.append(ring)
    points = np.vstack(rings)
    flat = (nodes.reshape(-1, 2) - centre[:2]) / frame.scale
    everything = np.arange(len(points))
    depth = thin_plate((points[:, :2] - centre[:2]) / frame.scale, [(everything, points[:, 2:] / frame.scale)], flat)[0]
    low, high = points[:, 2].min(), points[:, 2].max()
    return np.asarray(np.clip(depth[:, 0] * frame.scale, low, high).reshape(nodes.shape[:2]), np.float32)


def _reach(frame: HeadFrame, nodes: Floats, layered: bool) -> Floats:
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    chin = frame.place(frame.points[topo.CHIN][None])[0, :2]
    offset = (nodes - chin.astype(np.float32)) / np.float32(frame.scale)
    below, aside = offset @ down, np.abs(offset @ np.array([down[1], -down[0]]))
    shoulder = smoothstep(0.55, 1.25, aside) * smoothstep(-0.25, 0.25, below)
    reach = (1 - smoothstep(*NECK_REACH, below)) * (1 - shoulder)
    if not layered:
        centre = frame.place(frame.points[topo.NOSE_TIP][None])[0, :2]
        away = np.linalg.norm(nodes - centre, axis=-1) / frame.scale
        reach = reach * (1 - smoothstep(1.1, 2.4, away))
    return np.asarray(reach, np.float32)
