"""A portrait's head as one surface with a texture, in glTF's axes and in metres."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.types import Floats, Image, Portrait
from video_processor.face_checks import EYES_HIDDEN
from video_processor.gltf import atlas
from video_processor.gltf.animation import METRES_PER_DISTANCE
from video_processor.gltf.eyes import EYES, eyeball, eyeball_part, wall_part
from video_processor.gltf.lids import lid_moves, with_lashes
from video_processor.gltf.mouth import mouth_parts
from video_processor.gltf.parts import Moves, Part, Points, Triangles, moved, shares
from video_processor.gltf.skin import LANDMARKS, face_triangles, rim, with_rim
from video_processor.renderers.puppet.frame import HeadFrame, head_frame
from video_processor.renderers.puppet.head import PIVOT
from video_processor.renderers.puppet.shapes import FaceShapes
from video_processor.renderers.puppet.skin import PARTED_GAP

TO_GLTF: Final = METRES_PER_DISTANCE * np.array([1.0, -1.0, -1.0])
LEAST_MOVE: Final = 1e-5
"""Vertices that a blendshape moves by less, in metres, stay."""

BORDER: Final = 2.0
"""Pixels of the picture kept round what the skin shows."""


@dataclass(frozen=True, slots=True)
class Head:
    """A neutral head whose origin is the point in the neck about which it turns.

    `points` (n, 3) metres; `places` (n, 2) texture coordinates; `moves` (52, n, 3) metres, in ARKit's order.
    """

    points: Floats
    places: Floats
    triangles: Triangles
    moves: Floats
    jpeg: bytes


def build_head(portrait: Portrait) -> Head:
    """The surface of a portrait's head; weights equal to the portrait's `rest` show the picture's own look."""
    portrait = with_lashes(_own_colours(portrait))
    frame = head_frame(portrait)
    shapes = FaceShapes(frame.points)
    moves = shapes.table()
    shown = {name: float(value) for name, value in zip(BLENDSHAPES, portrait.rest, strict=True) if value}
    back = {name: -value for name, value in shown.items() if name != "jawOpen"}
    eyes, tiles = [], atlas.mouth_tiles(portrait)
    for eye in EYES if EYES_HIDDEN not in portrait.notes else ():
        ball, box = eyeball(frame.points, eye), atlas.eye_box(portrait, eye)
        lids = lid_moves(frame.points, eye, ball, portrait.rest)
        moves |= lids
        tiles["eye" + eye.side] = atlas.eye_tile(portrait, eye, box)
        wall = wall_part(frame.points, eye, lids, portrait.landmarks[:LANDMARKS, :2].astype(np.float64), box)
        eyes += [moved(part, back) for part in (eyeball_part(ball, eye, frame, box), wall)]
    neutral = frame.points + sum((value * moves[name] for name, value in back.items() if name in moves), np.zeros(3))
    if frame.points[14, 1] - frame.points[13, 1] > PARTED_GAP:
        neutral = neutral + FaceShapes(neutral).closing()
    skin, tiles["face"] = _skin(portrait, frame, neutral, moves, eyes_open=bool(eyes))
    return _joined([skin, *eyes, *mouth_parts(neutral, moves)], atlas.paint(tiles))


def _own_colours(portrait: Portrait) -> Portrait:
    """The portrait with the person's own colours at soft edges, where another background has been laid behind them."""
    if portrait.cutout is None:
        return portrait
    return replace(portrait, image=np.ascontiguousarray(portrait.cutout.front[..., :3]))


def _skin(
    portrait: Portrait, frame: HeadFrame, neutral: Points, moves: Moves, *, eyes_open: bool
) -> tuple[Part, Image]:
    """The skin, whose landmarks at rest are `neutral` (468, 3), and its part of the picture."""
    ring, rim_triangles, follow = rim(portrait, frame)
    shift = with_rim({"neutral": neutral - frame.points}, follow)["neutral"]
    places = np.vstack([portrait.landmarks[:LANDMARKS, :2], frame.place(ring)[:, :2]])
    box = atlas.around(portrait, places, BORDER)
    part = Part(
        tile="face",
        points=np.vstack([frame.points, ring]) + shift,
        places=shares(places, box),
        triangles=np.vstack([face_triangles(neutral, eyes_open=eyes_open), rim_triangles]),
        moves=with_rim(moves, follow),
    )
    return part, portrait.image[box]


def _joined(parts: list[Part], picture: atlas.Atlas) -> Head:
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    moves = np.zeros((len(BLENDSHAPES), starts[-1], 3))
    for part, start in zip(parts, starts[:-1], strict=True):
        for i, name in enumerate(BLENDSHAPES):
            if name in part.moves:
                moves[i, start : start + len(part.points)] = part.moves[name] * TO_GLTF
    moves[np.abs(moves).max(axis=2) < LEAST_MOVE] = 0
    return Head(
        points=np.asarray((np.vstack([part.points for part in parts]) - PIVOT) * TO_GLTF, np.float32),
        places=np.vstack([atlas.texture_places(part.tile, part.places) for part in parts]),
        triangles=np.vstack([part.triangles + start for part, start in zip(parts, starts[:-1], strict=True)]),
        moves=moves.astype(np.float32),
        jpeg=picture.jpeg(),
    )
