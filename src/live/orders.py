"""What the service asks of a worker with one order and one answer. Each may raise `AvatarError`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from avatar.errors import NotFoundError
from avatar.settings import Settings
from live.messages import read_client
from live.plan import SessionPlan
from live.session import LiveSession

if TYPE_CHECKING:
    from live.webrtc.peer import Peer

Answer = dict[str, Any]


class Host(Protocol):
    """A worker, as its orders see it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def peers(self) -> "dict[str, Peer]":
        """WebRTC connections, by their numbers."""
        ...

    def keep(self, task: "asyncio.Task[None]") -> None:
        """Holds on to a task, which the worker's end waits for a while."""
        ...

    @property
    def sessions(self) -> dict[str, LiveSession]:
        """By their numbers."""
        ...

    async def open(self, plan: SessionPlan) -> LiveSession:
        """A new session. Raises `AvatarError`."""
        ...


def session_of(worker: Host, values: dict[str, Any]) -> LiveSession:
    """Raises `NotFoundError`, for a session of another `caller` too."""
    found = worker.sessions.get(str(values["session"]))
    if found is None or found.plan.caller != values["caller"]:
        raise NotFoundError(
            f"There is no live session '{str(values['session'])[:40]}'.", cure="GET /api/v1/live lists those that run."
        )
    return found


async def sessions(worker: Host, _values: dict[str, Any]) -> Answer:
    return {"sessions": [session.outline() for session in worker.sessions.values()]}


async def message(worker: Host, values: dict[str, Any]) -> Answer:
    """Does what a message of the client's says."""
    await session_of(worker, values).receive(read_client(values["message"]))
    return {}


ORDERS: Final[dict[str, Callable[[Host, dict[str, Any]], Awaitable[Answer]]]] = {
    "sessions": sessions,
    "message": message,
}
