"""The commands, by their names. What a command needs is imported when it runs, so that `--help` is quick."""

import typer

from api.cli import models
from api.cli.bench import command as bench
from api.cli.demo import demo
from api.cli.doctor import command as doctor
from api.cli.evaluation import command as evaluation
from api.cli.failures import Commands
from api.cli.generate import generate
from api.cli.portrait import command as portrait
from api.cli.rerender import rerender
from api.cli.schema import schema
from api.cli.serve import serve
from api.cli.speak import speak
from api.cli.talk import talk
from api.cli.worker import worker

app = typer.Typer(
    cls=Commands,
    help="A portrait and speech become a talking video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(generate)
app.command()(rerender)
app.command()(speak)
app.command()(talk)
app.command()(serve)
app.command()(worker)
app.command()(doctor.doctor)
app.command()(bench.bench)
app.command()(evaluation.evaluate)
app.command()(schema)
app.add_typer(models.app, name="models")
app.add_typer(portrait.app, name="portrait")
