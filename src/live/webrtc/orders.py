"""What the service asks of a worker for WebRTC."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from avatar.errors import BusyError, ChangedError, InputError, MissingExtraError, NotFoundError
from live.orders import Answer, Host, session_of
from live.plan import SessionPlan
from live.session import LiveSession
from orchestrator.jobs.names import new_id

if TYPE_CHECKING:
    from live.webrtc.offers import Offer
    from live.webrtc.peer import Peer

MOST_VIEWERS: Final = 4
"""Of a session: pictures are coded for each of them, in the session's own thread."""


async def offer(worker: Host, values: dict[str, Any]) -> Answer:
    """Opens a session for a client that speaks and listens over WebRTC. `sdp`, `plan`."""
    return await _opened(worker, values, SessionPlan.model_validate_json(values["plan"]), speaks=True)


async def watch_new(worker: Host, values: dict[str, Any]) -> Answer:
    """Opens a session for a client that only watches. `sdp`, `plan`."""
    plan = SessionPlan.model_validate_json(values["plan"])
    return await _opened(worker, values, plan.model_copy(update={"for_players": True}), speaks=False)


async def watch(worker: Host, values: dict[str, Any]) -> Answer:
    """Adds somebody who watches to a session. `sdp`, `session`, `caller`. Raises `BusyError` where many watch it."""
    session = session_of(worker, values)
    offer = _read(values)
    connecting = sum(peer.session is session and not peer.is_watching for peer in worker.peers.values())
    if session.viewers + connecting >= MOST_VIEWERS:
        raise BusyError(
            f"{MOST_VIEWERS} viewers watch this session already.", cure="Try again when one has left, or open another."
        )
    return await _answered(worker, session, offer, speaks=False)


async def trickle(worker: Host, values: dict[str, Any]) -> Answer:
    """Further candidates of a client: `fragment` for the connection `peer`, if its ICE session is still `etag`."""
    from live.webrtc.offers import read_trickle, ufrag_of

    peer = _peer(worker, values)
    fragment = read_trickle(values["fragment"])
    if values["etag"] not in ("*", f'"{ufrag_of(peer.pc.localDescription.sdp)}"'):
        raise ChangedError("If-Match names another ICE session.", cure="Send the ETag that came with the answer.")
    if fragment.ufrag and fragment.ufrag != ufrag_of(peer.pc.remoteDescription.sdp):
        raise InputError("ICE cannot begin anew here.", cure="Delete the connection, and offer another.")
    await peer.trickle(fragment)
    return {}


async def hang_up(worker: Host, values: dict[str, Any]) -> Answer:
    """Ends the connection `peer`."""
    _peer(worker, values).hang_up()
    return {}


async def _opened(worker: Host, values: dict[str, Any], plan: SessionPlan, *, speaks: bool) -> Answer:
    offer = _read(values)
    session = await worker.open(plan)
    try:
        return await _answered(worker, session, offer, speaks=speaks)
    except BaseException:
        session.end("error")
        raise


def _read(values: dict[str, Any]) -> "Offer":
    _require_aiortc()
    from live.webrtc.offers import read_offer

    return read_offer(values["sdp"])


async def _answered(worker: Host, session: LiveSession, offer: "Offer", *, speaks: bool) -> Answer:
    from live.webrtc.peer import Peer

    peer = Peer(new_id(), session, worker.settings, speaks=speaks, keep=worker.keep)
    worker.peers[peer.id] = peer
    try:
        answer = await peer.answer(offer)
    except BaseException:
        worker.peers.pop(peer.id, None)
        await peer.close()
        raise

    async def serve() -> None:
        try:
            await peer.serve()
        finally:
            worker.peers.pop(peer.id, None)

    worker.keep(asyncio.create_task(serve(), name=f"peer-{peer.id}"))
    return {"sdp": answer.sdp, "session": session.id, "peer": peer.id, "etag": answer.etag}


def _peer(worker: Host, values: dict[str, Any]) -> "Peer":
    session = session_of(worker, values)
    found = worker.peers.get(str(values["peer"]))
    if found is None or found.session is not session:
        raise NotFoundError("There is no such connection.", cure="It has ended; offer another.")
    return found


def _require_aiortc() -> None:
    try:
        import aiortc  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "WebRTC needs aiortc, which is not installed.",
            cure='Install it with: pip install -e ".[live]"; the WebSocket at /ws works without it.',
        ) from None


RTC_ORDERS: Final[dict[str, Callable[[Host, dict[str, Any]], Awaitable[Answer]]]] = {
    "offer": offer,
    "watch_new": watch_new,
    "watch": watch,
    "trickle": trickle,
    "hang_up": hang_up,
}
