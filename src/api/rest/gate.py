"""What stands before every route: security headers, the rules of `security`, rates, and the size of bodies."""

import math
import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest.problems import HttpProblem, problem_response, unforeseen
from api.rest.security import (
    SAFE_METHODS,
    Policy,
    caller,
    check_host,
    check_origin,
    needs_token,
    shows_token,
    unauthorized,
)
from avatar.settings import Settings

FILES_IN_A_FORM: Final = 2
FORM_OVERHEAD_BYTES: Final = 1_000_000
OPEN_BODY_BYTES: Final = 16_000
"""Where no token is needed: a login."""

PLAIN_BODY_BYTES: Final = 4_000_000
"""JSON: a long text, and a performance of many cues."""

BATCH_BODY_BYTES: Final = 16_000_000
"""JSON and CSV: a batch of a thousand long texts."""

BATCHES: Final = "/api/v1/batches"
QUESTIONS: Final = ("/curves", "/preview")
"""Addresses that are asked with POST and change nothing; dragging a cue asks often."""

FAILED_LOGINS_PER_MINUTE: Final = 30
CHANGES: Final = "changes"
FAILURES: Final = "failures"
NO_CONTENT_RUNS: Final = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no page; the page brings its own policy."""


class SecurityHeaders:
    """Headers that keep a browser from doing more with an answer than it should, on answers to the unforeseen too."""

    def __init__(self, app: ASGIApp, *, policy: Policy) -> None:
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": NO_CONTENT_RUNS,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "cross-origin" if policy.origins else "same-origin",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if not begun:
                await unforeseen(Request(scope), error)(scope, receive, send_with_headers)
            raise


class HostGate:
    """Answers to this service's own names only; stands before all else."""

    def __init__(self, app: ASGIApp, *, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            try:
                check_host(request, self._policy)
            except HttpProblem as problem:
                await problem_response(request, problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Gate:
    """Origins, tokens, rates and sizes."""

    def __init__(self, app: ASGIApp, *, policy: Policy, rates: "Rates", settings: Settings) -> None:
        self._app = app
        self._policy = policy
        self._rates = rates
        self._upload_bytes = int(settings.max_upload_megabytes * 1e6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._admit(request)
            bounded = bounded_body(request, receive, self._limit(request))
        except HttpProblem as problem:
            await problem_response(request, problem)(scope, receive, send)
            return
        await self._app(scope, bounded, send)

    def _admit(self, request: Request) -> None:
        check_origin(request, self._policy)
        address = name = client_address(request)
        if self._policy.tokens and needs_token(request):
            name = self._known(request, address)
        if request.method not in SAFE_METHODS and not request.scope["path"].endswith(QUESTIONS):
            self._rates.count_change(name)

    def _known(self, request: Request, address: str) -> str:
        """The caller's name. Raises a 401 problem; 429 where the address has shown too many wrong tokens."""
        if not shows_token(request):
            raise unauthorized()
        self._rates.require_few_failures(address)
        known = caller(request, self._policy)
        if known is None:
            self._rates.count_failure(address)
            raise unauthorized()
        return known

    def _limit(self, request: Request) -> int:
        if not needs_token(request):
            return OPEN_BODY_BYTES
        if request.headers.get("content-type", "").lower().startswith("multipart/"):
            return FILES_IN_A_FORM * self._upload_bytes + FORM_OVERHEAD_BYTES
        return BATCH_BODY_BYTES if request.scope["path"] == BATCHES else PLAIN_BODY_BYTES


def client_address(request: Request) -> str:
    return request.client.host if request.client else "local"


class Rates:
    """How often each client changes something, and how often it shows a wrong token; 0 sets no limit."""

    def __init__(self, changes_per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._changes = RateLimitItemPerMinute(changes_per_minute) if changes_per_minute else None
        self._failures = RateLimitItemPerMinute(FAILED_LOGINS_PER_MINUTE)

    def count_change(self, client: str) -> None:
        """Raises a 429 problem."""
        if self._changes is not None and not self._limiter.hit(self._changes, CHANGES, client):
            detail = f"This client asks too often: at most {self._changes.amount} times a minute."
            cure = "Wait as long as Retry-After says; RATE_LIMIT_PER_MINUTE is the limit."
            raise self._too_many(detail, cure, self._changes, CHANGES, client)

    def require_few_failures(self, address: str) -> None:
        """Raises a 429 problem. To be called before a token is compared: then guessing is slow whatever it brings."""
        if not self._limiter.test(self._failures, FAILURES, address):
            detail = f"Too many wrong tokens came from {address}: at most {self._failures.amount} a minute."
            cure = "Wait as long as Retry-After says, then show the right one."
            raise self._too_many(detail, cure, self._failures, FAILURES, address)

    def count_failure(self, address: str) -> None:
        self._limiter.hit(self._failures, FAILURES, address)

    def _too_many(self, detail: str, cure: str, item: RateLimitItemPerMinute, kind: str, client: str) -> HttpProblem:
        free = self._limiter.get_window_stats(item, kind, client).reset_time
        seconds = max(1, math.ceil(free - time.time()))
        return HttpProblem(429, "TooManyRequests", detail, cure=cure, headers={"Retry-After": str(seconds)})


def bounded_body(request: Request, receive: Receive, limit: int) -> Receive:
    """`receive`, which raises a 413 problem once the body is larger than `limit` bytes.

    Raises it at once where the request announces such a body.
    """
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > limit:
        raise too_large(limit)
    seen = 0

    async def receive_bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large(limit)
        return message

    return receive_bounded


def too_large(limit: int, what: str = "The body of the request") -> HttpProblem:
    return HttpProblem(
        413,
        "TooLarge",
        f"{what} is larger than {limit / 1e6:g} MB.",
        cure="Send less; MAX_UPLOAD_MEGABYTES is the limit for a file.",
    )
