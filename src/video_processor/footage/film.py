"""Which files are films, and what of a film becomes the portrait."""

from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from avatar.errors import EncodingError, InputError, NoSuchFaceError, PortraitError
from avatar.files import file_digest
from avatar.types import Image, Portrait
from models.face_mesh.tracker import Face, FaceTracker
from video_processor.containers import film_stream, media_reader
from video_processor.head_pose import eye_distance, head_angles, head_rotation
from video_processor.pictures import BROKEN, FORMATS, Picture, check_file, check_size
from video_processor.portrait import human_faces, measured_portrait
from video_processor.tracking.landmarks import video_frames

LOOK_SECONDS: Final = 8.0
"""So much of the film, from where a face is first seen, is searched for the portrait."""

LOOKS_PER_SECOND: Final = 4.0

SEARCH_SECONDS: Final = 30.0
"""A film whose first face comes later than this is refused: it is looked for while somebody waits."""

OPEN_EYES: Final = 0.22
"""Eye aspect ratio of open eyes; less costs, since a blink makes a bad portrait."""

EYES: Final = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))

DUBBED: Final = (
    "The picture is a video: its own head, eyes and body stay, and the mouth follows the sound; "
    "head movement, blinks and brows of the performance are not played."
)


@dataclass(frozen=True, slots=True)
class FilmLimits:
    """The largest and longest film that is accepted, and the smallest face, in pixels across its box."""

    minutes: float
    megapixels: float
    megabytes: float
    min_face_pixels: int


@dataclass(frozen=True, slots=True)
class _Look:
    worth: float
    image: Image
    faces: list[Face]


def is_film(path: Path) -> bool:
    """Whether the file's content is a video: no picture, and more than one frame. False for what cannot be opened."""
    try:
        with Pillow.open(path, formats=FORMATS):
            return False
    except (UnidentifiedImageError, *BROKEN):
        pass
    try:
        with media_reader(path) as container:
            stream = film_stream(container)
            return stream is not None and sum(1 for _, _ in zip(container.decode(stream), range(2), strict=False)) > 1
    except (EncodingError, av.FFmpegError, OSError):
        return False


def check_film(path: Path, limits: FilmLimits) -> None:
    """Raises `PortraitError` where the film is too large or too long, or none."""
    check_file(path, limits.megabytes)
    with media_reader(path, PortraitError) as container:
        stream = film_stream(container)
        if stream is None:
            raise PortraitError(f"{path.name} holds no picture.", cure="Give a video in which a face is seen.")
        check_size(path.name, (stream.codec_context.width, stream.codec_context.height), limits.megapixels)
        require_short(path, float(container.duration or 0) / av.time_base, limits)


def require_short(path: Path, seconds: float, limits: FilmLimits) -> None:
    """Raises `PortraitError` where the film is longer than accepted."""
    if seconds > limits.minutes * 60:
        raise PortraitError(
            f"{path.name} is longer than {limits.minutes:g} minutes.",
            cure="Cut it, since it is repeated for as long as the sound lasts; or raise MAX_FOOTAGE_MINUTES.",
        )


def film_portrait(path: Path, tracker: FaceTracker, limits: FilmLimits, face: int = 0) -> Portrait:
    """The calmest frame near the film's start: mouth shut, eyes open, seen from the front, sharp.

    Raises `PortraitError` where no face can be animated, or the film is beyond the limits.
    """
    if face:
        raise NoSuchFaceError(f"{path.name} is a video, whose largest face is animated.", cure="Leave the face out.")
    check_film(path, limits)
    best = _best_look(path, tracker, limits)
    if best is None:
        raise PortraitError(
            f"No human face was found in {path.name}, at least not in its first {SEARCH_SECONDS:.0f} seconds.",
            cure="Use a video of one person whose face is well lit and stays in view, seen from the front.",
        )
    picture = Picture(best.image, None, file_digest(path), (DUBBED, *_notes(best.faces)), path.name)
    return measured_portrait(picture, best.faces, tracker, min_face_pixels=limits.min_face_pixels)


def _notes(faces: list[Face]) -> tuple[str, ...]:
    return (f"{len(faces)} faces found; the largest is animated.",) if len(faces) > 1 else ()


def _best_look(path: Path, tracker: FaceTracker, limits: FilmLimits) -> _Look | None:
    best: _Look | None = None
    due, end = 0.0, SEARCH_SECONDS
    try:
        for time, image in video_frames(path):
            require_short(path, time, limits)
            if time >= end:
                break
            if time < due:
                continue
            due = time + 1 / LOOKS_PER_SECOND
            faces = human_faces(image, tracker.detect(image), tracker)
            if faces:
                end = end if best else time + LOOK_SECONDS
                worth = _worth(image, faces[0])
                if best is None or worth > best.worth:
                    best = _Look(worth, image, faces)
    except InputError as error:
        raise PortraitError(error.message, cure=error.cure) from None
    return best


def _worth(image: Image, face: Face) -> float:
    """How well the frame serves as the portrait."""
    points = face.landmarks
    eyes = max(eye_distance(points), 1e-3)
    gap = float(np.linalg.norm(points[13] - points[14])) / eyes
    pitch, yaw, roll = head_angles(head_rotation(points))
    turned = (abs(yaw) + 0.5 * abs(pitch) + 0.5 * abs(roll)) / 30
    open_ = min(_aspect(points, eye) for eye in EYES)
    return -gap / 0.1 - turned - max(0.0, OPEN_EYES - open_) / 0.08 + 0.3 * log(1e-3 + _sharpness(image, points))


def _aspect(points: np.ndarray[tuple[int, ...], np.dtype[np.float32]], eye: tuple[int, ...]) -> float:
    outer, upper1, upper2, inner, lower2, lower1 = points[list(eye)]
    opening = np.linalg.norm(upper1 - lower1) + np.linalg.norm(upper2 - lower2)
    return float(opening / (2 * np.linalg.norm(outer - inner) + 1e-6))


def _sharpness(image: Image, points: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """Spread of the Laplacian over the face."""
    (x0, y0), (x1, y1) = points[:, :2].min(axis=0).astype(int), points[:, :2].max(axis=0).astype(int) + 1
    part = image[max(0, y0) : max(1, y1), max(0, x0) : max(1, x1)]
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std()) if part.size else 0.0
