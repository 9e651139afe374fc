"""Live sessions: the WebSocket, and what may be asked of a session that runs."""

import asyncio
from typing import Final

from anyio import to_thread
from fastapi import APIRouter, Request, Response, WebSocket
from pydantic import BaseModel, Field
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.live.admission import Refusal, admitted, caller_name
from api.live.planning import planned
from api.live.relaying import relay, tell
from api.rest.openapi import body
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.service import Current, Service
from api.rest.views import API
from avatar.errors import InputError
from live.attending import told
from live.codes import code_of_kind
from live.messages import Ended, Ping, Problem, StartStream, read_client

FIRST_MESSAGE_SECONDS: Final = 10.0
POLICY_VIOLATION: Final = 1008
router = APIRouter(tags=["live"], responses=PROBLEMS)
socket_router = APIRouter()


class SessionView(BaseModel):
    """A live session."""

    session: str
    name: str = Field(description="Of its character or picture.")
    seconds: float = Field(description="Since it began.")
    viewers: int
    frames: int = Field(description="Drawn.")
    late: int = Field(description="Left out, since the machine was too slow for them.")


class SessionList(BaseModel):
    """Live sessions that run."""

    sessions: list[SessionView]


@router.get(f"{API}/live")
async def list_live_sessions(request: Request, service: Current) -> SessionList:
    """The live sessions that run; where the service has several tokens, those that were opened with the caller's."""
    caller = caller_name(request, service.settings)
    found = [SessionView(**one) for one in await service.live.sessions() if one["caller"] == caller]
    return SessionList(sessions=found)


@router.post(f"{API}/live/{{session}}/messages", status_code=204, openapi_extra=body(json={"type": "object"}))
async def send_live_message(session: str, request: Request, service: Current) -> Response:
    """Does in a running session what one of its client's messages says: say, ask, control, cue, clear or stop."""
    text = await request.body()
    message = read_client(text)
    if isinstance(message, StartStream):
        raise InputError("A running session cannot be started.", cure="Open /ws, or offer a connection, for another.")
    if isinstance(message, Ping):
        raise InputError("A ping is answered on a connection of its own.", cure="Send it there.")
    caller = caller_name(request, service.settings)
    await service.live.ask(session, "message", caller=caller, message=text.decode("utf-8", "replace"))
    return Response(status_code=204)


@socket_router.websocket("/ws")
async def live_socket(socket: WebSocket) -> None:
    """One live session, from `start_stream` to `ended`."""
    service: Service = socket.app.state.service
    try:
        subprotocol, caller = admitted(socket, service.settings)
    except Refusal as refusal:
        await socket.accept()
        await tell(socket, Problem(code=refusal.code, message=refusal.message, cure=refusal.cure, fatal=True))
        await socket.close(POLICY_VIOLATION)
        return
    await socket.accept(subprotocol)
    try:
        await _serve(socket, service, caller)
    except WebSocketDisconnect:
        return
    finally:
        if socket.client_state is WebSocketState.CONNECTED and socket.application_state is WebSocketState.CONNECTED:
            await socket.close()


async def _serve(socket: WebSocket, service: Service, caller: str) -> None:
    try:
        start = await _first_message(socket)
        plan = await to_thread.run_sync(planned, service, start, caller, limiter=service.heavy)
        async with service.live.session(plan) as line:
            await relay(socket, line)
            return
    except HttpProblem as error:
        problem = Problem(code=code_of_kind(error.kind), message=error.detail, cure=error.cure, fatal=True)
    except WebSocketDisconnect:
        raise
    except Exception as error:
        problem = told(error, "The session failed", fatal=True)
    await tell(socket, problem)
    await tell(socket, Ended(reason="error"))


async def _first_message(socket: WebSocket) -> StartStream:
    """Raises `InputError` for anything but `start_stream`, and where nothing comes."""
    try:
        message = read_client(await asyncio.wait_for(socket.receive_text(), FIRST_MESSAGE_SECONDS))
    except asyncio.TimeoutError:
        raise InputError(
            f"No message came within {FIRST_MESSAGE_SECONDS:.0f} s.", cure='Send {"type":"start_stream",...} first.'
        ) from None
    except KeyError:
        raise InputError("The first frame was binary.", cure='Send {"type":"start_stream",...} first.') from None
    if not isinstance(message, StartStream):
        raise InputError(f"The first message was '{message.type}'.", cure='Send {"type":"start_stream",...} first.')
    return message
