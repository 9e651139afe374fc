"""How often the emotion of a voice and of a face is named as people labelled it."""

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.speech_emotion import emotion_windows, voice_readings
from avatar.emotions import label_of
from avatar.types import Emotion, EmotionLabel, EmotionReading, Floats, Portrait, Span, Speech
from models.face_mesh.tracker import FaceTracker
from orchestrator.emotion_fusion import fused
from orchestrator.emotion_summary import overall
from scripts.measuring.figures import Figure, Measurement
from video_processor.facial_emotion import face_reading
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait

EXCITED: Final = ("anger", "happiness", "fear")
CALM: Final = ("sadness", "boredom", "neutral")
LABELS: Final[dict[str, EmotionLabel]] = {
    "neutral": "neutral",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "disgust": "disgusted",
    "surprise": "surprised",
}
"""As the labels of the samples have them; contempt and boredom are none of the seven."""

VOICE_LABELS: Final = ("anger", "happiness", "sadness", "neutral")
LEAST_AROUSAL, LEAST_FOUR, LEAST_SEVEN, LEAST_HAPPY = 0.80, 0.45, 0.35, 0.80
LEAST_PIXELS: Final = 20

VoiceSource = Callable[[Speech, Floats, tuple[Span, ...]], Sequence[EmotionReading | None]]
FaceSource = Callable[[Portrait], EmotionReading | None]


class Recording(NamedTuple):
    """A labelled recording and what is known of it."""

    label: str
    speaker: str
    speech: Speech
    samples: Floats


class Picture(NamedTuple):
    """A labelled picture, measured."""

    label: str
    name: str
    portrait: Portrait


class Voice(NamedTuple):
    """A labelled recording and what was made of it."""

    label: str
    speaker: str
    emotion: Emotion


class Face(NamedTuple):
    """A labelled picture and what was made of it."""

    label: str
    name: str
    reading: EmotionReading


def by_cues(speech: Speech, _samples: Floats, windows: tuple[Span, ...]) -> Sequence[EmotionReading | None]:
    return voice_readings(speech, windows)


def recordings(folder: Path) -> list[Recording]:
    """The recordings in `folder`, analysed."""
    found = []
    for row in _rows(folder):
        with tempfile.TemporaryDirectory() as scratch:
            clip = decode_audio(folder / row["file"], Path(scratch), max_minutes=5, max_megabytes=50)
            found.append(Recording(row["emotion"], row["speaker"], analyse_speech(clip), np.array(clip.samples)))
    return found


def heard(found: Sequence[Recording], source: VoiceSource = by_cues) -> list[Voice]:
    """Each recording judged by its voice alone."""
    voices = []
    for label, speaker, speech, samples in found:
        windows = emotion_windows(speech)
        readings = source(speech, samples, windows)
        timed = [fused(window, [reading]) for window, reading in zip(windows, readings, strict=True)]
        voices.append(Voice(label, speaker, overall(timed)))
    return voices


def pictures(folder: Path, tracker: FaceTracker) -> list[Picture]:
    """The pictures in `folder` that have one of the seven labels, measured."""
    found = []
    for row in _rows(folder):
        if row["emotion"] in LABELS:
            picture = load_picture(folder / row["file"], max_megapixels=100, max_megabytes=100)
            portrait = analyse_portrait(picture, tracker, min_face_pixels=LEAST_PIXELS)
            found.append(Picture(row["emotion"], row["file"], portrait))
    return found


def seen(found: Sequence[Picture], source: FaceSource = face_reading) -> list[Face]:
    """Each picture judged by its face alone."""
    return [Face(label, name, source(portrait) or _nothing_seen()) for label, name, portrait in found]


def voice_figures(voices: Sequence[Voice], name: str = "voice") -> Measurement:
    judged = [voice for voice in voices if voice.label in (*EXCITED, *CALM)]
    four = [(voice.label, voice.emotion.label) for voice in voices if voice.label in VOICE_LABELS]
    figures = (
        Figure("arousal, high or low", _aroused(judged), "at least", LEAST_AROUSAL, worst=_worst_speaker(judged)),
        Figure("balanced accuracy over four", balanced_accuracy(four), "at least", LEAST_FOUR),
    )
    return Measurement(name, figures, {f"{name}: labelled (rows) and told": _confusions(voices)})


def face_figures(faces: Sequence[Face], name: str = "face") -> Measurement:
    seven = [(face.label, label_of(face.reading)) for face in faces]
    clear = [face for face in faces if face.label in ("happiness", "neutral")]
    right = [_is_happy(face.reading) == (face.label == "happiness") for face in clear]
    wrong = tuple(face.name for face, is_right in zip(clear, right, strict=True) if not is_right)
    figures = (
        Figure("balanced accuracy over seven", balanced_accuracy(seven), "at least", LEAST_SEVEN),
        Figure("happy against neutral", float(np.mean(right)), "at least", LEAST_HAPPY, worst=", ".join(wrong)),
    )
    return Measurement(name, figures, {f"{name}: labelled (rows) and told": _table(seven)})


def balanced_accuracy(pairs: Sequence[tuple[str, EmotionLabel]]) -> float:
    """Mean over the labels of the share that was told right; constant answers reach 1 over their number."""
    names = dict.fromkeys(label for label, _ in pairs)
    shares = [np.mean([told == LABELS[name] for label, told in pairs if label == name]) for name in names]
    return float(np.mean(shares))


def _aroused(voices: Sequence[Voice]) -> float:
    return float(np.mean([(voice.emotion.arousal > 0.0) == (voice.label in EXCITED) for voice in voices]))


def _worst_speaker(voices: Sequence[Voice]) -> str:
    shares = {name: _aroused([v for v in voices if v.speaker == name]) for name in {v.speaker for v in voices}}
    worst = min(shares, key=lambda name: shares[name])
    return f"speaker {worst}: {shares[worst]:.2f}"


def _is_happy(reading: EmotionReading) -> bool:
    return reading.scores["happy"] > reading.scores["neutral"]


def _nothing_seen() -> EmotionReading:
    return EmotionReading("face", {label: float(label == "neutral") for label in LABELS.values()}, 0.0, 0.0, 0.0)


def _confusions(voices: Sequence[Voice]) -> list[list[str]]:
    return _table([(voice.label, voice.emotion.label) for voice in voices])


def _table(pairs: Sequence[tuple[str, EmotionLabel]]) -> list[list[str]]:
    told = list(dict.fromkeys(LABELS.values()))
    names = dict.fromkeys(label for label, _ in pairs)
    rows = [[name, *(str(sum(pair == (name, label) for pair in pairs)) for label in told)] for name in names]
    return [["", *told], *rows]


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
