"""What ends a live session, or keeps one from its beginning."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from client.errors import UNREACHABLE, AvatarServiceError

FAILED: Final = "failed"
ENDED: Final = "ended"


class LiveError(AvatarServiceError):
    """`kind` is the error's code in docs/live-protocol.md, such as `busy` or `no_speaker`; `Unreachable` where the
    connection could not be made or broke. A `retryable` one may pass.
    """

    def __init__(self, message: str, *, kind: str, cure: str = "", retryable: bool = False) -> None:
        super().__init__(message, kind=kind, cure=cure)
        self.retryable = retryable

    @property
    def is_passing(self) -> bool:
        return self.retryable


def over(reason: str) -> LiveError:
    return LiveError(f"The session has ended: {reason}.", kind=ENDED, cure="Open another one.")


@contextmanager
def opening(url: str) -> Iterator[None]:
    """What opening the WebSocket raises, as `LiveError`."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus

    try:
        yield
    except InvalidStatus as error:
        status = error.response.status_code
        raise LiveError(f"{url} answered {status}, and opened no session.", kind=FAILED, cure="See its log.") from error
    except (OSError, InvalidHandshake) as error:
        cure = "Is the service running there? `python main.py serve` starts it."
        raise _unreachable(f"No answer from {url}: {error}.", cure) from error


@contextmanager
def talking(url: str) -> Iterator[None]:
    """What the open WebSocket raises where it breaks, as `LiveError`."""
    from websockets.exceptions import ConnectionClosed

    try:
        yield
    except ConnectionClosed as error:
        raise _unreachable(f"The connection to {url} broke: {error}.", "Open another session.") from error


def websockets_of(module: str) -> Any:
    """`websockets.<module>`. Raises `LiveError` where the package is not installed."""
    from importlib import import_module

    try:
        return import_module(f"websockets.{module}")
    except ImportError as error:
        raise LiveError(
            "Live sessions need the package websockets.", kind="missing_extra", cure="`pip install 'websockets>=13'`"
        ) from error


def _unreachable(message: str, cure: str) -> LiveError:
    return LiveError(message, kind=UNREACHABLE, cure=cure, retryable=True)
