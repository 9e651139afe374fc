"""The commands, by their names. What a command needs is imported when it runs, so that `--help` is quick."""

import typer

from api.cli import models
from api.cli.bench import command as bench
from api.cli.demo import demo
from api.cli.doctor import command as doctor
from api.cli.failures import BAD_INPUT, Commands
from api.cli.generate import generate

app = typer.Typer(
    cls=Commands,
    help="A portrait and speech become a talking video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(generate)
app.command()(doctor.doctor)
app.command()(bench.bench)
app.add_typer(models.app, name="models")


@app.command()
def serve() -> None:
    """Not in this version: there is no HTTP service yet. `generate` makes videos from the command line."""
    typer.echo(
        "This version has no HTTP service yet. What works: "
        '`python main.py generate --image me.jpg --text "Hello" -o hello.mp4`, and `python main.py demo`.',
        err=True,
    )
    raise typer.Exit(BAD_INPUT)
