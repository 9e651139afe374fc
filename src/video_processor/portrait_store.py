"""A measured portrait on disk: one .npz without pickle, its pictures as PNG."""

import zipfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from avatar.errors import PortraitError
from avatar.face_measures import FaceMeasures
from avatar.files import atomic_file
from avatar.types import Image, Portrait

_PNG_COMPRESSION: Final = 1
"""zlib level: quick, and little larger than the slow ones on photographs."""

_MEASURES: Final[TypeAdapter[FaceMeasures | None]] = TypeAdapter(FaceMeasures | None)


def save_portrait(path: Path, portrait: Portrait) -> None:
    """Written under a temporary name and renamed. Raises `DiskSpaceError` where the disk is full."""
    opaque = np.zeros(0, np.uint8)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            image=_png(portrait.image[..., ::-1]),
            person=_png(portrait.person),
            alpha=opaque if portrait.alpha is None else _png(portrait.alpha),
            landmarks=portrait.landmarks,
            pose=np.array(portrait.pose, np.float64),
            rest=portrait.rest,
            inter_ocular=np.array(portrait.inter_ocular, np.float64),
            digest=np.array(portrait.digest, np.str_),
            notes=np.array(portrait.notes, np.str_),
            measures=np.array(_MEASURES.dump_json(portrait.measures).decode(), np.str_),
        )


def load_portrait(path: Path) -> Portrait:
    """Raises `PortraitError` where the file is not one that `save_portrait` wrote."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return _portrait({name: stored[name] for name in stored.files})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, cv2.error) as error:
        raise PortraitError(f"{path} is not a stored portrait: {error}.", cure="Delete it; it is made again.") from None


def _portrait(stored: dict[str, NDArray[np.generic]]) -> Portrait:
    pitch, yaw, roll = (float(angle) for angle in stored["pose"].tolist())
    return Portrait(
        image=np.ascontiguousarray(_picture(stored["image"], cv2.IMREAD_COLOR)[..., ::-1]),
        landmarks=np.asarray(stored["landmarks"], np.float32),
        person=_picture(stored["person"], cv2.IMREAD_GRAYSCALE),
        pose=(pitch, yaw, roll),
        rest=np.asarray(stored["rest"], np.float32),
        inter_ocular=float(stored["inter_ocular"].item()),
        digest=str(stored["digest"]),
        alpha=_picture(stored["alpha"], cv2.IMREAD_GRAYSCALE) if stored["alpha"].size else None,
        notes=tuple(str(note) for note in stored["notes"]),
        measures=_MEASURES.validate_json(str(stored["measures"])),
    )


def _png(picture: Image) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION])
    return np.asarray(data, np.uint8)


def _picture(data: NDArray[np.generic], flag: int) -> Image:
    decoded = cv2.imdecode(np.asarray(data, np.uint8), flag)
    if decoded is None:
        raise ValueError("a picture in it cannot be decoded")
    return np.asarray(decoded, np.uint8)
