"""HTTP methods: what an address answers to, and HEAD wherever there is GET."""

from typing import Final

from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS: Final = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")


def allowed_methods(scope: Scope) -> list[str]:
    """The methods that the address of a request answers to; none where there is nothing."""
    app: FastAPI = scope["app"]
    found = {
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in app.routes)
    }
    if "GET" in found:
        found.add("HEAD")
    return sorted(found)


class HeadAsGet:
    """Answers HEAD as GET without its body, where no route does so itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or _has_head(scope):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


def _has_head(scope: Scope) -> bool:
    app: FastAPI = scope["app"]
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)
