"""`python main.py bench`: how long videos take on this machine, and how much memory."""

from pathlib import Path
from typing import Annotated, Final

import typer

PLAIN_WIDTH: Final = 120
"""Columns of the tables where they go to a file."""


def bench(
    audio: Annotated[Path | None, typer.Option(help="A recording, in place of synthetic speech.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the JSON goes.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the ten minutes of speech.")] = False,
    engines: Annotated[
        bool, typer.Option("--engines", help="Measure the neural networks alone, each beside a plain run of itself.")
    ] = False,
    device: Annotated[str, typer.Option(help="Where --engines computes: cpu, cuda:0, mps.")] = "cpu",
) -> None:
    """Measure speed and memory: tables, and JSON in data/outputs/benchmark.json or where --output says."""
    import json
    import tempfile

    from rich.console import Console

    from api.cli.bench.engines import measure_engines
    from api.cli.bench.measures import bring_portrait, measure
    from api.cli.bench.report import figures_table, stages_table
    from avatar.files import atomic_file
    from avatar.settings import load_settings

    settings = load_settings()
    name = "engines.json" if engines else "benchmark.json"
    place = output or settings.data_dir / "outputs" / name
    if engines:
        benchmark = measure_engines(device)
    else:
        with tempfile.TemporaryDirectory(prefix="avatar-bench-") as folder:
            image = bring_portrait(settings.checkpoints_dir)
            benchmark = measure(image, audio, Path(folder), quick=quick)
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    console.print(figures_table(benchmark), *([stages_table(benchmark)] if benchmark.stages else []))
    with atomic_file(place) as partial:
        partial.write_text(json.dumps(benchmark.to_json(), indent=2) + "\n", encoding="utf-8")
    typer.echo(place)
