"""Plays the expressions of films on portraits of the same people, tracks the result, and compares the two.

python scripts/round_trip.py FOLDER [--only NAME,...] [--size 384]

Each NAME.mp4 in the folder has a NAME.portrait.jpg beside it. Pearson correlations at lag 0 over the frames of the
film: mouth opening, pitch, yaw, roll (where the film's standard deviation is over 2 degrees), height of the brows (over
0.02 eye distances), opening of the eyes, width of the mouth; then how large the portrait's movement is over the
film's. What moves too little to compare stands in brackets and is left out of the medians.
"""

import argparse
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import AvatarError
from avatar.settings import load_settings
from avatar.types import Floats, Image, Size
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from video_processor.encoding import video_info
from video_processor.framing import frame_portrait
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.tracking.expression import track_expression
from video_processor.tracking.heads import heads_of, lid_openings, lip_gaps
from video_processor.tracking.landmarks import TrackedFace, track_landmarks, video_frames
from video_processor.tracking.playing import play

LEAST_DEVIATION: Final = {"pitch": 2.0, "yaw": 2.0, "roll": 2.0, "brows": 0.02}
BROWS: Final = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)

Curves = dict[str, NDArray[np.float64]]
Row = dict[str, tuple[float, float, bool]]
"""Correlation, ratio of the standard deviations, and whether the film moves enough to count."""


def curves(face: TrackedFace) -> Curves:
    """What both films are compared by, (n,) each; lengths in distances of the outer eye corners."""
    seen = face.seen
    heads = heads_of(face.landmarks[seen])
    marks = face.landmarks[seen]
    found = {
        "mouth": lip_gaps(marks, heads),
        "pitch": heads.angles[:, 0],
        "yaw": heads.angles[:, 1],
        "roll": heads.angles[:, 2],
        "brows": _brow_height(marks, heads.scales),
        "eyes": lid_openings(marks, heads),
        "width": np.linalg.norm(marks[:, 61] - marks[:, 291], axis=1) / heads.scales,
    }
    return {name: np.interp(face.times, face.times[seen], curve) for name, curve in found.items()}


def _brow_height(marks: Floats, scales: Floats) -> Floats:
    """Above the line of the eyes, as seen."""
    along = marks[:, 263, :2] - marks[:, 33, :2]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    up = np.stack([along[:, 1], -along[:, 0]], axis=1)
    middle = (marks[:, 33, :2] + marks[:, 263, :2]) / 2
    offset = marks[:, list(BROWS), :2].mean(axis=1) - middle
    return np.asarray((offset * up).sum(axis=1) / scales)


def round_trip(film: Path, tracker: FaceTracker, size: int) -> Row:
    """Raises `AvatarError` where film or portrait cannot be used."""
    face = track_landmarks(video_frames(film), tracker)
    rate = video_info(film).fps
    session = _session(film.with_suffix(".portrait.jpg"), tracker, size)
    motion = play(track_expression(face, film.name), rate, len(face.times), session.portrait.rest)
    again = track_landmarks(_drawn(session, motion.blendshapes, motion.pose, rate), tracker)
    before, after = curves(face), curves(again)
    return {name: _compared(name, before[name], after[name]) for name in before}


def _session(picture: Path, tracker: FaceTracker, size: int) -> PuppetSession:
    settings = load_settings()
    loaded = load_picture(picture, max_megapixels=settings.max_image_megapixels, max_megabytes=512)
    portrait = analyse_portrait(loaded, tracker, min_face_pixels=settings.min_face_pixels)
    return build_session(frame_portrait(portrait, Size(size, size)))


def _drawn(session: PuppetSession, shapes: Floats, pose: Floats, rate: Fraction) -> Iterator[tuple[float, Image]]:
    for index in range(len(shapes)):
        yield float(index / rate), session.draw(shapes[index], pose[index])


def _compared(name: str, before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float, bool]:
    r = float(np.corrcoef(before, after)[0, 1])
    return r, float(after.std() / before.std()), bool(before.std() >= LEAST_DEVIATION.get(name, 0.0))


def _line(label: str, row: Row) -> str:
    cells = [f"{r:.2f} x{size:.2f}" if counts else f"({r:.2f} x{size:.2f})" for r, size, counts in row.values()]
    return f"{label:20}" + "".join(f"{cell:>15}" for cell in cells)


def _median(rows: list[Row]) -> Row:
    def middle(name: str) -> tuple[float, float, bool]:
        counted = [row[name][:2] for row in rows if row[name][2]]
        r, size = np.median(counted, axis=0) if counted else (np.nan, np.nan)
        return float(r), float(size), bool(counted)

    return {name: middle(name) for name in rows[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="names of films, with commas between")
    parser.add_argument("--size", type=int, default=384, help="side of the drawn frames in pixels")
    options = parser.parse_args()
    films = [film for film in sorted(options.folder.glob("*.mp4")) if film.with_suffix(".portrait.jpg").exists()]
    wanted = set(filter(None, options.only.split(",")))
    films = [film for film in films if not wanted or film.stem in wanted]
    if not films:
        print(f"There is no film with a portrait in {options.folder}.", file=sys.stderr)
        return 2
    tracker = FaceTracker(WeightStore(load_settings().checkpoints_dir))
    rows: list[Row] = []
    for film in films:
        try:
            rows.append(round_trip(film, tracker, options.size))
        except AvatarError as error:
            print(f"{film.stem}: {error}", file=sys.stderr)
            continue
        if len(rows) == 1:
            print(f"{'':20}" + "".join(f"{name:>15}" for name in rows[0]))
        print(_line(film.stem, rows[-1]), flush=True)
    if rows:
        print(_line("median", _median(rows)))
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
