"""`python main.py models`: which model files there are, and bringing and checking them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.failures import OUR_FAILURE, Commands
from api.cli.selftest import selftest
from avatar.errors import WeightsError

if TYPE_CHECKING:
    from models.downloads import OnProgress
    from models.sources import WeightFile
    from models.weights import WeightStore

app = typer.Typer(cls=Commands, help="List, download, verify and try the model files.", no_args_is_help=True)
app.command()(selftest)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Every model file: whether it is here, its size, its licence and what it is for."""
    store = _store()
    if as_json:
        _print_json({"folder": str(store.folder), "files": [_facts(store, file) for file in store.files]})
    else:
        _print_table(store)


@app.command()
def download(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys, groups, or `all`; the required ones where none is given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring model files that are missing or damaged; a broken-off download goes on."""
    store = _store()
    wanted = store.worth_bringing(keys) if keys else [file.key for file in store.files if file.required]
    _note_licences(store, keys or [], wanted)
    with _progress_bar(hidden=as_json) as on_progress:
        brought = store.fetch(wanted, on_progress)
    if as_json:
        files = [{"key": key, "path": str(store.path(key)), "brought": key in brought} for key in wanted]
        _print_json({"folder": str(store.folder), "files": files})
    else:
        typer.echo(f"{len(brought)} brought, {len(wanted) - len(brought)} were there, in {store.folder}.")


@app.command()
def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys, groups, or `all`; the required and the present where none is.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read model files and compare them with their SHA-256."""
    store = _store()
    problems = {key: _problem(store, key) for key in (store.select(keys) if keys else _expected(store))}
    if as_json:
        files = [{"key": key, "ok": not problem, "problem": problem} for key, problem in problems.items()]
        _print_json({"folder": str(store.folder), "ok": not any(problems.values()), "files": files})
    else:
        for key, problem in problems.items():
            typer.echo(f"{key}: {problem or 'ok'}")
    if any(problems.values()):
        raise typer.Exit(OUR_FAILURE)


def _store() -> "WeightStore":
    from avatar.settings import load_settings
    from models.weights import WeightStore

    return WeightStore.of(load_settings())


def _note_licences(store: "WeightStore", names: list[str], wanted: list[str]) -> None:
    """Which files may be brought but not used for every purpose, and which `all` leaves out."""
    from models.sources import EVERYTHING

    for file in store.files:
        if file.key in wanted and store.may_use(file.key):
            if not file.commercial and not store.is_present(file.key):
                typer.echo(f"Note: {file.key} is under {_licence(file)}.", err=True)
        elif EVERYTHING in names and file.key not in wanted:
            needed = "it comes with ALLOW_NONCOMMERCIAL_WEIGHTS=true"
            typer.echo(f"Note: {file.key} is left out; {needed}. {_licence(file)}.", err=True)


@contextmanager
def _progress_bar(*, hidden: bool) -> Iterator["OnProgress"]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from models.downloads import Transfer

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=hidden)
    tasks: dict[str, TaskID] = {}

    def show(transfer: Transfer) -> None:
        if not tasks:
            bars.start()
        if transfer.name not in tasks:
            tasks[transfer.name] = bars.add_task(transfer.name, total=transfer.total or None)
        bars.update(tasks[transfer.name], completed=transfer.done, total=transfer.total or None)

    try:
        yield show
    finally:
        if tasks:
            bars.stop()


def _print_table(store: "WeightStore") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    colours = {"present": "green", "missing": "default", "damaged": "red", "unchecked": "yellow"}
    table = Table(box=box.SIMPLE, title=f"Model files in {store.folder}", caption="* required")
    for heading in ("key", "state", "MB", "licence"):
        table.add_column(heading, no_wrap=heading != "licence", justify="right" if heading == "MB" else "left")
    table.add_column("purpose")
    for file in store.files:
        state = store.state(file.key).value
        colour = "default" if file.commercial else "yellow"
        table.add_row(
            f"{file.key}{' *' if file.required else ''}",
            f"[{colours[state]}]{state}[/]",
            f"{file.size / 1e6:.1f}" if file.size else "?",
            f"[{colour}]{_licence(file)}[/]",
            file.purpose,
        )
    Console().print(table)


def _facts(store: "WeightStore", file: "WeightFile") -> dict[str, Any]:
    facts = {"state": store.state(file.key).value, "usable": store.may_use(file.key)}
    return {**file.model_dump(), **facts, "path": str(store.folder / file.file)}


def _licence(file: "WeightFile") -> str:
    return file.licence if file.commercial else f"{file.licence}, NOT FOR COMMERCIAL USE"


def _expected(store: "WeightStore") -> list[str]:
    from models.weights import FileState

    return [file.key for file in store.files if file.required or store.state(file.key) is not FileState.MISSING]


def _problem(store: "WeightStore", key: str) -> str | None:
    try:
        store.verify(key)
    except WeightsError as error:
        return str(error)
    return None


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2))
