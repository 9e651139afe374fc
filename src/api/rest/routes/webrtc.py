"""WebRTC: offers of clients that speak and listen, and WHEP for players (draft-ietf-wish-whep)."""

from importlib.util import find_spec
from typing import Annotated, Any, Final, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.live.admission import caller_name
from api.live.planning import planned
from api.rest.openapi import body, json_body
from api.rest.problems import PRECONDITION, PROBLEMS, HttpProblem, documented
from api.rest.receiving import JSON_TYPE, content_kind, decoded, parse_json, wrong_content_type
from api.rest.service import Current, Service
from api.rest.views import API
from live.conversation.opening import choose_dialogue
from live.conversation.recognising import choose_recogniser
from live.messages import LARGEST_SIDE, PROTOCOL, SMALLEST_SIDE, USUAL_SIDE, Chosen, StartStream
from live.plan import SessionPlan
from live.webrtc.ice import IceServer, ice_servers
from video_processor.framing import Framing

SDP_TYPE: Final = "application/sdp"
FRAGMENT_TYPE: Final = "application/trickle-ice-sdpfrag"
LONGEST_SDP: Final = 200_000
MISSING_CONDITION: Final = documented(428, "The request needs `If-Match` with the connection's `ETag`.")
CREATED: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "The answer. `Location` is the connection, to be patched and deleted; `Link` names ICE servers.",
        "content": {SDP_TYPE: {"schema": {"type": "string"}}},
    }
}
SDP_BODY: Final = body(sdp={"schema": {"type": "string", "description": "The offer, recvonly."}})
FRAGMENT_BODY: Final = body(fragment={"schema": {"type": "string", "description": "Candidates, as in RFC 8840."}})

router = APIRouter(tags=["live"], responses=PROBLEMS)

Side = Annotated[int, Query(ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=2)]
Rate = Annotated[int, Query(ge=5, le=50)]
Text = Annotated[str, Query(min_length=1, max_length=1000, description="A character's id, or an upload's id or path.")]
Name = Annotated[str | None, Query(min_length=1, max_length=100)]


class OfferRequest(BaseModel):
    """A browser's offer, and the session that it is to open."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sdp: str = Field(max_length=LONGEST_SDP, description="Of RTCPeerConnection.localDescription, with its candidates.")
    type: Literal["offer"] = "offer"
    start: StartStream


class AnswerView(BaseModel):
    """For RTCPeerConnection.setRemoteDescription. `session` is the live session's number."""

    sdp: str
    type: Literal["answer"] = "answer"
    session: str
    peer: str = Field(description="The connection's own number.")


