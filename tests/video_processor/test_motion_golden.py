"""The same motion on every platform: stored samples of it, to 1e-5.

`python -m tests.video_processor.test_motion_golden` stores them anew, after a change that is meant.
"""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ACTIONS, Performance
from avatar.types import FaceMotion, frame_count
from scripts.measuring.made_speech import make_speech
from video_processor.motion.synthesis import synthesise_motion

STORED = Path(__file__).parent / "golden" / "motion.json"
SECONDS, SEED = 20.0, 20
EVERY = 23
"""Every so manieth frame is stored."""

DIGITS = 6
TOLERANCE = 1e-5


def performance() -> Performance:
    """Every action once, two segments with an emotion each."""
    cues = [
        {"action": action, "at": 1.0 + 1.3 * i, "intensity": 0.7, "duration": 0.9, "direction": (-1.0) ** i}
        for i, action in enumerate(ACTIONS)
    ]
    happy = {"smile": 0.4, "emotion": {"label": "happy", "valence": 0.6, "arousal": 0.4}}
    angry = {"head_motion": 0.9, "emotion": {"label": "angry", "valence": -0.6, "arousal": 0.7}}
    segments = [
        {"start": 4.0, "end": 9.0, "controls": happy},
        {"start": 12.0, "end": 15.0, "controls": angry},
    ]
    return Performance.model_validate({"segments": segments, "cues": cues})


def motion() -> FaceMotion:
    fps = Fraction(25)
    rest = np.linspace(0.0, 0.3, len(BLENDSHAPES), dtype=np.float32)
    return synthesise_motion(
        make_speech(SECONDS, seed=3), performance(), fps=fps, frames=frame_count(SECONDS, fps), rest=rest, seed=SEED
    )


def test_motion_is_the_stored_one() -> None:
    made = motion()
    stored = json.loads(STORED.read_text(encoding="utf-8"))

    np.testing.assert_allclose(made.blendshapes[::EVERY], stored["blendshapes"], atol=TOLERANCE)
    np.testing.assert_allclose(made.pose[::EVERY], stored["pose"], atol=TOLERANCE)
    np.testing.assert_allclose(made.blendshapes.mean(axis=0), stored["blendshape_means"], atol=TOLERANCE)
    np.testing.assert_allclose(made.pose.mean(axis=0), stored["pose_means"], atol=TOLERANCE)


def _json(made: FaceMotion) -> str:
    arrays = {
        "blendshapes": made.blendshapes[::EVERY],
        "pose": made.pose[::EVERY],
        "blendshape_means": made.blendshapes.mean(axis=0),
        "pose_means": made.pose.mean(axis=0),
    }
    rounded = {name: np.round(array.astype(np.float64), DIGITS).tolist() for name, array in arrays.items()}
    return json.dumps(rounded, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    STORED.write_text(_json(motion()), encoding="utf-8")
