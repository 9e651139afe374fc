"""A film becomes footage: its face followed through all frames, and all of them cut to the video's frame."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, takewhile
from math import inf
from pathlib import Path
from typing import Final

import numpy as np

from avatar.arrays import opened_arrays
from avatar.errors import InputError, PortraitError
from avatar.files import atomic_file
from avatar.types import Footage, Image, Portrait, Size
from models.face_mesh.tracker import FaceTracker
from video_processor.footage.film import FilmLimits, require_short
from video_processor.footage.frames import write_frames
from video_processor.framing import Framing, crop_for, crop_image, crop_landmarks, crop_portrait
from video_processor.tracking.landmarks import TrackedFace, track_landmarks, video_frames

SHORTEST_STRETCH_SECONDS: Final = 16.0

LEAST_SEEN: Final = 0.5
"""Share of the frames in which the face must be seen."""

Check = Callable[[], None]
"""Called for every frame; what it raises ends the work."""


def stretch_for(sound_seconds: float | None) -> float:
    """How much of a film is looked at for a sound of that length: few different stretches, so that they are reused."""
    if sound_seconds is None:
        return inf
    stretch = SHORTEST_STRETCH_SECONDS
    while stretch < sound_seconds + 1.0:
        stretch *= 2
    return stretch


def follow_face(
    path: Path, tracker: FaceTracker, limits: FilmLimits, check: Check, stretch: float = inf
) -> TrackedFace:
    """The face in every frame of the first `stretch` seconds.

    Raises `PortraitError` where it is not seen most of the time.
    """
    frames = takewhile(lambda shown: shown[0] < stretch, _watched(path, limits, check))
    try:
        found = track_landmarks(frames, tracker)
    except InputError as error:
        raise PortraitError(error.message, cure=error.cure) from None
    share = float(found.seen.mean())
    if share < LEAST_SEEN:
        raise PortraitError(
            f"The face in {path.name} is seen in {share:.0%} of its frames only.",
            cure="Use a video in which the face stays in view, or cut out the part in which it does.",
        )
    return found


def _watched(path: Path, limits: FilmLimits, check: Check) -> Iterator[tuple[float, Image]]:
    for time, image in video_frames(path):
        check()
        require_short(path, time, limits)
        yield time, image


def frame_footage(
    portrait: Portrait, face: TrackedFace, film: Path, size: Size, framing: Framing, frames: Path, check: Check
) -> Portrait:
    """The portrait with footage of `size`: one crop for all frames in which the face was followed, that holds it.

    Writes the film's frames to `frames`. Raises what `write_frames` does.
    """
    crop = crop_for(face.landmarks[face.seen], face.size, size, framing)

    def cut() -> Iterator[Image]:
        for _, image in islice(video_frames(film), len(face.times)):
            check()
            yield crop_image(image, crop, size)

    count = write_frames(frames, cut(), size)
    times = face.times[:count]
    duration = float(times[-1] + (np.median(np.diff(times)) if len(times) > 1 else 1.0))
    footage = Footage(frames, times, duration, crop_landmarks(face.landmarks[:count], crop, size))
    return replace(crop_portrait(portrait, crop, size), footage=footage)


def save_face(path: Path, face: TrackedFace) -> None:
    """Raises `DiskSpaceError` where the disk is full."""
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, times=face.times, landmarks=face.landmarks, size=np.array(face.size))


def load_face(path: Path) -> TrackedFace:
    """What `save_face` wrote. Raises `InputError` where the file is another one."""
    try:
        with opened_arrays(path) as stored:
            width, height = (int(side) for side in stored["size"])
            return TrackedFace(stored["times"], stored["landmarks"], Size(width, height))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        cure = "Delete it; it is made again."
        raise InputError(f"{path} is not a stored face: {error}.", cure=cure) from None