class IceServerView(BaseModel):
    """As RTCPeerConnection takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class LiveConfigView(BaseModel):
    """What a client must know before it connects."""

    protocol: int = PROTOCOL
    webrtc: bool = Field(description="Whether offers are answered here.")
    why: str = Field(description="What to do where they are not.")
    ice_servers: list[IceServerView]
    dialogue: Chosen = Field(description="Who answers in a conversation; the session itself says which model.")
    recogniser: Chosen = Field(description="Who understands speech.")


@router.get(f"{API}/live/config")
async def live_config(service: Current) -> LiveConfigView:
    """How to connect to live sessions."""
    there = find_spec("aiortc") is not None
    servers = ice_servers(service.settings) if there else ()
    return LiveConfigView(
        webrtc=there,
        why="" if there else 'aiortc is not installed: pip install -e ".[live]"',
        ice_servers=[IceServerView(**server.described()) for server in servers],
        dialogue=await to_thread.run_sync(choose_dialogue, service.settings),
        recogniser=await to_thread.run_sync(choose_recogniser, service.settings),
    )


@router.post(f"{API}/webrtc/offer", openapi_extra=body(json=json_body(OfferRequest, {})))
async def answer_offer(request: Request, service: Current) -> AnswerView:
    """Opens a live session for a client that sees, hears and speaks over WebRTC.

    The session's messages go over a data channel `messages` that the client makes.
    """
    if content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    offer = parse_json(OfferRequest, await request.body())
    plan = await _planned(request, service, offer.start)
    answer = await service.live.open_by("offer", plan, sdp=offer.sdp)
    return AnswerView(sdp=answer["sdp"], session=answer["session"], peer=answer["peer"])


@router.post(f"{API}/whep", status_code=201, response_class=Response, responses=CREATED, openapi_extra=SDP_BODY)
async def watch_new_session(
    request: Request,
    service: Current,
    image: Text,
    size: Side = USUAL_SIDE,
    fps: Rate = 25,
    framing: Annotated[Framing | None, Query()] = None,
    renderer: Annotated[str, Query(min_length=1, max_length=100)] = "auto",
    language: Name = None,
    voice: Name = None,
) -> Response:
    """WHEP: opens a live session for a player. What the avatar says comes by `POST /api/v1/live/{session}/messages`."""
    sdp = await _sdp(request)
    start = StartStream(
        image=image, size=size, fps=fps, framing=framing, renderer=renderer, language=language, voice=voice
    )
    plan = await _planned(request, service, start)
    return _created(await service.live.open_by("watch_new", plan, sdp=sdp), ice_servers(service.settings))


@router.post(
    f"{API}/live/{{session}}/whep", status_code=201, response_class=Response, responses=CREATED, openapi_extra=SDP_BODY
)
async def watch_session(session: str, request: Request, service: Current) -> Response:
    """WHEP: another player watches a session that runs."""
    sdp = await _sdp(request)
    return _created(await _asked(request, service, session, "watch", sdp=sdp), ice_servers(service.settings))


@router.options(f"{API}/whep", response_class=Response)
@router.options(f"{API}/live/{{session}}/whep", response_class=Response)
async def whep_options() -> Response:
    """What may be sent here."""
    return Response(headers={"Accept-Post": SDP_TYPE, "Allow": "POST, OPTIONS"})


@router.options(f"{API}/live/{{session}}/whep/{{peer}}", response_class=Response)
async def connection_options() -> Response:
    """What may be sent to a connection."""
    return Response(headers={"Accept-Patch": FRAGMENT_TYPE, "Allow": "PATCH, DELETE, OPTIONS"})


@router.patch(
    f"{API}/live/{{session}}/whep/{{peer}}",
    status_code=204,
    response_class=Response,
    responses={**PRECONDITION, **MISSING_CONDITION},
    openapi_extra=FRAGMENT_BODY,
)
async def add_candidates(session: str, peer: str, request: Request, service: Current) -> Response:
    """WHEP: further candidates of a player. ICE cannot begin anew here: end the connection and offer another."""
    if content_kind(request) != FRAGMENT_TYPE:
        raise wrong_content_type(request, FRAGMENT_TYPE)
    etag = request.headers.get("if-match")
    if etag is None:
        raise HttpProblem(
            428, "PreconditionRequired", "If-Match is missing.", cure="Send the ETag that came with the answer."
        )
    fragment = decoded(await request.body())
    await _asked(request, service, session, "trickle", peer=peer, etag=etag, fragment=fragment)
    return Response(status_code=204)


@router.delete(f"{API}/live/{{session}}/whep/{{peer}}", response_class=Response)
async def end_connection(session: str, peer: str, request: Request, service: Current) -> Response:
    """WHEP: ends a connection. A session that nobody watches any more ends with it."""
    await _asked(request, service, session, "hang_up", peer=peer)
    return Response(status_code=200)


async def _sdp(request: Request) -> str:
    if content_kind(request) != SDP_TYPE:
        raise wrong_content_type(request, SDP_TYPE)
    return decoded(await request.body())


async def _planned(request: Request, service: Service, start: StartStream) -> SessionPlan:
    caller = caller_name(request, service.settings)
    return await to_thread.run_sync(planned, service, start, caller, limiter=service.heavy)


async def _asked(request: Request, service: Service, session: str, order: str, **values: Any) -> dict[str, Any]:
    """About a session of the caller's own."""
    return await service.live.ask(session, order, caller=caller_name(request, service.settings), **values)


def _created(answer: dict[str, Any], servers: tuple[IceServer, ...]) -> Response:
    response = Response(answer["sdp"], status_code=201, media_type=SDP_TYPE)
    response.headers["Location"] = f"{API}/live/{answer['session']}/whep/{answer['peer']}"
    response.headers["ETag"] = answer["etag"]
    for server in servers:
        for url in server.urls:
            response.headers.append("Link", _link(url, server))
    return response


def _link(url: str, server: IceServer) -> str:
    """RFC 9725, 4.6."""
    link = f'<{url}>; rel="ice-server"'
    if not server.username:
        return link
    return f'{link}; username="{server.username}"; credential="{server.credential}"; credential-type="password"'
