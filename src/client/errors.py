"""What the service refused, or what a job failed of."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

PASSING: Final = (429, 503)
"""Answers of a service that is busy, or about to come back."""


class AvatarServiceError(Exception):
    """The service's own account of a failure.

    `status` is the HTTP status; None where no answer came, or where a job failed that had been accepted. `kind` is the
    error's name, such as `PortraitError`; `cure` says what to do; `fields` maps fields of the request to what is wrong
    with them. `retry_after` is in seconds, where the service named a time. `job_id` is the job that failed.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        status: int | None = None,
        cure: str = "",
        retry_after: float | None = None,
        job_id: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.status = status
        self.cure = cure
        self.retry_after = retry_after
        self.job_id = job_id
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".rstrip()

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self.status in PASSING or (self.status is None and self.kind == UNREACHABLE)


UNREACHABLE: Final = "Unreachable"


def problem_of(response: httpx.Response) -> AvatarServiceError:
    """The problem details (RFC 9457) of an answer whose body has been read; its first words where it has none."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": f"{response.status_code} {response.reason_phrase}: {response.text[:200]}".rstrip(": ")}
    return AvatarServiceError(
        str(problem.get("detail") or problem.get("title") or response.reason_phrase),
        kind=str(problem.get("kind") or response.reason_phrase.replace(" ", "")),
        status=response.status_code,
        cure=str(problem.get("cure") or ""),
        retry_after=retry_seconds(response),
        job_id=problem.get("job_id"),
        fields=_fields(problem.get("errors")),
    )


def retry_seconds(response: httpx.Response) -> float | None:
    """The header Retry-After, where it is a number of seconds."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def unreachable(url: httpx.URL, error: httpx.TransportError) -> AvatarServiceError:
    reason = str(error) or type(error).__name__
    return AvatarServiceError(
        f"No answer from {url.scheme}://{url.netloc.decode()}: {reason}.",
        kind=UNREACHABLE,
        cure="Is the service running there? `python main.py serve` starts it.",
    )


def _fields(errors: Any) -> dict[str, str]:
    if not isinstance(errors, list):
        return {}
    return {_place(error): str(error.get("message", "")) for error in errors if isinstance(error, dict)}


def _place(error: Mapping[str, Any]) -> str:
    row = error.get("row")
    field = str(error.get("field", ""))
    return field if row is None else f"row {row}: {field}"
