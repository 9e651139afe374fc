"""Films as footage, what engines make of it, and what a tracker sees there."""

from pathlib import Path

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import FaceMotion, Floats, Footage, Image, Portrait, RenderChunk, Size, neutral_motion
from tests.face_models import face_tracker
from tests.film_factory import FPS, FRAMES, SIDE
from video_processor.footage.film import FilmLimits, film_portrait
from video_processor.footage.footage import follow_face, frame_footage
from video_processor.footage.frames import read_frames, shown_frames
from video_processor.head_pose import head_angles, head_rotation
from video_processor.renderers.base import RenderSession
from video_processor.tracking.landmarks import track_landmarks

LIMITS = FilmLimits(minutes=1, megapixels=10, megabytes=64, min_face_pixels=48)
SIZE = Size(SIDE, SIDE)


def nothing() -> None:
    """There is nothing to stop for."""


def framed(film: Path, folder: Path, size: Size = SIZE) -> Portrait:
    portrait = film_portrait(film, face_tracker(), LIMITS)
    face = follow_face(film, face_tracker(), LIMITS, nothing)
    return frame_footage(portrait, face, film, size, "auto", folder / "frames.mp4", nothing)


def talk(frames: int, jaw: Floats | float) -> FaceMotion:
    """A motion that opens the jaw, and would turn the head and shut the eyes."""
    motion = neutral_motion(frames, FPS)
    motion.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]] = jaw
    motion.blendshapes[:, BLENDSHAPE_INDEX["eyeBlinkLeft"]] = 1.0
    motion.pose[:, 1] = 20.0
    return motion


def drawn(session: RenderSession, motion: FaceMotion, first: int = 0) -> list[Image]:
    chunk = RenderChunk(0, first, len(motion), motion, np.zeros(1, np.float32))
    return list(session.render(chunk))


def filmed(footage: Footage, count: int = FRAMES, first: int = 0) -> list[Image]:
    return list(read_frames(footage, shown_frames(footage, first, count, FPS)))


def tracked(images: list[Image]) -> Floats:
    return track_landmarks(((i / 25, image) for i, image in enumerate(images)), face_tracker()).landmarks


def gaps(landmarks: Floats) -> Floats:
    eyes = np.linalg.norm(landmarks[:, 33] - landmarks[:, 263], axis=1)
    return np.asarray(np.linalg.norm(landmarks[:, 13] - landmarks[:, 14], axis=1) / eyes, np.float32)


def yaws(landmarks: Floats) -> Floats:
    return np.array([head_angles(head_rotation(points))[1] for points in landmarks], np.float32)
