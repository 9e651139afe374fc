"""Measures the lips that the network hears: on filmed people, labelled phones, sounds without speech, and its speed.

python scripts/measure_lips.py SAMPLES_FOLDER [--clips] [--json FILE]

SAMPLES_FOLDER holds `talking/`, `phones/` and `audio/made/`. `--clips` prints each clip too. One core is used. The
exit status is 1 where a target is missed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.visemes.stream import visemes_of
from scripts.measuring.figures import Figure, Measurement, figures_table, plain_table
from scripts.measuring.lips_in_sounds import CLOSED_OPENING, bilabials, sound_of, speed
from scripts.measuring.lips_on_people import LONG_SECONDS, ClipScore, load_clips, scores

PLAIN_WIDTH: Final = 160
SILENT: Final = "silence_3s.wav"
LEAD: Final = "lead_silence_4s_then_speech.wav"
LEAD_FRAMES: Final = 380
NOISE: Final = "white_noise_3s.wav"
MUSIC: Final = "music_like_tones_3s.wav"


def on_people(folder: Path, scratch: Path) -> Measurement:
    found = scores(load_clips(folder, scratch), lambda samples: visemes_of([samples]))
    long = [score for score in found if score.clip.seconds > LONG_SECONDS]

    def mean(value: Callable[[ClipScore], float], over: list[ClipScore] = found) -> float:
        return float(np.nanmean([value(score) for score in over]))

    figures = (
        Figure("opening r, all clips", mean(lambda s: s.opening_r), "at least", 0.50),
        Figure(f"opening r, clips over {LONG_SECONDS} s", mean(lambda s: s.opening_r, long), "at least", 0.44),
        Figure("opening r, another's sound", mean(lambda s: s.other_r), "at most", 0.15),
        Figure("width r", mean(lambda s: s.width_r), "at least", 0.40),
        Figure("closed lips, area under curve", mean(lambda s: s.auc), "at least", 0.78),
        Figure("spread of opening over the real one", mean(lambda s: s.spread / s.real_spread), "at least", 0.7),
        Figure("the same", mean(lambda s: s.spread / s.real_spread), "at most", 1.4),
        Figure("closed share in running speech", mean(lambda s: s.closed), "at least", 0.09),
        Figure("the same", mean(lambda s: s.closed), "at most", 0.39),
    )
    return Measurement("on people", figures, {"clips": _table(found)})


def _table(found: list[ClipScore]) -> list[list[str]]:
    head = ["clip", "s", "opening r", "another's", "width r", "closed AUC", "spread", "real", "mean", "real", "closed"]
    return [
        head,
        *(
            [
                s.clip.name,
                *(f"{value:.2f}" for value in (s.clip.seconds, s.opening_r, s.other_r, s.width_r, s.auc)),
                *(f"{value:.3f}" for value in (s.spread, s.real_spread, s.mean, s.real_mean, s.closed)),
            ]
            for s in found
        ),
    ]


def in_sounds(folder: Path, scratch: Path) -> Measurement:
    made = folder / "audio" / "made"
    openings = {name: visemes_of([sound_of(made / name, scratch)]).opening for name in (SILENT, LEAD, NOISE, MUSIC)}
    silent = np.concatenate([openings[SILENT], openings[LEAD][:LEAD_FRAMES]])
    shut = bilabials(folder / "phones", scratch)
    figures = (
        Figure("closed lips in silence", float((silent < CLOSED_OPENING).mean()), "at least", 0.95),
        Figure("mean opening on white noise", float(openings[NOISE].mean()), "under", 0.05),
        Figure("mean opening on music", float(openings[MUSIC].mean()), "under", 0.15),
        Figure(f"closed at {shut.total} bilabials", shut.hit, "at least", 0.85),
        Figure("closed at random places", shut.chance, "at most", 0.25),
    )
    return Measurement("in sounds", figures, {})


def of_speed(folder: Path, scratch: Path) -> Measurement:
    ratio, chunk = speed(sound_of(folder / "audio" / "made" / "speech_float32.wav", scratch))
    figures = (
        Figure("features and lips on one core, times real time", ratio, "at least", 150.0),
        Figure("40 ms of a live stream, 95th percentile", chunk, "under", 5.0, "ms"),
    )
    return Measurement("speed", figures, {})


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, metavar="SAMPLES_FOLDER")
    parser.add_argument("--clips", action="store_true", help="print each clip too")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place, threadpool_limits(1):
        scratch = Path(place)
        taken = [
            on_people(given.samples / "talking", scratch),
            in_sounds(given.samples, scratch),
            of_speed(given.samples, scratch),
        ]
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    for measurement in taken:
        console.print(figures_table(measurement))
        if given.clips:
            console.print(*(plain_table(*table) for table in measurement.tables.items()))
    if given.json:
        given.json.write_text(json.dumps([m.to_json() for m in taken], indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for m in taken for figure in m.figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
