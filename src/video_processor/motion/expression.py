"""The brows' part in stress and melody, and what never rests in a face."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.curves import Curves, Doubles, band_noise, convolved, impulses, stroke
from video_processor.motion.posture import Weights, both
from video_processor.motion.scene import Scene

ACCENT: Final = both(browInnerUp=0.58, browOuterUp=0.64)
MELODY: Final = both(browInnerUp=0.28, browOuterUp=0.28)

ACCENT_RISE_SECONDS, ACCENT_FALL_SECONDS = 0.16, 0.4
LIFE: Final = {
    "brows": (both(browInnerUp=0.16, browOuterUp=0.16, browDown=-0.1), 0.6),
    "mouth": (both(mouthSmile=0.04, mouthDimple=0.02), 1.0),
    "eyes": (both(eyeSquint=0.04), 0.8),
}
"""What never rests in a face: standard deviation in speech, and seconds of smoothing."""


def accents(scene: Scene) -> Curves:
    """Changes of the face that come with speaking: brows rise with stress and melody."""
    return accented(_accents(scene), scene.melody, scene.controls.energy, scene.liveliness)


def accented(strokes: Floats, melody: Floats, energy: Floats, liveliness: Floats) -> Curves:
    """What strokes (frames,) of the brows on stressed moments, and the melody, change in a face."""
    total = _Sum()
    lively = (0.4 + 1.2 * energy) * liveliness
    total.add(ACCENT, lively * strokes)
    total.add(MELODY, lively * np.maximum(melody, 0.0))
    return total.curves


def life(scene: Scene) -> Curves:
    """Changes of the face that come with living."""
    random = scene.random("life")
    noises = [band_noise(random, scene.clock, seconds) for _, seconds in LIFE.values()]
    return lived(noises, scene.controls.energy, scene.liveliness)


def lived(noises: Sequence[Floats], energy: Floats, liveliness: Floats) -> Curves:
    """What noises (frames,) of unit variance, one for each part of `LIFE`, change in a face."""
    total = _Sum()
    lively = liveliness * (0.5 + energy)
    for (weights, _), noise in zip(LIFE.values(), noises, strict=True):
        total.add(weights, lively * noise)
    return total.curves


def accent_shares(draws: Doubles) -> Doubles:
    """How much of each stress the brows take up, from draws in 0..1."""
    return 0.3 + 0.7 * draws


class _Sum:
    """Weighted curves added up by blendshape."""

    def __init__(self) -> None:
        self.curves: Curves = {}

    def add(self, weights: Weights, curve: Floats) -> None:
        if not curve.any():
            return
        for name, weight in weights.items():
            self.curves[name] = self.curves.get(name, np.float32(0.0)) + np.float32(weight) * curve


def _accents(scene: Scene) -> Floats:
    emphases = scene.speech.prosody.emphases
    shares = accent_shares(scene.random("accents").random(len(emphases)))
    strength = np.array([e.strength for e in emphases]) * shares
    half = max(1, round(ACCENT_FALL_SECONDS * scene.clock.rate))
    t = np.arange(-half, half + 1) / scene.clock.rate
    kernel = stroke(t, ACCENT_RISE_SECONDS, ACCENT_FALL_SECONDS)
    curve = convolved(impulses([e.time for e in emphases], strength, scene.clock), kernel)
    return curve * np.float32(kernel.sum())
