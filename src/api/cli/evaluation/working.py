"""What is to be evaluated, and the work itself."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from api.cli.making import bring_models
from api.cli.progress import progress_display
from audio_processor.transcription.registry import choose_transcriber
from avatar.errors import InputError
from avatar.files import atomic_file
from avatar.settings import load_settings
from evaluator.evaluation import Evaluation, evaluation_of
from evaluator.report.plots import require_matplotlib
from evaluator.runs import Bench, Run, run_one
from evaluator.samples import BOUNDS, sample_scenarios
from evaluator.scenarios import DEFAULT_FILE, Scenario, load_scenarios
from models.hardware import largest_transcriber, transcriber_device
from models.weights import WeightStore
from orchestrator.context import Progress
from orchestrator.given_files import absolute_path, writable_file


def check_targets(json_file: Path | None, html_file: Path | None, videos: Path | None) -> None:
    """Raises `InputError` where a result could not be written, before any work."""
    if json_file is not None:
        writable_file(json_file, "--json", (".json",))
    if html_file is not None:
        writable_file(html_file, "--html", (".html", ".htm"))
        require_matplotlib()
    if videos is not None and not absolute_path(videos).is_dir():
        raise InputError(f"--videos {videos} is no folder.", cure="Make it first.")


def chosen(scenario: Path | None, samples: Path | None, only: str, size: int | None) -> list[Scenario]:
    """The runs that the options name. Raises `InputError`."""
    if scenario is not None and samples is not None:
        raise InputError("--scenario and --samples were both given.", cure="Give one of them.")
    if samples is not None:
        found = sample_scenarios(absolute_path(samples))
    else:
        found = load_scenarios(DEFAULT_FILE if scenario is None else absolute_path(scenario))
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    if unknown := sorted(wanted - {item.name for item in found}):
        raise InputError(
            f"There is no run '{unknown[0]}'.", cure=f"There are: {', '.join(item.name for item in found)}."
        )
    kept = [item for item in found if not wanted or item.name in wanted]
    return kept if size is None else [replace(item, size=size) for item in kept]


def evaluated(scenarios: Sequence[Scenario], videos: Path | None, *, bounded: bool) -> Evaluation:
    """With the bounds of real people on all runs together where `bounded`. Raises `AvatarError`."""
    settings = load_settings()
    store = WeightStore.of(settings)
    with progress_display() as display:
        bring_models(store, [file.key for file in store.files if file.required], display)
    recogniser = choose_transcriber(settings.default_transcriber, store, largest=largest_transcriber(settings))
    heard_by = recogniser.open(store, transcriber_device(settings)) if recogniser.checkpoint else None
    bench = Bench(settings, heard_by)
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="avatar-evaluate-") as folder:
        for number, scenario in enumerate(scenarios, start=1):
            typer.echo(f"{number} of {len(scenarios)}: {scenario.name}", err=True)
            place = Path(folder) / f"{number:03d}"
            runs.append(_run(scenario, bench, place))
            if videos is not None and not runs[-1].error:
                shutil.copyfile(place / "video.mp4", absolute_path(videos) / f"{scenario.name}.mp4")
            shutil.rmtree(place, ignore_errors=True)
    return evaluation_of(runs, BOUNDS if bounded else None)


def _run(scenario: Scenario, bench: Bench, place: Path) -> Run:
    with progress_display() as display:

        def show(progress: Progress) -> None:
            display.show(progress.stage, progress.done, progress.total)

        return run_one(scenario, bench, place, show)


def write_json(path: Path, evaluation: Evaluation) -> None:
    text = json.dumps(evaluation.to_json(), ensure_ascii=False, indent=2) + "\n"
    with atomic_file(absolute_path(path)) as partial:
        partial.write_text(text, encoding="utf-8")
