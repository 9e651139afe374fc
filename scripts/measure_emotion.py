"""Measures how often the emotion of labelled voices and faces is told right.

python scripts/measure_emotion.py SAMPLES [--shaken TIMES] [--json FILE]

SAMPLES holds `emotion_speech` and `emotion_faces`, each with files and a `labels.csv`. Learned models are measured
too where they are installed. With `--shaken` all weights set by hand are changed at random, each by up to 30 %, so
many times over: what hangs on their exact values falls. The exit status is 1 where the project's own voice or face
misses a target.
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
from scripts.measuring.emotions import (
    Picture,
    Recording,
    face_figures,
    heard,
    pictures,
    recordings,
    seen,
    voice_figures,
)
from scripts.measuring.figures import Measurement, figures_table, plain_table
from scripts.measuring.shaking import shaken_figures
from video_processor.face_model import face_model_reading

OWN: Final = ("voice", "face")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--shaken", type=int, default=0, metavar="TIMES")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    given = parser.parse_args()
    weights = WeightStore(load_settings().checkpoints_dir)
    voices = recordings(given.samples / "emotion_speech")
    faces = pictures(given.samples / "emotion_faces", face_tracker(weights))
    taken = list(measurements(voices, faces, weights))
    if given.shaken:
        taken.append(shaken_figures(voices, faces, given.shaken))
    show(taken)
    if given.json:
        given.json.write_text(json.dumps([m.to_json() for m in taken], indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for m in taken if m.name in OWN for figure in m.figures) else 1


def show(taken: Sequence[Measurement]) -> None:
    console = Console()
    for measurement in taken:
        if measurement.figures:
            console.print(figures_table(measurement))
        for title, rows in measurement.tables.items():
            console.print(plain_table(title, rows))


def measurements(voices: Sequence[Recording], faces: Sequence[Picture], weights: WeightStore) -> Iterator[Measurement]:
    models = installed_models(weights).keys
    yield voice_figures(heard(voices))
    yield face_figures(seen(faces))
    if VOICE_EMOTION in models:
        model = VoiceModel(weights.path(VOICE_EMOTION))

        def by_model(_speech: Speech, sound: Floats, windows: tuple[Span, ...]) -> Sequence[EmotionReading]:
            return voice_model_readings(sound, windows, model)

        yield voice_figures(heard(voices, by_model), "voice_model")
    if FER_PLUS in models:
        network = FerPlus(weights.path(FER_PLUS))
        yield face_figures(seen(faces, lambda portrait: face_model_reading(portrait, network)), "face_model")


if __name__ == "__main__":
    raise SystemExit(main())
