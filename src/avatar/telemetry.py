"""Spans: what ran, for how long, with what shapes. Kept with each job; the only place that knows Langfuse."""

import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from avatar.errors import MissingExtraError
from avatar.settings import Settings

if TYPE_CHECKING:
    from langfuse import Langfuse

FLUSH_SECONDS: Final = 3.0
"""How long the end of a job waits for its spans to reach Langfuse; what has not left by then is dropped."""

LANGFUSE_TIMEOUT_SECONDS: Final = 2

SpanKind = Literal["span", "generation"]
"""A `generation` is a language model's answer; its attributes are `model`, `model_parameters`, `tokens_in`,
`tokens_out`, `cost_usd` and `first_token_seconds`, its content `input` and `output`."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SpanRecord:
    """One finished or running span; `start` is seconds since the epoch.

    `content` is private: it stays with the job, and leaves the machine only where the settings allow it.
    """

    name: str
    start: float
    seconds: float = 0.0
    attributes: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    kind: SpanKind = "span"
    content: dict[str, Any] = field(default_factory=dict)

    def set(self, **attributes: Any) -> None:
        self.attributes.update(attributes)

    def set_content(self, **content: Any) -> None:
        self.content.update(content)


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, *, kind: SpanKind = "span", **attributes: Any) -> AbstractContextManager[SpanRecord]:
        """A span around a block; an exception is noted on it and passes through."""
        ...


class FileTracer:
    """Appends each finished span as a JSON line to `path`; thread-safe. Attributes are small JSON values."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def span(self, name: str, *, kind: SpanKind = "span", **attributes: Any) -> Iterator[SpanRecord]:
        record = SpanRecord(name, time.time(), attributes=attributes, kind=kind)
        started = time.perf_counter()
        try:
            yield record
        except BaseException as error:
            record.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            record.seconds = time.perf_counter() - started
            self._write(record)

    def _write(self, record: SpanRecord) -> None:
        line = json.dumps(asdict(record), default=str) + "\n"
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def read_spans(path: Path) -> list[SpanRecord]:
    """The spans in a file that `FileTracer` wrote; a torn last line is left out."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(SpanRecord(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            continue
    return records


class LangfuseTracer:
    """Sends spans to Langfuse beside those that `kept` keeps. Names, numbers and kinds of errors leave the machine."""

    def __init__(self, kept: Tracer, client: "Langfuse") -> None:
        self._kept = kept
        self._client = client

    @contextmanager
    def span(self, name: str, *, kind: SpanKind = "span", **attributes: Any) -> Iterator[SpanRecord]:
        observed = self._client.start_as_current_observation(name=name, as_type=kind)
        with observed as remote, self._kept.span(name, kind=kind, **attributes) as record:
            try:
                yield record
            except BaseException as error:
                remote.update(level="ERROR", status_message=type(error).__name__)
                raise
            finally:
                remote.update(metadata=record.attributes)

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Sends what waits; False where that took longer than `seconds` and was left."""
        sender = threading.Thread(target=self._client.flush, name="langfuse-flush", daemon=True)
        sender.start()
        sender.join(seconds)
        return not sender.is_alive()


@contextmanager
def open_tracer(settings: Settings, path: Path) -> Iterator[Tracer]:
    """A tracer that keeps its spans in `path` and, where Langfuse is switched on and has keys, sends them there.

    Raises `MissingExtraError` where Langfuse is switched on and not installed. A host that is down or slow
    costs at most `FLUSH_SECONDS` at the end.
    """
    kept = FileTracer(path)
    secret = settings.langfuse_secret_key
    if settings.enable_langfuse and not (settings.langfuse_public_key and secret):
        _log.warning("ENABLE_LANGFUSE is set without LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY: spans stay local.")
    if not settings.enable_langfuse or not settings.langfuse_public_key or secret is None:
        yield kept
        return
    tracer = LangfuseTracer(
        kept, _langfuse(settings.langfuse_public_key, secret.get_secret_value(), settings.langfuse_host)
    )
    try:
        yield tracer
    finally:
        if not tracer.flush():
            _log.warning(
                "Langfuse at %s did not take the spans in time; they are kept in %s.", settings.langfuse_host, path
            )


def _langfuse(public_key: str, secret_key: str, host: str) -> "Langfuse":
    try:
        from langfuse import Langfuse
    except ImportError:
        raise MissingExtraError(
            "ENABLE_LANGFUSE is set, but langfuse is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[trace]"',
        ) from None
    return Langfuse(public_key=public_key, secret_key=secret_key, base_url=host, timeout=LANGFUSE_TIMEOUT_SECONDS)
