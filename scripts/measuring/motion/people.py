"""A default performance beside what people do: the rule director on recordings, or on made-up speech."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.detectors import AUTO, build_detector, choose_detector
from audio_processor.speech_emotion import emotion_windows, voice_readings
from audio_processor.tts import speak
from audio_processor.word_emotion import word_readings
from avatar.errors import InputError
from avatar.performance import Performance
from avatar.settings import load_settings
from avatar.types import FaceMotion, Speech, TimedEmotion
from models.weights import WeightStore
from orchestrator.director.rules import direct
from orchestrator.emotion_fusion import fused
from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.made_speech import make_speech
from scripts.measuring.motion.curves import (
    CLOSED_EYE_DISTANCES,
    EYE_WIDTHS_PER_DEGREE,
    blink_times,
    brow_height,
    head_speed,
    lip_gap,
)
from scripts.measuring.motion.playing import played
from scripts.measuring.motion.swimming import swimming

SEEDS: Final = (1, 2, 3, 4, 5)
LEAST_SECONDS: Final = 4.5
SOUNDS: Final = (".wav", ".mp3", ".flac", ".m4a", ".ogg", ".opus")
MAX_MINUTES: Final = 15.0
MAX_MEGABYTES: Final = 512.0
LONG_SECONDS: Final = 600.0
LEAST_SHARE: Final = 0.8
"""As many recordings lie within the table one by one as people do, between 10th and 90th percentile."""

TEXT: Final = (
    "Hello! I am Grace Hopper, and this is an old photograph of me. "
    "A program heard these words and moved my lips. Now give it a picture of your own."
)


class Band(NamedTuple):
    """10th and 90th percentile of people."""

    what: str
    unit: str
    low: float
    high: float


PEOPLE: Final[dict[str, Band]] = {
    "blinks": Band("blinks", "a minute", 12.0, 35.0),
    "pitch": Band("head pitch, standard deviation", "degrees", 1.2, 4.3),
    "yaw": Band("head yaw, standard deviation", "degrees", 1.2, 7.4),
    "roll": Band("head roll, standard deviation", "degrees", 1.0, 6.9),
    "speed": Band("head speed", "degrees/s", 9.0, 26.0),
    "closed": Band("frames with closed lips", "share", 0.09, 0.39),
    "brows": Band("brow height, standard deviation", "eye distances", 0.005, 0.028),
    "gaze_x": Band("gaze sideways, standard deviation", "eye widths", 0.0094, 0.0615),
    "gaze_y": Band("gaze up and down, standard deviation", "eye widths", 0.005, 0.0274),
}
"""Of people filmed while they talk: 19 clips, brows and gaze 15; of the blinks the part that looks rested."""


def values(motion: FaceMotion) -> dict[str, float]:
    """What the table holds, of one motion."""
    pitch, yaw, roll = motion.pose[:, :3].std(axis=0)
    gaze_x, gaze_y = EYE_WIDTHS_PER_DEGREE * motion.gaze.std(axis=0)
    seconds = len(motion) / float(motion.fps)
    return {
        "blinks": 60.0 * len(blink_times(motion)) / seconds,
        "pitch": float(pitch),
        "yaw": float(yaw),
        "roll": float(roll),
        "speed": head_speed(motion),
        "closed": float((lip_gap(motion) < CLOSED_EYE_DISTANCES).mean()),
        "brows": float(brow_height(motion, turned=True).std()),
        "gaze_x": float(gaze_x),
        "gaze_y": float(gaze_y),
    }


def emotions(speech: Speech) -> tuple[TimedEmotion, ...]:
    """How the speaker seems to feel, by voice and words."""
    windows = emotion_windows(speech)
    said = [voice_readings(speech, windows), word_readings(speech.transcript, windows)] if windows else []
    return tuple(fused(window, [source[i] for source in said]) for i, window in enumerate(windows))


def recordings(folder: Path) -> dict[str, Speech]:
    """The recordings in the folder that people speak in for long enough, by name. Raises `InputError` for none."""
    store = WeightStore(load_settings().checkpoints_dir)
    detector = build_detector(choose_detector(AUTO, store).name, store)
    found = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SOUNDS):
        with tempfile.TemporaryDirectory(prefix="avatar-measure-") as work:
            clip = decode_audio(path, Path(work), max_minutes=MAX_MINUTES, max_megabytes=MAX_MEGABYTES)
            if clip.duration >= LEAST_SECONDS:
                found[path.stem] = analyse_speech(clip, detector=detector)
    spoken = {name: speech for name, speech in found.items() if not speech.is_silent}
    if not spoken:
        raise InputError(f"No recording in {folder} has {LEAST_SECONDS:g} s of speech.", cure="Name another folder.")
    return spoken


def demo_speech() -> Speech:
    with tempfile.TemporaryDirectory(prefix="avatar-measure-") as work:
        said = speak(TEXT, language="en", voice="f3", folder=Path(work))
        clip = decode_audio(said.path, Path(work), max_minutes=1.0, max_megabytes=16.0)
        return analyse_speech(clip, said)


def directed(speech: Speech) -> Performance:
    return direct(speech, emotions(speech))


def measure(folders: Sequence[Path], *, seconds: float = LONG_SECONDS, seeds: Sequence[int] = SEEDS) -> Measurement:
    speeches = {"demo text": demo_speech()}
    for folder in folders:
        speeches |= recordings(folder)
    taken = {name: _mean(speech, seeds) for name, speech in speeches.items()}
    figures = []
    for key, band in PEOPLE.items():
        each = [values_of[key] for values_of in taken.values()]
        within = float(np.mean([band.low <= value <= band.high for value in each]))
        outside = max(band.low - float(np.mean(each)), float(np.mean(each)) - band.high, 0.0)
        figures.append(Figure(f"{band.what}: mean outside people's range by", outside, "at most", 0.0, band.unit))
        figures.append(Figure(f"{band.what}: share of {len(each)} sounds within it", within, "at least", LEAST_SHARE))
    figures += swimming({seed: _long_motion(seconds, seed) for seed in seeds})
    tables = {
        f"a default performance on {len(taken)} sounds": summary(taken),
        "each sound": [_head("sound"), *([name, *_cells(of)] for name, of in taken.items())],
    }
    return Measurement("people", tuple(figures), tables)


def summary(taken: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """The table beside people's, of what was taken of every sound."""
    rows = [_head("")]
    for name, over in (("mean", np.mean), ("least", np.min), ("largest", np.max)):
        rows.append([name, *_cells({key: float(over([of[key] for of in taken.values()])) for key in PEOPLE})])
    rows.append(["people, 10th to 90th percentile", *(f"{band.low:g} to {band.high:g}" for band in PEOPLE.values())])
    return rows


def _head(first: str) -> list[str]:
    return [first, *(f"{band.what} ({band.unit})" for band in PEOPLE.values())]


def _cells(values_of: Mapping[str, float]) -> list[str]:
    return [f"{values_of[key]:.3g}" for key in PEOPLE]


def _mean(speech: Speech, seeds: Sequence[int]) -> dict[str, float]:
    performance = directed(speech)
    each = [values(played(speech, performance, seed=seed)) for seed in seeds]
    return {key: float(np.mean([taken[key] for taken in each])) for key in PEOPLE}


def _long_motion(seconds: float, seed: int) -> FaceMotion:
    speech = make_speech(seconds, seed=seed)
    return played(speech, directed(speech), seed=seed)
