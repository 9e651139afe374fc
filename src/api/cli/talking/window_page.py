"""The page as a window to talk in: of the service that runs here, or of one that is started for it."""

import threading
import time
import webbrowser
from typing import Final

import httpx
import typer

from api.cli.serving import server
from avatar.settings import Settings, load_settings

PAGE: Final = "/#/live"
HEALTH: Final = "/health"
LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 60.0


def open_page() -> None:
    """Opens the live page in a browser; serves until Ctrl-C where no service runs here. Raises `AvatarError`."""
    settings = load_settings()
    address = _address(settings)
    if _answers(address):
        _open(address)
        return
    threading.Thread(target=_open_when_there, args=(address,), name="open-page", daemon=True).start()
    server.serve(None, None)


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - it is only read
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _open_when_there(address: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if _answers(address):
            _open(address)
            return
        time.sleep(LOOK_SECONDS)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}{HEALTH}", timeout=2.0).is_success
    except httpx.HTTPError:
        return False


def _open(address: str) -> None:
    if not webbrowser.open(f"{address}{PAGE}"):
        typer.echo(f"Open {address}{PAGE} in a browser.")
