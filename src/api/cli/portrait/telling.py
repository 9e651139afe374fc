"""Prints reports on portraits: for people as a table or a line each, for programs as JSON."""

import json
from typing import Any, Final

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli.portrait.checking import Work
from orchestrator.portraits import REPORT
from video_processor.portrait_report import PortraitReport

COLOURS: Final = {"good": "green", "fair": "yellow", "poor": "red", "refused": "red"}


def print_table(report: PortraitReport) -> None:
    """Every check of one picture."""
    if report.refusal is not None:
        return
    table = Table(box=box.SIMPLE, title=escape(_headline(report)), title_justify="left")
    for heading in ("check", "verdict", "value", "what was found, and what to change"):
        table.add_column(heading, no_wrap=heading in ("check", "verdict"))
    for check in report.checks:
        verdict = f"[{COLOURS[check.verdict]}]{check.verdict}[/]"
        cure = f" [bold]{escape(check.cure)}[/]" if check.cure else ""
        table.add_row(check.name, verdict, escape(check.shown), escape(check.sentence) + cure)
    Console().print(table)
    for note in report.notes:
        typer.echo(f"Note: {note}", err=True)


def print_lines(reports: list[PortraitReport]) -> None:
    """A line for each picture: its score, its verdict, and the checks that are not well."""
    table = Table(box=box.SIMPLE)
    for heading in ("picture", "score", "verdict", "not well"):
        table.add_column(heading, justify="right" if heading == "score" else "left", no_wrap=heading != "not well")
    for report in reports:
        wrong = [f"{check.name} {check.verdict}" for check in report.checks if check.verdict != "good"]
        colour = COLOURS[report.verdict]
        said = "see below" if report.refusal else ", ".join(wrong)
        table.add_row(escape(report.name), str(report.score), f"[{colour}]{report.verdict}[/]", escape(said))
    Console().print(table)


def print_json(work: Work, reports: list[PortraitReport]) -> None:
    """The report on one picture, or `{"folder", "reports"}`."""
    facts = [_facts(work, number, report) for number, report in enumerate(reports)]
    content = {"folder": str(work.source), "reports": facts} if work.is_folder else facts[0]
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def print_refusals(reports: list[PortraitReport]) -> None:
    for report in reports:
        if report.refusal is not None:
            error = typer.style("Error:", fg="red")
            typer.echo(f"{error} {report.refusal.message} {report.refusal.cure}".rstrip(), err=True)


def _facts(work: Work, number: int, report: PortraitReport) -> dict[str, Any]:
    picture = work.pictures[number]
    overlay = None if report.refusal else work.overlays.get(picture)
    content: dict[str, Any] = REPORT.dump_python(report, mode="json")
    return {"picture": str(picture), **content, "overlay": None if overlay is None else str(overlay)}


def _headline(report: PortraitReport) -> str:
    return f"{report.name}, {report.width} x {report.height}: {report.score} of 100, {report.verdict}"
