"""The brows' part in stress and melody, and what never rests in a face."""

from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.curves import Curves, Doubles, Value, band_noise, convolved, impulses, stroke
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
    total = _Sum()
    lively = accent_size(scene.controls.energy, scene.liveliness)
    total.add(ACCENT, lively * _accents(scene))
    total.add(MELODY, lively * np.maximum(scene.melody, 0.0))
    return total.curves


def life(scene: Scene) -> Curves:
    """Changes of the face that come with living."""
    total = _Sum()
    random = scene.random("life")
    lively = life_size(scene.controls.energy, scene.liveliness)
    for weights, seconds in LIFE.values():
        total.add(weights, lively * band_noise(random, scene.clock, seconds))
    return total.curves


def accent_size(energy: Value, liveliness: Value) -> Value:
    """How large the brows' accents are."""
    return (0.4 + 1.2 * energy) * liveliness


def life_size(energy: Value, liveliness: Value) -> Value:
    """How large the changes are that come with living."""
    return liveliness * (0.5 + energy)


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
