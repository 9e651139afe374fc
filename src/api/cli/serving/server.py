"""The server's process: its socket, uvicorn on it, and the supervisor of the workers beside it."""

import asyncio
import errno
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer
import uvicorn
from fastapi import FastAPI

from api.cli.serving.supervisor import Supervisor
from api.rest.app import create_app
from api.rest.security import is_loopback
from api.rest.service import open_service
from avatar.errors import ConfigurationError
from avatar.settings import Settings, load_settings
from orchestrator.artifacts import usable_folder
from orchestrator.database import open_database
from orchestrator.jobs.table import SqlJobs
from orchestrator.logs import log_to

GRACE_SECONDS: Final = 1
"""How long open requests, such as event streams, may go on when the server ends."""

WAITING_CONNECTIONS: Final = 2048
WAITING_FRAMES: Final = 4
"""Of a WebSocket's, that were read and not yet taken; each may be as large as a picture."""


def serve(host: str | None, port: int | None) -> None:
    """Serves until SIGINT or SIGTERM. Raises `AvatarError` where it cannot begin."""
    settings = load_settings(host=host, port=port)
    require_tokens_abroad(settings)
    with listening_socket(settings) as listener:
        logs = usable_folder(settings.data_dir / "logs")
        log_to(logs, "server.log")
        with open_service(settings) as service:
            service.live.start()
            app = create_app(settings, service)
            with _supervised(settings, logs) as supervisor:
                server = _Server(app, supervisor, url_of(listener), settings.trusted_proxies)
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, _already_heeded)
                server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says where it listens once it answers; tells the workers, and those who watch, when it ends."""

    def __init__(self, app: FastAPI, supervisor: Supervisor, url: str, trusted_proxies: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                timeout_graceful_shutdown=GRACE_SECONDS,
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies,
                ws_max_queue=WAITING_FRAMES,
                ws_per_message_deflate=False,  # pictures and sound are coded already
            )
        )
        self._app, self._supervisor, self._url = app, supervisor, url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # else a full collection looks through all that is imported, and every live stream waits for it
        if self.started:
            typer.echo(f"The Avatar Orchestrator is at {self._url}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.service.feed.close()
        await asyncio.to_thread(self._supervisor.ask_to_end)
        await super().shutdown(sockets)


def require_tokens_abroad(settings: Settings) -> None:
    """Raises `ConfigurationError` where others could reach a service that asks for no token."""
    tokens = settings.api_tokens.get_secret_value() if settings.api_tokens else ""
    if not is_loopback(settings.host) and not tokens.strip(" ,"):
        raise ConfigurationError(
            f"HOST {settings.host} can be reached from other machines, and API_TOKENS is empty.",
            cure="Set API_TOKENS to one or more secrets, separated by commas, or listen on 127.0.0.1.",
        )


@contextmanager
def listening_socket(settings: Settings) -> Iterator[socket.socket]:
    """Bound to HOST and PORT. Raises `ConfigurationError` where that cannot be."""
    host = settings.host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        raise _unusable(settings, error) from None
    with listener:
        yield listener


def _unusable(settings: Settings, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"Port {settings.port} of {settings.host} is taken: another program listens there.",
            cure=f"End that program, or take another port: python main.py serve --port {settings.port + 1}.",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(f"Port {settings.port} needs more rights.", cure="Take a port above 1023.")
    return ConfigurationError(
        f"HOST {settings.host} cannot be listened on: {error.strerror or error}.",
        cure="Set HOST to an address of this machine, such as 127.0.0.1.",
    )


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _supervised(settings: Settings, logs: Path) -> Iterator[Supervisor]:
    engine = open_database(settings)
    try:
        with (logs / "workers-output.log").open("wb") as output:
            supervisor = Supervisor(settings, SqlJobs(engine, settings), output)
            supervisor.start()
            try:
                yield supervisor
            finally:
                supervisor.end()
    finally:
        engine.dispose()


def _already_heeded(*_: object) -> None:
    """Uvicorn heeds the first signal, and sends it again once it has ended."""
    logging.getLogger(__name__).info("ended by a signal")
