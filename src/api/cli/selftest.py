"""`python main.py models selftest ENGINE`: whether an engine works on this machine, with the files that lie here."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.failures import OUR_FAILURE

if TYPE_CHECKING:
    from rich.console import Console

    from evaluator.selftest.trial import Trial

VERDICT_FILE: Final = "verdict.json"
WORDS: Final = {True: "ok", False: "MISSED", None: "not measured"}
PLAIN_WIDTH: Final = 120


def selftest(
    engine: Annotated[str, typer.Argument(help="The engine, as `python main.py doctor` lists it.")],
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the video, the picture of its frames and the verdict go.")
    ] = Path("data/outputs/selftest"),
    size: Annotated[int, typer.Option(min=64, max=4096, help="Side of the video in pixels, even.")] = 512,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Let a known portrait speak with ENGINE; measure lips, sync, likeness, speed, memory. Ends with 1 on a miss."""
    from api.cli.progress import progress_display
    from avatar.settings import load_settings
    from evaluator.selftest.trial import try_engine

    with progress_display() as display:
        trial = try_engine(
            engine,
            load_settings(),
            folder.absolute(),
            size=size,
            on_progress=lambda progress: display.show(progress.stage, progress.done, progress.total),
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VERDICT_FILE).write_text(json.dumps(trial.to_json(), indent=2), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(trial.to_json(), indent=2))
    else:
        _tell(trial, folder)
    if not trial.passed:
        raise typer.Exit(OUR_FAILURE)


def _tell(trial: "Trial", folder: Path) -> None:
    from rich.console import Console

    console = Console()
    console.width = console.width if console.is_terminal else PLAIN_WIDTH
    if trial.took_over:
        console.print(f"{trial.took_over}. The video is the work of {trial.run.renderer}.", markup=False)
    if trial.run.error:
        console.print(trial.run.error, markup=False)
    if not trial.took_over:
        _tell_measures(console, trial)
    if trial.sheet is not None:
        console.print(f"Look at {trial.sheet}", markup=False, soft_wrap=True)
    console.print(
        f"{trial.engine} {'works' if trial.passed else 'FAILS'} here; {folder / VERDICT_FILE} holds all of it."
    )


def _tell_measures(console: "Console", trial: "Trial") -> None:
    from evaluator.metrics import METRICS

    for verdict in trial.run.verdicts:
        value = trial.run.values[verdict.metric]
        shown = value.why if value.value is None else f"{value.value:.3g}"
        title = METRICS[verdict.metric].title
        console.print(f"{title}: {shown} ({verdict.bound}): {WORDS[verdict.met]}", markup=False)
    if trial.frames_per_second:
        gpu = "" if trial.gpu_memory_mb is None else f", {trial.gpu_memory_mb:.0f} MB of the GPU"
        memory = "" if trial.memory_mb is None else f", {trial.memory_mb:.0f} MB"
        speed = f"{trial.frames_per_second:.1f} frames a second{memory}{gpu}"
        console.print(f"Speed and memory: {speed}", markup=False)
