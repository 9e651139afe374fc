"""Draws each portrait of a folder in a fixed set of poses, a sheet of tiles a portrait, to look at.

python scripts/gallery.py PORTRAIT... -o FOLDER [--tile 256] [--only MOUTH,VISEMES,...]

The rows are `mouth` (jawOpen 0.1 to 1), `visemes`, `expressions` (at full strength), `eyes` and `head`.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import AvatarError
from avatar.settings import load_settings
from avatar.types import Floats, Image, Size
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from video_processor.framing import frame_portrait
from video_processor.motion.posture import EMOTIONS
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session

Pose = tuple[Mapping[str, float], tuple[float, float, float]]
AHEAD: Final = (0.0, 0.0, 0.0)

VISEMES: Final[dict[str, Mapping[str, float]]] = {
    "PP": {"mouthPress": 0.4, "mouthRollLower": 0.22, "mouthRollUpper": 0.18, "mouthShrugLower": 0.12},
    "FF": {"jawOpen": 0.1, "mouthRollLower": 0.6, "mouthUpperUp": 0.2},
    "aa": {"jawOpen": 0.75, "mouthLowerDown": 0.15, "mouthUpperUp": 0.08},
    "ih": {"jawOpen": 0.3, "mouthStretch": 0.5, "mouthSmile": 0.1, "mouthLowerDown": 0.2, "mouthUpperUp": 0.15},
    "ou": {"jawOpen": 0.12, "mouthPucker": 0.75, "mouthFunnel": 0.35},
}
"""Five mouths as the motion stage makes them."""

OWN_LIPS: Final = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker")
"""What a portrait's own mouth shows and speech takes over."""


def poses() -> dict[str, dict[str, Pose]]:
    """The tiles of each row: blendshapes over the portrait's own (a name without its side sets both), and turns."""
    shut = dict.fromkeys(OWN_LIPS, 0.0)
    mouth: dict[str, Pose] = {f"jaw {v}": ({**shut, "jawOpen": v}, AHEAD) for v in (0.0, 0.1, 0.3, 0.6, 1.0)}
    visemes: dict[str, Pose] = {name: ({**shut, **shapes}, AHEAD) for name, shapes in VISEMES.items()}
    feelings: dict[str, Pose] = {name: (weights, AHEAD) for name, weights in EMOTIONS.items()}
    eyes: dict[str, Pose] = {
        "half blink": ({"eyeBlink": 0.5}, AHEAD),
        "blink": ({"eyeBlink": 1.0}, AHEAD),
        "wink": ({"eyeBlinkLeft": 1.0}, AHEAD),
        "look left": ({"eyeLookOutLeft": 0.7, "eyeLookInRight": 0.7}, AHEAD),
        "look up": ({"eyeLookUp": 0.7}, AHEAD),
        "look down": ({"eyeLookDown": 0.7}, AHEAD),
    }
    head: dict[str, Pose] = {
        "yaw 18": ({}, (0, 18, 0)),
        "yaw -10": ({}, (0, -10, 0)),
        "pitch 10": ({}, (10, 0, 0)),
        "pitch -10": ({}, (-10, 0, 0)),
        "roll 12": ({}, (0, 0, 12)),
        "all": ({**shut, "jawOpen": 0.4, "mouthSmile": 0.4}, (6, -8, 6)),
    }
    return {"mouth": mouth, "visemes": visemes, "expressions": feelings, "eyes": eyes, "head": head}


def shapes_of(rest: Floats, values: Mapping[str, float]) -> Floats:
    """(52,) `rest` with `values` set."""
    changed = rest.copy()
    for name, value in values.items():
        for full in (name,) if name in BLENDSHAPE_INDEX else (f"{name}Left", f"{name}Right"):
            changed[BLENDSHAPE_INDEX[full]] = value
    return changed


def tiles(session: PuppetSession, row: Mapping[str, Pose], side: int) -> Iterator[Image]:
    for name, (values, turn) in row.items():
        pose = np.array([*turn, 0, 0, 0], np.float32)
        yield labelled(session.draw(shapes_of(session.portrait.rest, values), pose), name, side)


def labelled(frame: Image, name: str, side: int) -> Image:
    small = np.asarray(cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(small, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return small


def sheet(session: PuppetSession, rows: Mapping[str, Mapping[str, Pose]], side: int) -> Image:
    """The portrait and its poses, a row each."""
    lines = [
        [labelled(session.portrait.image, "source" if n == 0 else "", side), *tiles(session, row, side)]
        for n, row in enumerate(rows.values())
    ]
    columns = max(len(line) for line in lines)
    blank = np.zeros((side, side, 3), np.uint8)
    return np.vstack([np.hstack(line + [blank] * (columns - len(line))) for line in lines])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--size", type=int, default=512, help="pixels of a drawn frame's side")
    parser.add_argument("--tile", type=int, default=256, help="pixels of a tile's side")
    parser.add_argument("--only", default="", help="rows to draw, with commas between them")
    parser.add_argument("--framing", default="auto")
    given = parser.parse_args(arguments)
    rows = {name: row for name, row in poses().items() if not given.only or name in given.only.split(",")}
    tracker = FaceTracker(WeightStore(load_settings().checkpoints_dir))
    given.output.mkdir(parents=True, exist_ok=True)
    for path in given.portraits:
        try:
            portrait = analyse_portrait(
                load_picture(path, max_megapixels=100, max_megabytes=512), tracker, min_face_pixels=32
            )
        except AvatarError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        session = build_session(frame_portrait(portrait, Size(given.size, given.size), given.framing))
        target = given.output / f"{path.stem}.png"
        cv2.imwrite(str(target), sheet(session, rows, given.tile)[..., ::-1])
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
