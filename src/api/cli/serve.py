"""`python main.py serve`: the service, its page and its workers."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Run the service: the web page, the REST interface, and the workers that make the videos."""
    from api.cli.serving import server

    server.serve(host, port)
