"""Whose a session over a WebSocket is, whichever way the token came."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from api.live.admission import Refusal, admitted
from api.rest.gate import Rates
from api.rest.security import token_name
from avatar.settings import Settings


def socket(query: str = "", **headers: str) -> HTTPConnection:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/ws",
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), *named],
        "client": ("127.0.0.1", 1),
        "app": SimpleNamespace(state=SimpleNamespace(rates=Rates(0))),
    }
    return HTTPConnection(scope)


def test_a_token_names_its_caller_in_the_address_the_header_and_the_subprotocol() -> None:
    settings = Settings(api_tokens=SecretStr("token-a,token-b"))
    name = token_name(b"token-b")
    assert admitted(socket("token=token-b"), settings) == (None, name)
    assert admitted(socket(authorization="Bearer token-b"), settings) == (None, name)
    protocols = "avatar.live, bearer.token-b"
    assert admitted(socket(sec_websocket_protocol=protocols), settings) == ("avatar.live", name)
    with pytest.raises(Refusal):
        admitted(socket("token=token-c"), settings)


def test_without_tokens_all_sessions_are_everybodys() -> None:
    assert admitted(socket(), Settings()) == (None, "")
