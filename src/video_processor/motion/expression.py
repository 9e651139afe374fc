"""The brows' part in stress and melody, and what never rests in a face."""

from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.cues import only
from video_processor.motion.curves import Curves, band_noise, convolved, impulses, minimum_jerk, near
from video_processor.motion.posture import Weights, both
from video_processor.motion.scene import Scene

ACCENT: Final = both(browInnerUp=0.58, browOuterUp=0.64)
MELODY: Final = both(browInnerUp=0.28, browOuterUp=0.28)

ACCENT_RISE_SECONDS, ACCENT_FALL_SECONDS = 0.14, 0.35
CUE_CLEARANCE_SECONDS: Final = 0.4
LIFE: Final = {
    "brows": (both(browInnerUp=0.16, browOuterUp=0.16, browDown=-0.1), 0.6),
    "mouth": (both(mouthSmile=0.04, mouthDimple=0.02), 1.0),
    "eyes": (both(eyeSquint=0.04), 0.8),
}
"""What never rests in a face: standard deviation in speech, and seconds of smoothing."""


def expression(scene: Scene) -> Curves:
    """Changes of the face that come with speaking and living."""
    total = _Sum()
    lively = (0.2 + 1.6 * scene.controls.energy) * scene.liveliness
    total.add(ACCENT, lively * _accents(scene))
    total.add(MELODY, lively * np.maximum(scene.melody, 0.0))
    _add_life(total, scene)
    return total.curves


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
    times = [e.time for e in emphases]
    busy = near(times, [cue.at for cue in only(scene.cues, "brow_raise", "frown")], CUE_CLEARANCE_SECONDS)
    strength = np.where(busy, 0.0, [e.strength for e in emphases]) * (0.3 + 0.7 * scene.random("accents").random(len(emphases)))
    half = max(1, round(ACCENT_FALL_SECONDS * scene.clock.rate))
    t = np.arange(-half, half + 1) / scene.clock.rate
    kernel = minimum_jerk(1.0 + t / ACCENT_RISE_SECONDS) * (1.0 - minimum_jerk(t / ACCENT_FALL_SECONDS))
    return convolved(impulses(times, strength, scene.clock), kernel) * np.float32(kernel.sum())


def _add_life(total: _Sum, scene: Scene) -> None:
    random = scene.random("life")
    lively = scene.liveliness * (0.5 + scene.controls.energy)
    for weights, seconds in LIFE.values():
        total.add(weights, lively * band_noise(random, scene.clock, seconds))
