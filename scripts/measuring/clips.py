"""Whether every control parameter moves what it is for in whole clips: synthesised, drawn and tracked.

A control is played at both its ends and in its middle, with several seeds each. It holds where the mean of its
curve goes one way, and further than three times the spread over the seeds.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.performance import ControlParameters, Performance
from avatar.types import Speech, frame_count
from scripts.measuring.curves import Curves, face_curves, track
from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.response import TO_LEFT, TO_RIGHT, closing, sweep
from scripts.measuring.subjects import Subject
from video_processor.motion.synthesis import synthesise_motion

SIDE: Final = 256
FPS: Final = Fraction(25, 2)
SEEDS: Final = (1, 2, 3, 4, 5)
LEAST_OVER_SPREAD: Final = 3.0
TEXT: Final = (
    "We were away a year ago. Peter Piper picked a peck of pickled peppers, and she sells sea shells by the shore."
)

BLINK_SHARE: Final = 0.75
"""A blink begins where the lids' opening falls under this share of its upper tenth."""

GAZE_SPAN_DEGREES: Final = 60.0
"""From full left to full right."""

HAPPY: Final = {"emotion": {"label": "happy", "valence": 0.8, "arousal": 0.3}}
ANGRY: Final = {"emotion": {"label": "angry", "valence": -0.6, "arousal": 0.6}}
Take = Callable[[Sequence[Curves], "Scale"], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """How the tracker sees this portrait's gaze: eye widths at rest, and degrees of one."""

    ahead: float
    yaw: float
    degrees: float


@dataclass(frozen=True, slots=True)
class Control:
    """A control parameter: three values, what is taken of a clip, the direction, and what else is set."""

    name: str
    values: tuple[float, float, float]
    curve: str
    take: Take
    direction: float = 1.0
    beside: dict[str, Any] | None = None


def _mean(*curves: str) -> Take:
    return lambda seen, _: float(np.mean([[c[name] for name in curves] for c in seen]))


_CORNERS: Final = _mean("corner_right", "corner_left")
_BROWS: Final = _mean("brow_right", "brow_left")


def _blinks(seen: Sequence[Curves], _: Scale) -> float:
    """Blinks a second: how often the lids fall under a share of their usual opening."""
    lids = np.array([(c["lid_right"] + c["lid_left"]) / 2 for c in seen])
    shut = lids < BLINK_SHARE * np.percentile(lids, 90)
    return float((shut[1:] & ~shut[:-1]).sum() * float(FPS) / len(seen))


def _away(seen: Sequence[Curves], scale: Scale) -> float:
    """How far the eyes look past the viewer, on average, in degrees: eyes in the head and the head together."""
    turned = [(c["gaze_x"] - scale.ahead) * scale.degrees + c["yaw"] - scale.yaw for c in seen]
    return float(np.mean(np.abs(turned)))


CONTROLS: Final = (
    Control("blink_rate", (0.0, 1.0, 2.0), "blinks a second", _blinks),
    Control("head_tilt", (-1.0, 0.0, 1.0), "mean pitch, degrees", _mean("pitch")),
    Control("eyebrow_raise", (-1.0, 0.0, 1.0), "mean brow height", _BROWS),
    Control("smile", (-1.0, 0.0, 1.0), "mean height of the corners", _CORNERS),
    Control("expression_intensity", (0.0, 0.5, 1.0), "mean height of the corners, happy", _CORNERS, 1.0, HAPPY),
    Control("expression_intensity", (0.0, 0.5, 1.0), "mean brow height, angry", _BROWS, -1.0, ANGRY),
    Control("mouth_openness", (0.0, 0.5, 1.0), "mean inner-lip opening", _mean("mouth_open")),
    Control("gaze_contact", (0.0, 0.5, 1.0), "mean look past the viewer, degrees", _away, -1.0),
)


def measure(subjects: list[Subject]) -> Measurement:
    """On the portrait whose lids the tracker follows best and that smiles least."""
    chosen = max(subjects, key=_suited)
    subject = Subject(chosen.name, chosen.original, chosen.tracker, SIDE)
    with tempfile.TemporaryDirectory(prefix="avatar-measure-") as folder:
        speech = spoken(Path(folder))
    scale = gaze_scale(subject)
    rows = [["control", "curve", "at", "mean", "at", "mean", "at", "mean", "spread over seeds"]]
    figures = []
    for control in CONTROLS:
        taken = np.array(
            [[clip_value(subject, speech, control, value, seed, scale) for seed in SEEDS] for value in control.values]
        )
        what = f"{control.name}: {control.curve}, range over spread"
        ratio = over_spread(taken, control.direction)
        figures.append(Figure(what, ratio, "over", LEAST_OVER_SPREAD, "", subject.name))
        means = zip(control.values, taken.mean(axis=1), strict=True)
        levels = [text for value, mean in means for text in (f"{value:g}", f"{mean:.3f}")]
        rows.append([control.name, control.curve, *levels, f"{spread(taken):.3f}"])
    return Measurement("clips", tuple(figures), {f"controls in clips of {speech.duration:.1f} s": rows})


def _suited(subject: Subject) -> float:
    rest = subject.head.portrait.rest
    smile = float(rest[BLENDSHAPE_INDEX["mouthSmileLeft"]] + rest[BLENDSHAPE_INDEX["mouthSmileRight"]]) / 2
    return closing(sweep(subject, ("eyeBlink",), (0.0, 1.0))) - smile


def spoken(folder: Path) -> Speech:
    """A few seconds of speech by espeak-ng."""
    said = speak(TEXT, language="en-us", folder=folder)
    return analyse_speech(decode_audio(said.path, folder, max_minutes=1.0, max_megabytes=16.0), said)


def gaze_scale(subject: Subject) -> Scale:
    left, right = (sweep(subject, names, (0.0, 1.0))[1]["gaze_x"] for names in (TO_LEFT, TO_RIGHT))
    ahead = subject.seen(subject.head.portrait.rest)
    return Scale(ahead["gaze_x"], ahead["yaw"], GAZE_SPAN_DEGREES / max(left - right, 1e-3))


def clip_value(subject: Subject, speech: Speech, control: Control, value: float, seed: int, scale: Scale) -> float:
    """What is taken of one clip with the control at `value`."""
    controls = ControlParameters.model_validate({**(control.beside or {}), control.name: value})
    motion = synthesise_motion(
        speech,
        Performance(controls=controls),
        fps=FPS,
        frames=frame_count(speech.duration, FPS),
        rest=subject.head.portrait.rest,
        seed=seed,
    )
    frames = (subject.head.draw(*drawn) for drawn in zip(motion.blendshapes, motion.pose, strict=True))
    return control.take([face_curves(track(frame, subject.tracker)) for frame in frames], scale)


def spread(taken: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Root-mean-square standard deviation over the seeds; `taken` is (values, seeds)."""
    return float(np.sqrt(np.mean(np.var(taken, axis=1, ddof=1))))


def over_spread(taken: np.ndarray[Any, np.dtype[np.float64]], direction: float) -> float:
    """The range of the means over the spread; 0 where the means do not go one way."""
    means = direction * taken.mean(axis=1)
    if np.any(np.diff(means) <= 0):
        return 0.0
    return float((means[-1] - means[0]) / max(spread(taken), 1e-9))
