"""STUN and TURN servers, as the settings name them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from avatar.errors import ConfigurationError
from avatar.settings import Settings

URL: Final = re.compile(r"(stuns?|turns?):[^\s,?;\"'<>\\]+(\?transport=(udp|tcp))?")
CURE: Final = (
    "Write addresses such as stun:HOST:3478 or turn:HOST:3478?transport=udp with commas between, or JSON: "
    '[{"urls": "turn:HOST:3478", "username": "...", "credential": "..."}].'
)


@dataclass(frozen=True, slots=True)
class IceServer:
    """`username` and `credential` are empty where none are needed."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = field(default="", repr=False)

    def described(self) -> dict[str, Any]:
        """As `RTCPeerConnection` takes it in a browser."""
        known = {"username": self.username, "credential": self.credential} if self.username else {}
        return {"urls": list(self.urls), **known}


def ice_servers(settings: Settings) -> tuple[IceServer, ...]:
    """What LIVE_ICE_SERVERS lists. Raises `ConfigurationError`, which tells no secret."""
    written = settings.live_ice_servers.get_secret_value().strip() if settings.live_ice_servers else ""
    if written.startswith("["):
        return tuple(_from_json(written))
    urls = tuple(url.strip() for url in written.split(",") if url.strip())
    credential = settings.live_ice_credential
    server = IceServer(urls, settings.live_ice_username, credential.get_secret_value() if credential else "")
    return (_checked(server),) if urls else ()


def _from_json(written: str) -> list[IceServer]:
    try:
        listed = json.loads(written)
        servers = [
            IceServer(
                (one["urls"],) if isinstance(one["urls"], str) else tuple(one["urls"]),
                str(one.get("username", "")),
                str(one.get("credential", "")),
            )
            for one in listed
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError("LIVE_ICE_SERVERS is no list of servers.", cure=CURE) from None
    return [_checked(server) for server in servers]


def _checked(server: IceServer) -> IceServer:
    if not all(
        text.isascii() and text.isprintable() and '"' not in text for text in (server.username, server.credential)
    ):
        raise ConfigurationError(
            "A name or credential for LIVE_ICE_SERVERS has characters that HTTP does not carry.", cure=CURE
        )
    for url in server.urls:
        if not (isinstance(url, str) and URL.fullmatch(url)):
            raise ConfigurationError(f"LIVE_ICE_SERVERS names '{str(url)[:80]}', which is no server.", cure=CURE)
        if url.startswith("turn") and not (server.username and server.credential):
            raise ConfigurationError(
                f"LIVE_ICE_SERVERS names {url} without a username and a credential.",
                cure="Set LIVE_ICE_USERNAME and LIVE_ICE_CREDENTIAL, or give them in the JSON.",
            )
    return server
