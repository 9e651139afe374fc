"""Requests that are made again while the service is busy or away, for as long as patience lasts."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from client.errors import AvatarServiceError, problem_of, unreachable

FIRST_PAUSE_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 5.0
TIMEOUT_SECONDS: Final = 30.0
LIVE_PATH: Final = "/ws"
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The service has seen nothing of a request that ends so."""


class Patience:
    """Waits longer and longer between attempts, `seconds` from the first failure to the last attempt."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """What was waited for has come: the next failure is a first one."""
        self._until: float | None = None
        self._pause = FIRST_PAUSE_SECONDS

    def wait(self, problem: AvatarServiceError) -> None:
        """Returns when the next attempt is due. Raises the problem where that would be too late."""
        pause = self._pause if problem.retry_after is None else problem.retry_after
        now = time.monotonic()
        self._until = now + self._seconds if self._until is None else self._until
        if now + pause > self._until:
            raise problem
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        time.sleep(pause)


class Connection:
    """One service. Every method raises `AvatarServiceError`."""

    def __init__(
        self, base_url: str, token: str | None, patience: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=TIMEOUT_SECONDS, transport=transport)
        self._seconds = patience

    def close(self) -> None:
        self._http.close()

    def socket(self) -> tuple[str, dict[str, str]]:
        """The URL of the service's WebSocket, and the headers that it wants."""
        token = self._http.headers.get("Authorization")
        return _socket_url(self._http.base_url), {"Authorization": token} if token else {}

    def patience(self) -> Patience:
        return Patience(self._seconds)

    def call(
        self, method: str, path: str, *, repeatable: bool, file: Path | None = None, **options: Any
    ) -> httpx.Response:
        """The answer, whose status is 2xx. `file` goes along as the multipart field `file`.

        A request that is not `repeatable` is made again only where the service has surely not begun with it: it could
        not be reached, or says that it takes no more (429).
        """
        patience = self.patience()
        while True:
            try:
                response = self._send(method, path, file, options)
            except httpx.TransportError as error:
                problem = unreachable(self._http.base_url, error)
                if not (repeatable or isinstance(error, NOT_SENT)):
                    raise problem from error
            else:
                if response.is_success:
                    return response
                problem = problem_of(response)
                if not (problem.is_passing and (repeatable or problem.status == httpx.codes.TOO_MANY_REQUESTS)):
                    raise problem
            patience.wait(problem)

    @contextmanager
    def stream(self, path: str, **options: Any) -> Iterator[httpx.Response]:
        """The answer to a GET, whose status is 2xx and whose body is still to be read."""
        try:
            with self._http.stream("GET", path, **options) as response:
                if not response.is_success:
                    response.read()
                    raise problem_of(response)
                yield response
        except httpx.TransportError as error:
            raise unreachable(self._http.base_url, error) from error

    def _send(self, method: str, path: str, file: Path | None, options: dict[str, Any]) -> httpx.Response:
        with ExitStack() as files:
            parts = {"file": (file.name, files.enter_context(file.open("rb")))} if file else None
            return self._http.request(method, path, files=parts, **options)


def _socket_url(base: httpx.URL) -> str:
    scheme = "wss" if base.scheme == "https" else "ws"
    return str(base.copy_with(scheme=scheme, path=base.path.rstrip("/") + LIVE_PATH))
