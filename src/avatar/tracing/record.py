"""A span while it runs and once it has ended, and the trace that it is a part of."""

import hashlib
import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Literal

SpanKind = Literal["span", "generation"]
"""A `generation` is a language model's answer; its attributes are `model`, `provider`, `model_parameters`,
`tokens_in`, `tokens_out`, `cost_usd` and `first_token_seconds`, its content `input` and `output`."""

Level = Literal["DEFAULT", "WARNING", "ERROR"]

MOST_CAUSES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTrace:
    """What all spans of one job have in common. `id` is 32 hexadecimal digits; what nobody told is empty.

    `version` is the project's, `release` the hash of its code.
    """

    id: str
    session: str = ""
    user: str = ""
    tags: tuple[str, ...] = ()
    version: str = ""
    release: str = ""


def trace_id(*parts: str) -> str:
    """The same for the same parts: a job that goes on after a restart goes on with its trace."""
    return hashlib.sha256("\0".join(("trace", *parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(slots=True)
class SpanRecord:
    """One finished or running span; `start` is seconds since the epoch.

    `attributes` are small JSON values that name nobody and quote nothing. `content` is private: it stays with the job,
    and leaves the machine only where the settings allow it. So is `error`, of which `error_kinds` tells the classes,
    the cause of each after it. `level` is what the span deserves: a stopped run is no error.
    """

    name: str
    start: float
    seconds: float = 0.0
    attributes: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    kind: SpanKind = "span"
    content: dict[str, Any] = field(default_factory=dict)
    trace_id: str = ""
    span_id: str = ""
    parent_id: str = ""
    level: Level = "DEFAULT"
    error_kinds: tuple[str, ...] = ()

    def set(self, **attributes: Any) -> None:
        self.attributes.update(attributes)

    def set_content(self, **content: Any) -> None:
        self.content.update(content)

    def warn(self, reason: str) -> None:
        """Something was repaired, or done another way. `reason` is a kind of failure, and quotes nothing."""
        self.level = "WARNING"
        self.attributes["warning"] = reason

    def fail(self, error: BaseException) -> None:
        """Errors whose class has `is_error = False` end a span without being one."""
        self.error = f"{type(error).__name__}: {error}"
        self.error_kinds = _kinds(error)
        self.level = "ERROR" if getattr(error, "is_error", True) else "WARNING"


current: Final[ContextVar[SpanRecord | None]] = ContextVar("avatar_current_span", default=None)


def current_span() -> SpanRecord | None:
    """The innermost span that this thread or task is in."""
    return current.get()


def new_span(
    name: str, kind: SpanKind, trace: str, parent: SpanRecord | None, attributes: dict[str, Any]
) -> SpanRecord:
    """A span that begins; one whose `parent` is of another trace is a root."""
    inside = parent is not None and parent.trace_id == trace
    return SpanRecord(
        name,
        time.time(),
        attributes=attributes,
        kind=kind,
        trace_id=trace,
        span_id=secrets.token_hex(8),
        parent_id=parent.span_id if parent is not None and inside else "",
    )


def _kinds(error: BaseException) -> tuple[str, ...]:
    kinds: list[str] = []
    found: BaseException | None = error
    while found is not None and len(kinds) < MOST_CAUSES:
        kinds.append(type(found).__name__)
        found = found.__cause__
    return tuple(kinds)
