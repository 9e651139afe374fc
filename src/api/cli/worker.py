"""`python main.py worker`: makes the videos that wait in the queue."""

from typing import Annotated

import typer


def worker(
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End when standard input does, as under `serve`.")
    ] = False,
    owner: Annotated[
        str | None, typer.Option(help="Name of this worker, which no other may have.", hidden=True)
    ] = None,
) -> None:
    """Make the videos that wait in the queue, until Ctrl-C. `serve` starts workers of its own."""
    from api.cli.serving import working

    working.work_until_told(owner, until_stdin_closes=until_stdin_closes)
