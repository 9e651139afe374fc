"""Who may open a live session: the same rules as for all else, where a browser can send no header.

A token comes as `Authorization: Bearer TOKEN`, with the page's cookie, as `?token=TOKEN`, or as a WebSocket
subprotocol `bearer.TOKEN` beside `avatar.live`.
"""

from typing import Final

from starlette.requests import HTTPConnection, Request

from api.rest.gate import Rates, client_address
from api.rest.problems import HttpProblem
from api.rest.security import Policy, caller, check_host, check_origin, matching_token, policy_of, token_name
from avatar.settings import Settings
from live.codes import code_of_kind

SUBPROTOCOL: Final = "avatar.live"
BEARER: Final = "bearer."


class Refusal(Exception):  # noqa: N818 - a refusal, told to the client as it is
    """The connection is not served; the client is told why."""

    def __init__(self, code: str, message: str, cure: str) -> None:
        super().__init__(message)
        self.code, self.message, self.cure = code, message, cure


def caller_name(request: Request, settings: Settings) -> str:
    """Whose sessions an admitted request may ask about: a name for its token, empty where the service has none."""
    policy = policy_of(settings)
    return caller(request, policy) or "" if policy.tokens else ""


def admitted(socket: HTTPConnection, settings: Settings) -> tuple[str | None, str]:
    """The subprotocol to answer with, and the caller's name as `caller_name` has it. Raises `Refusal`."""
    policy, rates = policy_of(settings), socket.app.state.rates
    request = _as_change(socket)
    try:
        check_host(request, policy)
        check_origin(request, policy)
        name = _known(socket, request, policy, rates)
        rates.count_change(name)
    except HttpProblem as problem:
        raise Refusal(code_of_kind(problem.kind), problem.detail, problem.cure) from None
    return SUBPROTOCOL if SUBPROTOCOL in _subprotocols(socket) else None, name if policy.tokens else ""


def _as_change(socket: HTTPConnection) -> Request:
    """The handshake as a request that changes something, so that pages of other origins are refused."""
    return Request({**socket.scope, "type": "http", "method": "POST"})


def _known(socket: HTTPConnection, request: Request, policy: Policy, rates: Rates) -> str:
    """The caller's name. Raises a problem where no token, or a wrong one, came."""
    address = client_address(request)
    if not policy.tokens:
        return address
    rates.require_few_failures(address)
    shown = socket.query_params.get("token") or next(
        (name.removeprefix(BEARER) for name in _subprotocols(socket) if name.startswith(BEARER)), ""
    )
    if shown and (token := matching_token(shown, policy)):
        return token_name(token)
    if (name := caller(request, policy)) is not None:
        return name
    rates.count_failure(address)
    raise HttpProblem(
        401,
        "Unauthorized",
        "No token, or a wrong one, came with the connection.",
        cure="Open it with ?token=TOKEN or the subprotocol bearer.TOKEN; API_TOKENS lists them.",
    )


def _subprotocols(socket: HTTPConnection) -> list[str]:
    return [name.strip() for name in socket.headers.get("sec-websocket-protocol", "").split(",") if name.strip()]
