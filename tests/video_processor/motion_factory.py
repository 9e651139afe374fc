"""Motion made up for tests."""

from fractions import Fraction

import numpy as np

from avatar.types import FaceMotion

FPS = Fraction(25)
NTSC = Fraction(30000, 1001)
RATES = [
    FPS,
    NTSC,
    Fraction(24000, 1001),
    Fraction(60000, 1001),
    Fraction(24),
    Fraction(25, 2),
    Fraction(120),
    Fraction(1),
]


def lively(frames: int, fps: Fraction = FPS) -> FaceMotion:
    rng = np.random.default_rng(7)
    shapes = rng.random((frames, 52), np.float32)
    pose = (rng.normal(0, 20, (frames, 6)) * [1, 1, 1, 0.01, 0.01, 0.01]).astype(np.float32)
    return FaceMotion(fps, shapes, pose)
