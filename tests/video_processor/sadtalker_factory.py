"""Networks that draw the picture they are given, shifted and turned as they are told, and the portraits they draw."""

from fractions import Fraction
from functools import cache

import cv2
import numpy as np

from avatar.types import FaceMotion, Floats, Image, Portrait, RenderChunk, Size
from tests.face_models import demo_picture, face_tracker
from video_processor.framing import Framing, frame_portrait
from video_processor.portrait import analyse_portrait

SOURCE_HEAD = np.array([0.1, -0.05, 0.02, 0.01, 0.02, 0.03], np.float32)
PIXELS_PER_RADIAN = 100.0


class DrawnFace:
    """A picture whose head goes right by its second angle, down by its first, and turns by its third.

    The angles are those of the middle of a window, away from the source's. Red is taken by the first coefficient of the
    window's mean, blue by its second.
    """

    def __init__(self, networks: "DrawingNetworks", source: Image, semantics: Floats) -> None:
        self.networks, self.source, self.semantics = networks, source, semantics
        self.notes = (*networks.telling, "drawn by hand")
        self.size_bytes = source.nbytes

    def draw(self, semantics: Floats, pose_degrees: Floats | None = None) -> Image:
        assert pose_degrees is None
        assert semantics.shape[1:] == (len(self.semantics), 27)
        self.networks.drawn.append(len(semantics))
        return np.stack([self._face(window) for window in semantics])

    def _face(self, window: Floats) -> Image:
        x, y, z = (window[64:67, 13] - self.semantics[64:67]).tolist()
        middle = len(self.source) / 2
        turn = cv2.getRotationMatrix2D((middle, middle), np.degrees(z), 1.0)
        turn[:, 2] += PIXELS_PER_RADIAN * y, PIXELS_PER_RADIAN * x
        face = cv2.warpAffine(self.source, turn, self.source.shape[:2], borderMode=cv2.BORDER_REPLICATE)
        mean = window.mean(axis=1)
        face[:8, :8] = np.clip(np.rint([100 + mean[0], 128, 100 * mean[1]]), 0, 255)
        return np.asarray(face, np.uint8)


class DrawingNetworks:
    """`prepared` holds every source, `drawn` how many faces each call drew; the next source tells `telling`."""

    def __init__(self) -> None:
        self.prepared: list[Image] = []
        self.drawn: list[int] = []
        self.blinks: list[Floats] = []
        self.telling: tuple[str, ...] = ()

    def source_coefficients(self, face: Image) -> Floats:
        assert face.shape == (224, 224, 3)
        assert face.dtype == np.uint8
        return np.concatenate([np.zeros(224), SOURCE_HEAD[:3], np.zeros(27), SOURCE_HEAD[3:]]).astype(np.float32)

    def expressions(self, mels: Floats, ref: Floats, blink: Floats) -> Floats:
        """The first coefficient is the window's mean, the second tells the lids."""
        assert mels.shape == (len(blink), 80, 16)
        assert ref.shape == (64,)
        self.blinks.append(blink)
        found = np.tile(ref, (len(blink), 1))
        found[:, 0], found[:, 1] = mels.mean(axis=(1, 2)) * 10, blink
        return found

    def prepare(self, source: Image, source_semantics: Floats) -> DrawnFace:
        self.prepared.append(source)
        return DrawnFace(self, source, source_semantics)


@cache
def framed(key: str, width: int, height: int, framing: Framing = "auto") -> Portrait:
    portrait = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    return frame_portrait(portrait, Size(width, height), framing)


def sound_of(frames: int, fps: Fraction) -> Floats:
    rng = np.random.default_rng(5)
    samples = round(Fraction(frames * 16_000) / fps)
    loud = 0.3 * (1 + np.sin(np.arange(samples) / 1500))
    return np.asarray(loud * rng.standard_normal(samples) * 0.2, np.float32)


def piece(motion: FaceMotion, sound: Floats, first: int, count: int, context: int) -> RenderChunk:
    """A stretch of the whole with as much context as there is."""
    lead = min(context, first)
    end = min(first + count + context, len(motion))
    start, stop = (round(Fraction(frame * 16_000) / motion.fps) for frame in (first - lead, end))
    return RenderChunk(0, first, count, motion[first - lead : end], sound[start:stop], lead)
