"""Measures what is heard in a sound: where somebody speaks, how fast, what is stressed, and how many voices there are.

python scripts/measure_hearing.py [RECORDING...] [--json FILE]

Speech with known sounds is made by espeak-ng. Recordings, each of one person, are measured beside it: the share of
each that the detectors take for speech, and whether more than one voice is heard in it.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audio_processor.detectors import DETECTORS, SpeechDetector, build_detector, lacking
from avatar.settings import load_settings
from models.weights import WeightStore
from scripts.hearing import activity, manner, voices
from scripts.hearing.material import samples_of, spoken_material
from scripts.measuring.figures import plain_table

PLAIN_WIDTH: Final = 200
"""Columns of the tables where they go to a file."""


def available() -> dict[str, SpeechDetector]:
    """Every detector that can run here."""
    store = WeightStore(load_settings().checkpoints_dir)
    return {name: build_detector(name, store) for name in DETECTORS if not lacking(name, store)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--json", type=Path, help="where the tables go as JSON")
    given = parser.parse_args(arguments)
    detectors, material = available(), spoken_material()
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    recordings = {path.name: samples_of(path) for path in given.recordings}
    tables = {
        "Where somebody speaks": activity.in_conditions(detectors, material),
        "Sounds without speech": activity.shares(detectors, activity.without_speech()),
        "Hardly words": activity.shares(detectors, activity.hard_speech()),
        "Speed of a detector": activity.speeds(detectors, material),
        "Rate": manner.rates(detectors),
        "Stress": manner.stresses(detectors),
        "Voices": voices.told_apart(detectors),
    }
    if recordings:
        tables["Recordings: taken for speech"] = activity.shares(detectors, recordings)
        tables["Recordings: voices heard"] = voices.counted(detectors, recordings)
    for title, rows in tables.items():
        console.print(plain_table(title, rows))
    if given.json:
        given.json.write_text(json.dumps(tables, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
