"""Face motion in files: JSON to read and edit, Live Link Face CSV and glTF for other programs, NPZ for ourselves.

JSON: `fps` as "25/1", `names` of the blendshapes, `pose_names`, and `frames`, each with `blendshapes`
(0..1) and `pose` (degrees and inter-ocular distances), in the order of the names; one frame a line.
"""

import json
import zipfile
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from avatar.arrays import opened_arrays
from avatar.blendshapes import BLENDSHAPES
from avatar.errors import InputError
from avatar.files import atomic_file
from avatar.types import FaceMotion, Floats, Portrait
from video_processor.gltf.export import write_gltf
from video_processor.motion.live_link import read_live_link, write_live_link
from video_processor.portrait_store import load_portrait

MOTION_VERSION: Final = 1
GLTF_SUFFIX: Final = ".glb"
POSE_NAMES: Final = ("pitch", "yaw", "roll", "x", "y", "z")

Writer = Callable[[FaceMotion, Path], None]


def export_motion(motion: FaceMotion, path: Path, portrait: Portrait | None = None) -> None:
    """Writes `motion` at `path` as its suffix says: .json, .csv (Live Link Face), .npz or .glb (binary glTF).

    JSON and NPZ keep every bit, CSV all but the head's translation. A .glb holds the head of `portrait`, which
    plays the motion. Raises `InputError` for another suffix, or a .glb without a portrait.
    """
    write = _gltf_writer(path, portrait) if path.suffix.lower() == GLTF_SUFFIX else _writer(path)
    with atomic_file(path) as unfinished:
        write(motion, unfinished)


def export_saved(motion: Path, portrait: Path | None, path: Path) -> None:
    """Exports what `save_motion` wrote; a .glb gets the head that `save_portrait` wrote."""
    shown = load_portrait(portrait) if portrait is not None and path.suffix.lower() == GLTF_SUFFIX else None
    export_motion(load_motion(motion), path, shown)


def import_motion(path: Path, *, fps: Fraction | None = None) -> FaceMotion:
    """Reads what `export_motion` wrote, or a recording of Live Link Face.

    `fps` settles the rate of a CSV, which says it only by its time codes. Raises `InputError`, which names
    the file and the line or the frame.
    """
    _writer(path)
    if path.suffix.lower() == ".npz":
        return load_motion(path)
    try:
        return _read_json(path) if path.suffix.lower() == ".json" else read_live_link(path, fps)
    except OSError as error:
        raise _unreadable(path, error) from error


def save_motion(path: Path, motion: FaceMotion) -> None:
    """Writes an NPZ: `fps` (numerator, denominator), `blendshapes` (n, 52), `pose` (n, 6)."""
    with atomic_file(path) as unfinished:
        _write_npz(motion, unfinished)


def load_motion(path: Path) -> FaceMotion:
    """Reads what `save_motion` wrote. Raises `InputError` for anything else; runs no code of the file's."""
    try:
        with opened_arrays(path) as arrays:
            if arrays["version"] != MOTION_VERSION:
                raise ValueError(f"version {arrays['version']}; this program reads {MOTION_VERSION}")
            fps = Fraction(*(int(part) for part in arrays["fps"]))
            return _motion(fps, arrays["blendshapes"], arrays["pose"])
    except (ValueError, KeyError, TypeError, EOFError, AttributeError, ZeroDivisionError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} holds no face motion: {error}.", cure="Export it again.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path.name} cannot be read: {error.strerror}.", cure="Check the path.")


def _motion(fps: Fraction, blendshapes: Floats, pose: Floats) -> FaceMotion:
    """Raises ValueError, which names the first frame that is wrong."""
    motion = FaceMotion(fps, blendshapes.astype(np.float32), pose.astype(np.float32))
    if fps <= 0:
        raise ValueError(f"{fps} is not a frame rate")
    if not len(motion):
        raise ValueError("there are no frames")
    wrong = ~((blendshapes >= 0) & (blendshapes <= 1)).all(axis=1) | ~np.isfinite(pose).all(axis=1)
    if wrong.any():
        raise ValueError(f"frame {int(wrong.argmax())} has a value out of range; blendshapes are 0 to 1")
    return motion


