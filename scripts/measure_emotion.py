"""Measures how often the emotion of labelled voices and faces is told right.

python scripts/measure_emotion.py SAMPLES [--json FILE]

SAMPLES holds `emotion_speech` and `emotion_faces`, each with files and a `labels.csv`. Learned models are measured
too where they are installed. The exit status is 1 where the project's own voice or face misses a target.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audio_processor.voice_model import voice_model_readings
from avatar.settings import load_settings
from avatar.types import EmotionReading, Floats, Span, Speech
from models.emotion.ferplus import FER_PLUS, FerPlus
from models.emotion.hubert import VOICE_EMOTION, VoiceModel
from models.weights import WeightStore
from orchestrator.emotion_sources import installed_models
from orchestrator.portraits import face_tracker
from scripts.measuring.emotions import face_figures, heard_voices, seen_faces, voice_figures
from scripts.measuring.figures import Measurement, figures_table, plain_table
from video_processor.face_model import face_model_reading

OWN: Final = ("voice", "face")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--json", type=Path, help="where the figures are written")
    given = parser.parse_args()
    console, taken = Console(), []
    for measurement in measurements(given.samples, WeightStore(load_settings().checkpoints_dir)):
        console.print(figures_table(measurement))
        for title, rows in measurement.tables.items():
            console.print(plain_table(title, rows))
        taken.append(measurement)
    if given.json:
        given.json.write_text(json.dumps([m.to_json() for m in taken], indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for m in taken if m.name in OWN for figure in m.figures) else 1


def measurements(samples: Path, weights: WeightStore) -> Iterator[Measurement]:
    voices, faces = samples / "emotion_speech", samples / "emotion_faces"
    models, tracker = installed_models(weights).keys, face_tracker(weights)
    yield voice_figures(heard_voices(voices))
    yield face_figures(seen_faces(faces, tracker))
    if VOICE_EMOTION in models:
        heard = VoiceModel(weights.path(VOICE_EMOTION))

        def by_model(_speech: Speech, sound: Floats, windows: tuple[Span, ...]) -> Sequence[EmotionReading]:
            return voice_model_readings(sound, windows, heard)

        yield voice_figures(heard_voices(voices, by_model), "voice_model")
    if FER_PLUS in models:
        seen = FerPlus(weights.path(FER_PLUS))
        yield face_figures(seen_faces(faces, tracker, lambda face: face_model_reading(face, seen)), "face_model")


if __name__ == "__main__":
    raise SystemExit(main())
