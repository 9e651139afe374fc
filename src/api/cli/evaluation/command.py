"""`python main.py evaluate`: makes videos of scenarios, measures them, and says whether they are as they should be."""

from pathlib import Path
from typing import Annotated, Final

import typer

MISSED: Final = 1


def evaluate(
    scenario: Annotated[Path | None, typer.Option(help="Scenarios in YAML; left out: the project's own.")] = None,
    samples: Annotated[
        Path | None, typer.Option(help="A folder of real talking people, in place of scenarios.")
    ] = None,
    only: Annotated[str, typer.Option(help="Names of runs, with commas between; left out: all.")] = "",
    size: Annotated[int | None, typer.Option(help="Side of the videos in pixels, even, in place of theirs.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a page with plots.")] = None,
    videos: Annotated[Path | None, typer.Option(help="A folder that keeps the videos.")] = None,
) -> None:
    """Make videos of scenarios and measure lips, blinks, head, likeness, voice and speed. Ends with 1 on a miss."""
    from api.cli.evaluation import telling, working

    working.check_targets(json_file, html_file, videos)
    wanted = working.chosen(scenario, samples, only, size)
    evaluation = working.evaluated(wanted, videos, bounded=samples is not None)
    if json_file is not None:
        working.write_json(json_file, evaluation)
    if html_file is not None:
        from evaluator.report.page import write_page

        write_page(html_file, evaluation, "Evaluation" if samples is None else f"Evaluation on {samples.name}")
    telling.tell(evaluation)
    if not evaluation.passed:
        raise typer.Exit(MISSED)
