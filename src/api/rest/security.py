"""Who may call: host names, origins, tokens and the page's cookie.

Without API_TOKENS only this machine's own names are answered, so that a foreign web page whose name was made to point
here (DNS rebinding) gets nothing.
"""

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from api.rest.problems import HttpProblem
from avatar.errors import ConfigurationError
from avatar.settings import Settings

SESSION_COOKIE: Final = "avatar_session"
SESSION_SECONDS: Final = 30 * 24 * 3600
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS: Final = frozenset({"/", "/health", "/favicon.ico", "/api/v1/session"})
OPEN_FOLDERS: Final = ("/static/",)
"""Answered without a token: the page itself, and where it hands its token in."""

LOCAL_NAMES: Final = frozenset({"localhost", "localhost."})


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call. `tokens` are the bearer tokens, none where nobody has to show one."""

    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    origins: frozenset[str] = frozenset()


def policy_of(settings: Settings) -> Policy:
    """Raises `ConfigurationError` for a token that no client could send in a header."""
    written = settings.api_tokens.get_secret_value() if settings.api_tokens else ""
    if not (written.isascii() and written.isprintable()):
        raise ConfigurationError(
            "API_TOKENS has characters that are not printable ASCII, which HTTP does not carry.",
            cure="Use letters, digits and signs such as - and _; tokens are separated by commas.",
        )
    return Policy(
        tuple(token.encode() for token in _listed(written)),
        frozenset(origin.rstrip("/").lower() for origin in _listed(settings.cors_origins)),
    )


def is_loopback(host: str) -> bool:
    """Whether an address or a name, without a port, means this machine alone."""
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_host(request: Request, policy: Policy) -> None:
    host = request.headers.get("host", "")
    if policy.tokens or is_loopback(_host_name(host)):
        return
    raise HttpProblem(
        403,
        "ForeignHost",
        f"This service answers to the names of its own machine only, not to '{host[:80]}'.",
        cure="Call it as http://127.0.0.1, or set API_TOKENS.",
    )


def check_origin(request: Request, policy: Policy) -> None:
    """Refuses changes that a foreign web page asks for."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is None:
        foreign = request.headers.get("sec-fetch-site") == "cross-site"
    else:
        own = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
        foreign = not own and origin.rstrip("/").lower() not in policy.origins
    if foreign:
        raise HttpProblem(
            403,
            "ForeignOrigin",
            f"Pages of '{(origin or 'another site')[:80]}' may not change anything here.",
            cure="Add the origin to CORS_ORIGINS, if it is to be trusted.",
        )


def needs_token(request: Request) -> bool:
    path = request.scope["path"]
    return path not in OPEN_PATHS and not path.startswith(OPEN_FOLDERS)


def shows_token(request: Request) -> bool:
    """Whether it comes with a token or a cookie, right or wrong."""
    return "authorization" in request.headers or SESSION_COOKIE in request.cookies


def caller(request: Request, policy: Policy) -> str | None:
    """A name for the caller whose token or cookie is right, else None."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = matching_token(shown.strip(), policy)
    else:
        token = _session_token(request.cookies.get(SESSION_COOKIE, ""), policy)
    return None if token is None else token_name(token)


def token_name(token: bytes) -> str:
    """Tells tokens apart, and nothing else of them."""
    return hashlib.sha256(token).hexdigest()[:16]


def unauthorized() -> HttpProblem:
    return HttpProblem(
        401,
        "Unauthorized",
        "No token, or a wrong one, came with the request.",
        cure="Send `Authorization: Bearer TOKEN` with one of the service's API_TOKENS.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def matching_token(shown: str, policy: Policy) -> bytes | None:
    """The service's token that equals the one shown; the time it takes tells nothing."""
    found = None
    for token in policy.tokens:
        if hmac.compare_digest(token, shown.encode("utf-8", "surrogateescape")):
            found = token
    return found


def session_value(token: bytes, *, now: float | None = None) -> str:
    """What the cookie holds: when it ends, and proof that its bearer showed the token."""
    ends = int((time.time() if now is None else now) + SESSION_SECONDS)
    return f"{ends}.{_seal(token, ends)}"


def _session_token(value: str, policy: Policy) -> bytes | None:
    written, _, seal = value.partition(".")
    if not (written.isascii() and written.isdigit() and len(written) <= 12) or int(written) < time.time():
        return None
    found = None
    for token in policy.tokens:
        if hmac.compare_digest(_seal(token, int(written)).encode(), seal.encode()):
            found = token
    return found


def _seal(token: bytes, ends: int) -> str:
    return hmac.new(token, f"avatar session until {ends}".encode(), hashlib.sha256).hexdigest()


def _host_name(host: str) -> str:
    """Without its port: `[::1]:8005` -> `[::1]`."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _listed(text: str) -> Sequence[str]:
    parts: Iterable[str] = (part.strip() for part in text.split(","))
    return [part for part in parts if part]