def _gltf_writer(path: Path, portrait: Portrait | None) -> Writer:
    if portrait is None:
        raise InputError(f"{path.name}: there is no portrait to give the motion to.", cure="Export it as .json.")
    return partial(write_gltf, portrait)


def _writer(path: Path) -> Writer:
    try:
        return WRITERS[path.suffix.lower()]
    except KeyError:
        raise InputError(
            f"{path.name}: motion is not kept in '{path.suffix}' files.",
            cure=f"Use a name that ends in {', '.join(WRITERS)}.",
        ) from None


def _write_npz(motion: FaceMotion, path: Path) -> None:
    fps = np.array([motion.fps.numerator, motion.fps.denominator], np.int64)
    with path.open("wb") as file:
        np.savez(file, version=MOTION_VERSION, fps=fps, blendshapes=motion.blendshapes, pose=motion.pose)


def _write_json(motion: FaceMotion, path: Path) -> None:
    head = {
        "version": MOTION_VERSION,
        "fps": f"{motion.fps.numerator}/{motion.fps.denominator}",
        "names": BLENDSHAPES,
        "pose_names": POSE_NAMES,
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ', "frames": [')
        for i in range(len(motion)):
            shapes, pose = _numbers(motion.blendshapes[i]), _numbers(motion.pose[i])
            file.write(f'{"," if i else ""}\n{{"blendshapes": [{shapes}], "pose": [{pose}]}}')
        file.write("\n]}\n")


def _numbers(row: Floats) -> str:
    """Nine digits, which bring every float32 back exactly."""
    return ", ".join(f"{value:.9g}" for value in row.tolist())


def _fraction(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a frame rate is written as '25/1'")
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError("a frame rate cannot be divided by 0") from None


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, arbitrary_types_allowed=True)


class _Frame(_Model):
    blendshapes: Annotated[list[float], Field(min_length=len(BLENDSHAPES), max_length=len(BLENDSHAPES))]
    pose: Annotated[list[float], Field(min_length=len(POSE_NAMES), max_length=len(POSE_NAMES))]


class _File(_Model):
    version: Literal[1]
    fps: Annotated[Fraction, BeforeValidator(_fraction)]
    names: list[str]
    pose_names: list[str]
    frames: list[_Frame]


def _read_json(path: Path) -> FaceMotion:
    """Blendshapes and pose may stand in any order that `names` and `pose_names` give."""
    try:
        file = _File.model_validate_json(path.read_bytes())
        shapes = np.array([frame.blendshapes for frame in file.frames], np.float32).reshape(-1, len(BLENDSHAPES))
        pose = np.array([frame.pose for frame in file.frames], np.float32).reshape(-1, len(POSE_NAMES))
        order, pose_order = _order(file.names, BLENDSHAPES), _order(file.pose_names, POSE_NAMES)
        return _motion(file.fps, shapes[:, order], pose[:, pose_order])
    except ValidationError as error:
        _reject(path, error)
    except ValueError as error:
        raise InputError(f"{path.name}: {error}.", cure="Correct it, or export it again.") from error


def _order(found: list[str], wanted: tuple[str, ...]) -> list[int]:
    if sorted(found) != sorted(wanted):
        odd = sorted(set(found) ^ set(wanted)) or sorted(name for name in found if found.count(name) > 1)
        raise ValueError(f"the names of its values differ from ours by {', '.join(odd[:3])}")
    return [found.index(name) for name in wanted]


def _reject(path: Path, error: ValidationError) -> NoReturn:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    where = f" at {place}" if place else ""
    raise InputError(f"{path.name}{where}: {first['msg']}.", cure="Correct it, or export it again.") from error


WRITERS: Final[dict[str, Writer]] = {
    ".json": _write_json,
    ".csv": write_live_link,
    ".npz": _write_npz,
}
