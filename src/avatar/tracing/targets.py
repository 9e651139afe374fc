"""The receivers that the settings name: one of each for all jobs of a process."""

import atexit
import importlib.util
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from avatar.errors import MissingExtraError
from avatar.settings import Settings
from avatar.tracing.health import Health
from avatar.tracing.outlets import CLOSING_SECONDS, Closer, Outlet

EXTRA: Final = "trace"

_log = logging.getLogger(__name__)
_lock: Final = threading.Lock()
_opened: Final[dict[tuple[Any, ...], Outlet]] = {}
_closers: Final[list[Closer]] = []


def outlets_for(settings: Settings, release: str = "") -> tuple[Outlet, ...]:
    """Raises `MissingExtraError`."""
    with _lock:
        found = (_langfuse(settings, release), _collector(settings))
    return tuple(outlet for outlet in found if outlet is not None)


def close_outlets(seconds: float = CLOSING_SECONDS) -> bool:
    """Sends what waits; False where that took longer than `seconds`, and the rest was left.

    It is called as the process ends, before the ends of the libraries' own, which would wait for longer.
    """
    with _lock:
        closing = list(_closers)
        _closers.clear()
        _opened.clear()
    ends = time.monotonic() + seconds
    for closer in closing:
        closer.begin()
    return sum(closer.wait(ends) for closer in closing) == len(closing)


def _langfuse(settings: Settings, release: str) -> Outlet | None:
    if not settings.enable_langfuse:
        return None
    public, secret = settings.langfuse_public_key, settings.langfuse_secret_key
    if not public or secret is None:
        _log.warning("ENABLE_LANGFUSE is set without LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY: spans stay local.")
        return None
    _require("langfuse", "ENABLE_LANGFUSE is set")
    host, content, keys = settings.langfuse_url, settings.langfuse_capture_content, (public, secret.get_secret_value())

    def make() -> Any:
        from avatar.tracing.langfuse import LangfuseOutlet

        return LangfuseOutlet(host, keys, release, Health(settings.data_dir, "langfuse", host).saw, content=content)

    return _once(("langfuse", host, *keys, release, content), make)


def _collector(settings: Settings) -> Outlet | None:
    endpoint = settings.otel_exporter_otlp_endpoint
    if not endpoint:
        return None
    _require("opentelemetry.exporter.otlp.proto.http", "OTEL_EXPORTER_OTLP_ENDPOINT is set")
    secret, content = settings.otel_exporter_otlp_headers, settings.otlp_capture_content
    headers = parsed_headers(secret.get_secret_value() if secret else "")

    def make() -> Any:
        from avatar.tracing.collector import CollectorOutlet

        return CollectorOutlet(endpoint, headers, Health(settings.data_dir, "otlp", endpoint).saw, content=content)

    return _once(("otlp", endpoint, *headers.items(), content), make)


def parsed_headers(text: str) -> dict[str, str]:
    """From `name=value,other=value`, percent-encoded, as OpenTelemetry has it; what has no `=` is left out."""
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}


def _once(key: tuple[Any, ...], make: Callable[[], Any]) -> Outlet:
    if key not in _opened:
        outlet = make()
        _closers.append(Closer(outlet.close))
        _opened[key] = outlet
        atexit.unregister(close_outlets)
        atexit.register(close_outlets)
    return _opened[key]


def _require(package: str, why: str) -> None:
    """Raises `MissingExtraError`."""
    try:
        missing = importlib.util.find_spec(package) is None
    except ModuleNotFoundError:
        missing = True
    if missing:
        raise MissingExtraError(
            f"{why}, but {package} is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[{EXTRA}]"',
        )
