"""The page's login: a token becomes a cookie that scripts cannot read."""

from typing import Final

from fastapi import APIRouter, Request, Response

from api.rest.gate import Rates, client_address
from api.rest.problems import PROBLEMS
from api.rest.schemas import SessionRequest
from api.rest.security import SESSION_COOKIE, SESSION_SECONDS, matching_token, policy_of, session_value, unauthorized
from api.rest.service import Current

COOKIE: Final = {"Set-Cookie": {"description": "The session.", "schema": {"type": "string"}}}

router = APIRouter(prefix="/api/v1/session", tags=["service"], responses=PROBLEMS)


@router.post("", status_code=204, responses={204: {"description": "The cookie is set.", "headers": COOKIE}})
async def begin_session(given: SessionRequest, request: Request, service: Current) -> Response:
    """Hand in a token; a cookie stands for it from then on. Where no token is needed, nothing happens."""
    policy = policy_of(service.settings)
    response = Response(status_code=204)
    if policy.tokens:
        rates: Rates = request.app.state.rates
        rates.require_few_failures(client_address(request))
        token = matching_token(given.token, policy)
        if token is None:
            rates.count_failure(client_address(request))
            raise unauthorized()
        response.set_cookie(
            SESSION_COOKIE,
            session_value(token),
            max_age=SESSION_SECONDS,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
    return response


@router.delete("", status_code=204, responses={204: {"description": "The cookie is dropped."}})
async def end_session() -> Response:
    """Forget the cookie."""
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    return response
