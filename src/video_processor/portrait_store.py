"""A measured portrait on disk: one .npz without pickle, its pictures as PNG, the frames of footage beside it."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from avatar.arrays import opened_arrays
from avatar.errors import PortraitError
from avatar.face_measures import FaceMeasures
from avatar.files import atomic_file
from avatar.types import Cutout, Floats, Footage, Image, Portrait

_PNG_COMPRESSION: Final = 1
"""zlib level: quick, and little larger than the slow ones on photographs."""

_SWAPPED: Final = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
"""How OpenCV's order of channels becomes ours, and ours OpenCV's."""

_MEASURES: Final[TypeAdapter[FaceMeasures | None]] = TypeAdapter(FaceMeasures | None)


def save_portrait(path: Path, portrait: Portrait) -> None:
    """Written under a temporary name and renamed. Raises `DiskSpaceError` where the disk is full.

    Footage must have its frames in the same folder.
    """
    values: dict[str, Any] = {
        "image": _png(portrait.image),
        "front": _png(portrait.cutout.front if portrait.cutout else None),
        "behind": _png(portrait.cutout.behind if portrait.cutout else None),
        "person": _png(portrait.person),
        "alpha": _png(portrait.alpha),
        "landmarks": portrait.landmarks,
        "pose": np.array(portrait.pose, np.float64),
        "rest": portrait.rest,
        "inter_ocular": np.array(portrait.inter_ocular, np.float64),
        "digest": np.array(portrait.digest, np.str_),
        "notes": np.array(portrait.notes, np.str_),
        "measures": np.array(_MEASURES.dump_json(portrait.measures).decode(), np.str_),
    }
    if portrait.footage is not None:
        values |= _stored_footage(portrait.footage)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, **values)


def _stored_footage(footage: Footage) -> dict[str, NDArray[Any]]:
    return {
        "frames": np.array(footage.path.name, np.str_),
        "times": footage.times,
        "duration": np.array(footage.duration, np.float64),
        "footage_landmarks": footage.landmarks,
    }


@dataclass(frozen=True, slots=True)
class ShownFace:
    """What a `Portrait` says of its face, without the pictures: `pose`, `rest` and `measures` as it has them."""

    pose: tuple[float, float, float]
    rest: Floats
    measures: FaceMeasures | None


def load_portrait(path: Path) -> Portrait:
    """Raises `PortraitError` where the file is not one that `save_portrait` wrote, `FileNotFoundError` without one."""
    with _opened(path) as stored:
        return _portrait({name: stored[name] for name in stored.files}, path.parent)


def load_shown_face(path: Path) -> ShownFace:
    """As `load_portrait`, without decoding the pictures, whose size does not matter then."""
    with _opened(path) as stored:
        return ShownFace(_pose(stored["pose"]), np.asarray(stored["rest"], np.float32), _measures(stored["measures"]))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with opened_arrays(path) as stored:
            yield stored
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, cv2.error) as error:
        raise PortraitError(f"{path} is not a stored portrait: {error}.", cure="Delete it; it is made again.") from None


def _pose(stored: NDArray[np.generic]) -> tuple[float, float, float]:
    pitch, yaw, roll = (float(angle) for angle in stored.tolist())
    return pitch, yaw, roll


def _measures(stored: NDArray[np.generic]) -> FaceMeasures | None:
    return _MEASURES.validate_json(str(stored))


def _portrait(stored: dict[str, NDArray[np.generic]], folder: Path) -> Portrait:
    front = _picture(stored["front"])
    return Portrait(
        image=_there(_picture(stored["image"])),
        landmarks=np.asarray(stored["landmarks"], np.float32),
        person=_there(_picture(stored["person"])),
        pose=_pose(stored["pose"]),
        rest=np.asarray(stored["rest"], np.float32),
        inter_ocular=float(stored["inter_ocular"].item()),
        digest=str(stored["digest"]),
        alpha=_picture(stored["alpha"]),
        notes=tuple(str(note) for note in stored["notes"]),
        measures=_measures(stored["measures"]),
        cutout=None if front is None else Cutout(front, _picture(stored["behind"])),
        footage=_footage(stored, folder) if "frames" in stored else None,
    )


def _footage(stored: dict[str, NDArray[np.generic]], folder: Path) -> Footage:
    return Footage(
        path=folder / str(stored["frames"]),
        times=np.asarray(stored["times"], np.float64),
        duration=float(stored["duration"].item()),
        landmarks=np.asarray(stored["footage_landmarks"], np.float32),
    )


def _png(picture: Image | None) -> NDArray[np.uint8]:
    """Grey, RGB or RGBA; nothing for None."""
    if picture is None:
        return np.zeros(0, np.uint8)
    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, _SWAPPED[picture.shape[2]]), np.uint8)
    _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION])
    return np.asarray(data, np.uint8)


def _picture(data: NDArray[np.generic]) -> Image | None:
    if not data.size:
        return None
    decoded = cv2.imdecode(np.asarray(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ValueError("a picture in it cannot be decoded")
    if decoded.ndim == 3:
        decoded = cv2.cvtColor(decoded, _SWAPPED[decoded.shape[2]])
    return np.asarray(decoded, np.uint8)


def _there(picture: Image | None) -> Image:
    if picture is None:
        raise ValueError("a picture in it is missing")
    return picture
