"""Measures what directing costs a job: by rules, and by a model that answers at once, over HTTP on this machine.

python scripts/measure_director.py [--repeats N] [--json FILE]

Every job is a whole one: spoken text on the demo portrait, drawn by the quickest engine. The first one, which loads
libraries, is left out. What is measured is the stage `mistral_controller`, from the speech's file to the performance.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from avatar.settings import Settings, load_settings
from avatar.telemetry import read_spans
from models.weights import WeightStore
from orchestrator.run import SPANS_FILE, JobRequest, run_job
from scripts.measuring.figures import plain_table
from scripts.measuring.prompt_model import prompt_model

PORTRAIT: Final = "portrait-grace-hopper"
SIDE: Final = 64
SENTENCES: Final = (
    "Good morning, and thank you for coming. Did you really finish all of it? I thought it was impossible, I must say. "
)
STAGE: Final = "mistral_controller"
HEAD: Final = ["speech", "sound", "questions", "characters each", "by rules, ms", "by the model, ms", "difference, ms"]
LENGTHS: Final = {"about 7 s": 1, "about 30 s": 4, "about 2 minutes": 17}
"""How often the sentences are said."""


@dataclass(frozen=True, slots=True)
class Directing:
    """One job by one director: seconds of its sound and of the stage, questions asked, characters of all prompts."""

    sound: float
    stage: float
    questions: int
    prompt: int


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path, help="where the table goes as JSON")
    given = parser.parse_args(arguments)
    with prompt_model() as address, tempfile.TemporaryDirectory(prefix="avatar-director-") as folder:
        settings = load_settings(data_dir=Path(folder), mistral_base_url=address, default_resolution=SIDE)
        directed(settings, 1, "local", seed=0)
        rows = [HEAD, *(row(name, times, settings, given.repeats) for name, times in LENGTHS.items())]
    Console().print(plain_table("What directing takes", rows))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    return 0


def row(name: str, times: int, settings: Settings, repeats: int) -> list[str]:
    """Medians over the repeats, which take turns, so that a busy moment meets both directors."""
    seeds = range(1, repeats + 1)
    runs = [(directed(settings, times, "rules", seed), directed(settings, times, "local", seed)) for seed in seeds]
    by_rules = statistics.median(ruled.stage for ruled, _ in runs)
    by_model = statistics.median(modelled.stage for _, modelled in runs)
    last = runs[-1][1]
    told = [f"{last.sound:.0f} s", str(last.questions), f"{last.prompt / max(last.questions, 1):.0f}"]
    return [name, *told, f"{1e3 * by_rules:.0f}", f"{1e3 * by_model:.0f}", f"{1e3 * (by_model - by_rules):.0f}"]


def directed(settings: Settings, times: int, director: str, seed: int) -> Directing:
    """A job that is new for each seed, but for what is heard in its sound."""
    request = JobRequest(
        image=WeightStore(settings.checkpoints_dir).path(PORTRAIT),
        text=SENTENCES * times,
        output=settings.data_dir / "video.mp4",
        renderer="still",
        director=director,
        fps="1",
        seed=seed,
    )
    began = time.time()
    result = run_job(request, settings)
    report = result.direction_report or {"questions": 0, "fallback": None}
    if report["fallback"] is not None:
        raise SystemExit(f"The model did not direct: {report['fallback']}")
    spans = read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)
    asked = [span.content["input"] for span in spans if span.kind == "generation" and span.start >= began]
    prompt = sum(len(part["content"]) for messages in asked for turn in messages for part in turn["parts"])
    return Directing(result.duration, result.seconds[STAGE], report["questions"], prompt)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
