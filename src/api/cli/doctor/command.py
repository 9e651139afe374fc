"""`python main.py doctor`: looks at everything that a video needs, and says how to mend what is wrong."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.doctor.check import Check

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the language model that directs one small question.")] = False,
) -> None:
    """Look at Python, processor, memory, disk, codecs, models, engines, speech, port, keys, director; with cures."""
    checks = []
    for check in run_checks(ask=ask):
        checks.append(check)
        if not as_json:
            _print(check)
    failed = any(check.status == "fail" for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": not failed, "checks": [asdict(check) for check in checks]}, indent=2))
    if failed:
        raise typer.Exit(1)


def run_checks(*, ask: bool = False) -> Iterator[Check]:
    """The checks in order, each made when it is asked for; with `ask`, a language model is one of them."""
    from api.cli.doctor import director, installation, machine, tracing
    from avatar.errors import ConfigurationError
    from avatar.settings import load_settings

    yield machine.check_python()
    yield machine.check_processor()
    yield machine.check_accelerator()
    yield machine.check_memory()
    yield machine.check_port()
    yield installation.check_codecs()
    yield installation.check_speech()
    try:
        settings = load_settings()
    except ConfigurationError as error:
        yield Check("Settings", "fail", error.message, error.cure)
        return
    yield installation.check_settings(settings)
    yield tracing.check_traces(settings)
    yield machine.check_disk(settings.data_dir)
    yield installation.check_models(settings)
    yield installation.check_computing(settings)
    yield installation.check_puppet()
    yield installation.check_renderers(settings)
    yield installation.check_hearing(settings)
    yield installation.check_transcribers(settings)
    yield director.check_director(settings, ask=ask)


def _print(check: Check) -> None:
    status = typer.style(f"{check.status:4}", fg=COLOURS[check.status])
    typer.echo(f"{status}  {check.name}: {check.detail}")
    if check.cure:
        typer.echo(f"      {check.cure}")
