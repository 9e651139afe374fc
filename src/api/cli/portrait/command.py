"""`python main.py portrait`: how well pictures will animate."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.failures import BAD_INPUT, Commands

app = typer.Typer(cls=Commands, help="Look at pictures before they speak.", no_args_is_help=True)


@app.callback()
def portrait() -> None:
    """Look at pictures before they speak."""


@app.command()
def check(
    source: Annotated[
        str, typer.Argument(help="A picture, or a folder of them.", metavar="FILE_OR_FOLDER", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    face: Annotated[int, typer.Option(help="Which of several faces, by size; 0 is the largest.")] = 0,
    overlay: Annotated[
        Path | None, typer.Option(help="Write what was found as a .png, or into a folder.", readable=False)
    ] = None,
) -> None:
    """Say how well a picture, or each picture of a folder, will animate, and what to change.

    Ends with 0 where all can be animated, with 2 where one is refused.
    """
    from api.cli.portrait import checking, telling

    work = checking.planned(source, overlay, face)
    reports = checking.checked(work)
    if as_json:
        telling.print_json(work, reports)
    elif work.is_folder:
        telling.print_lines(reports)
    else:
        telling.print_table(reports[0])
    telling.print_refusals(reports)
    if any(report.refusal for report in reports):
        raise typer.Exit(BAD_INPUT)
