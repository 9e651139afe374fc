"""The receivers that the settings name: one of each for all jobs of a process."""

import atexit
import importlib.util
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from avatar.errors import MissingExtraError
from avatar.settings import Settings
from avatar.tracing.health import Health, Sending, last_sending
from avatar.tracing.outlets import CLOSING_SECONDS, Outlet, Relay

EXTRA: Final = "trace"
LANGFUSE_PACKAGE: Final = "langfuse"
COLLECTOR_PACKAGE: Final = "opentelemetry.exporter.otlp.proto.http"
TRACES_PATH: Final = "/v1/traces"
TRACES_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"

_log = logging.getLogger(__name__)
_lock: Final = threading.Lock()
_relays: Final[dict[tuple[Any, ...], Relay]] = {}


def relays_for(settings: Settings, release: str = "") -> tuple[Relay, ...]:
    """Raises `MissingExtraError`."""
    with _lock:
        found = (_langfuse(settings, release), _collector(settings))
    return tuple(relay for relay in found if relay is not None)


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver that the settings name. `lacks` is what keeps it from working; None where nothing does."""

    name: str
    address: str
    captures: bool
    lacks: str | None
    last: Sending | None


def targets_of(settings: Settings) -> tuple[Target, ...]:
    """Where traces go, and how the last batch went there."""
    found = []
    if settings.enable_langfuse:
        keyless = not settings.langfuse_public_key or settings.langfuse_secret_key is None
        lacks = "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY" if keyless else _missing(LANGFUSE_PACKAGE)
        place, captures = settings.langfuse_url, settings.langfuse_capture_content
        found.append(Target("langfuse", _shown(place), captures, lacks, last_sending(settings.data_dir, "langfuse")))
    if collector := _collector_address(settings):
        last = last_sending(settings.data_dir, "otlp")
        captures, lacks = settings.otlp_capture_content, _missing(COLLECTOR_PACKAGE)
        found.append(Target("otlp", _shown(collector), captures, lacks, last))
    return tuple(found)


def close_relays(seconds: float = CLOSING_SECONDS) -> bool:
    """Sends what waits; False where that took longer than `seconds`, and the rest was left.

    It is called as the process ends, before the ends of the libraries' own, which would wait for longer.
    """
    with _lock:
        closing = list(_relays.values())
        _relays.clear()
    ends = time.monotonic() + seconds
    for relay in closing:
        relay.begin_closing()
    return sum(relay.wait_closed(ends) for relay in closing) == len(closing)


def _langfuse(settings: Settings, release: str) -> Relay | None:
    if not settings.enable_langfuse:
        return None
    public, secret = settings.langfuse_public_key, settings.langfuse_secret_key
    if not public or secret is None:
        _log.warning("ENABLE_LANGFUSE is set without LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY: spans stay local.")
        return None
    _require(LANGFUSE_PACKAGE, "ENABLE_LANGFUSE is set")
    host, content, keys = settings.langfuse_url, settings.langfuse_capture_content, (public, secret.get_secret_value())

    health = Health(settings.data_dir, "langfuse", _shown(host))

    def make() -> Outlet:
        from avatar.tracing.langfuse import LangfuseOutlet

        return LangfuseOutlet(host, keys, release, health.saw, content=content)

    return _once(("langfuse", host, *keys, release, content), make, health)


def _collector(settings: Settings) -> Relay | None:
    address = _collector_address(settings)
    if not address:
        return None
    if _missing(COLLECTOR_PACKAGE) is not None:
        _log.warning(
            'OTEL_EXPORTER_OTLP_ENDPOINT is set without a package: spans stay here. Run: %s -m pip install -e ".[%s]"',
            sys.executable,
            EXTRA,
        )
        return None
    secret, content = settings.otel_exporter_otlp_headers, settings.otlp_capture_content
    headers = parsed_headers(secret.get_secret_value() if secret else "")

    health = Health(settings.data_dir, "otlp", _shown(address))

    def make() -> Outlet:
        from avatar.tracing.collector import CollectorOutlet

        return CollectorOutlet(address, headers, health.saw, content=content)

    return _once(("otlp", address, *headers.items(), content), make, health)


def _collector_address(settings: Settings) -> str:
    """Where the spans themselves are sent; empty where nothing is."""
    endpoint = settings.otel_exporter_otlp_endpoint
    return os.environ.get(TRACES_ENDPOINT) or endpoint.rstrip("/") + TRACES_PATH if endpoint else ""


def parsed_headers(text: str) -> dict[str, str]:
    """From `name=value,other=value`, percent-encoded, as OpenTelemetry has it; what has no `=` is left out."""
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}


def _once(key: tuple[Any, ...], make: Callable[[], Outlet], health: Health) -> Relay:
    def opened() -> Outlet:
        outlet = make()
        _close_first()
        return outlet

    if key not in _relays:
        _relays[key] = Relay(opened, health.saw)
        _close_first()
    return _relays[key]


def _close_first() -> None:
    """What is registered last is called first as the process ends."""
    atexit.unregister(close_relays)
    atexit.register(close_relays)


def _require(package: str, why: str) -> None:
    """Raises `MissingExtraError`."""
    if _missing(package) is not None:
        raise MissingExtraError(
            f"{why}, but {package} is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[{EXTRA}]"',
        )


@lru_cache
def _missing(package: str) -> str | None:
    """The package where it is not installed, else None."""
    try:
        return package if importlib.util.find_spec(package) is None else None
    except ModuleNotFoundError:
        return package


def _shown(address: str) -> str:
    """Without user and password; never raises."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
