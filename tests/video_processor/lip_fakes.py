"""Networks that draw lips one can foresee, and chunks to draw them in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Floats, Image, Portrait, RenderChunk, neutral_motion
from video_processor.renderers.base import RenderSession
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.wav2lip.session import Lips, Wav2LipSession
from video_processor.renderers.wav2lip.sound import sample_at

BATCH = 3
FPS = Fraction(25)
WORKER = ThreadPoolExecutor(1)


@dataclass
class FakeLips:
    """Gives faces back as they are, `light` times as bright; `batches`: how many there were each time."""

    light: float = 1.0
    notes: tuple[str, ...] = ()
    batches: list[int] = field(default_factory=list)

    def draw(self, mels: Floats, faces: Image, *, top: int) -> Image:
        assert mels.shape == (len(faces), 80, 16)
        assert mels.dtype == np.float32
        assert faces.shape[1:] == (96, 96, 3)
        self.batches.append(len(faces))
        return np.concatenate([faces[:, :top], self.mouths(mels, faces)[:, top:]], axis=1)

    def mouths(self, mels: Floats, faces: Image) -> Image:
        return np.asarray(np.clip(np.rint(faces * self.light), 0, 255), np.uint8)


class PaintedLips(FakeLips):
    """A stripe of paint all over the lower half, in a shade that follows the sound."""

    def mouths(self, mels: Floats, faces: Image) -> Image:
        painted = faces.copy()
        shade = np.asarray(np.rint(120 + 20 * mels.mean(axis=(1, 2))), np.uint8)
        painted[:, 48:] = shade[:, None, None, None]
        painted[:, 70:74] = 30
        return painted


class BlankLips(FakeLips):
    """What numbers that are none become."""

    def mouths(self, mels: Floats, faces: Image) -> Image:
        return np.zeros_like(faces)


def speaking(portrait: Portrait, lips: Lips, batch: int = BATCH) -> Wav2LipSession:
    return Wav2LipSession(puppet_of(portrait), portrait.rest, lips, batch, WORKER)


def puppet_of(portrait: Portrait) -> RenderSession:
    return PuppetRenderer().prepare(portrait, portrait.size)


def talk(frames: int, rest: Floats, fps: Fraction = FPS) -> FaceMotion:
    """A jaw that opens and shuts, a head that turns, nods and tilts."""
    motion = neutral_motion(frames, fps, rest)
    t = np.arange(frames) / float(fps)
    motion.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]] = 0.3 - 0.2 * np.cos(6 * np.pi * t)
    motion.pose[:, :3] = np.stack([5 * np.sin(4 * t), 9 * np.sin(3 * t), 8 * np.sin(5 * t)], axis=1)
    return motion


def hum(frames: int, fps: Fraction = FPS) -> Floats:
    """A sound whose place in time cannot be mistaken."""
    t = np.arange(sample_at(frames, fps)) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(5).normal(0, 0.02, len(t))
    wave = 0.3 * np.sin(2 * np.pi * (150 * t + 300 * t**2)) * (0.6 + 0.4 * np.sin(20 * t)) + noise
    return wave.astype(np.float32)


def whole(motion: FaceMotion, sound: Floats) -> RenderChunk:
    return RenderChunk(0, 0, len(motion), motion, sound)


def cut(motion: FaceMotion, sound: Floats, lengths: list[int], context: int) -> Iterator[RenderChunk]:
    """The same in chunks of those lengths, each with `context` frames on either side, as far as there are any."""
    first = 0
    for index, count in enumerate(lengths):
        begin, end = max(0, first - context), min(len(motion), first + count + context)
        start, stop = sample_at(begin, motion.fps), sample_at(end, motion.fps)
        yield RenderChunk(index, first, count, motion[begin:end], sound[start:stop], first - begin)
        first += count
