"""Every error as RFC 9457 problem details: what was wrong, with which input, and what to do."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from api.rest.methods import allowed_methods
from avatar.errors import (
    AvatarError,
    ChangedError,
    ConflictError,
    DiskSpaceError,
    InputError,
    LicenceError,
    NotFoundError,
    QueueFullError,
)

PROBLEM_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5
"""A short job takes about as long, so a place in a full queue comes free."""

STATUS_OF: Final[Sequence[tuple[type[AvatarError], int]]] = (
    (LicenceError, 403),
    (NotFoundError, 404),
    (ChangedError, 412),
    (ConflictError, 409),
    (QueueFullError, 429),
    (DiskSpaceError, 507),
    (InputError, 422),
)
"""The first kind that fits decides; what is left over is 500."""


class FieldError(BaseModel):
    """One field that cannot be used."""

    field: str = Field(description="Its name, as `controls.smile`, or `jobs.2.fps` in a batch.", examples=["fps"])
    message: str = Field(examples=["999 frames a second is outside 1 to 120"])
    row: int | None = Field(None, description="Line of the CSV file, its header being line 1.")


class Problem(BaseModel):
    """Problem details after RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "There is no renderer 'best'.",
                    "instance": "/api/v1/generate",
                    "kind": "InputError",
                    "cure": "There are: auto, puppet, still.",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What was wrong, and with which input.")
    instance: str = Field(description="The path that was asked for.")
    kind: str = Field(description="Name of the error's kind, for programs.")
    cure: str = Field("", description="What to do about it.")
    errors: list[FieldError] = Field(default_factory=list, description="Every field that cannot be used.")
    job_id: str | None = Field(None, description="The job that failed, where there is one.")


class HttpProblem(HTTPException):
    """A problem that HTTP alone knows of, such as a wrong content type."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        cure: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        job_id: str | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.kind = kind
        self.cure = cure
        self.errors = list(errors)
        self.job_id = job_id


class Addressed(Protocol):
    """What a problem's `instance` is read from: a request."""

    @property
    def scope(self) -> Any: ...


def problem_response(request: Addressed, problem: HttpProblem) -> JSONResponse:
    content = Problem(
        title=_phrase(problem.status_code),
        status=problem.status_code,
        detail=problem.detail,
        instance=request.scope["path"],
        kind=problem.kind,
        cure=problem.cure,
        errors=problem.errors,
        job_id=problem.job_id,
    )
    body = content.model_dump(mode="json", exclude_defaults=True) | {"type": content.type, "cure": content.cure}
    return JSONResponse(body, problem.status_code, headers=problem.headers, media_type=PROBLEM_TYPE)


def problem_of(error: AvatarError, *, job_id: str | None = None, errors: Sequence[FieldError] = ()) -> HttpProblem:
    usual = 503 if error.retryable else 500
    status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), usual)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in (429, 503) else {}
    kind = type(error).__name__
    return HttpProblem(status, kind, error.message, cure=error.cure, headers=headers, job_id=job_id, errors=errors)


def field_errors(found: Sequence[Any], *, skip: int = 0, prefix: str = "") -> list[FieldError]:
    """Pydantic's errors, by field. `skip` parts of each place name no field; `prefix` comes before it."""
    return [
        FieldError(field=prefix + (_place(error["loc"][skip:]) or "body"), message=_sentence(error)) for error in found
    ]


def invalid(errors: Sequence[FieldError]) -> HttpProblem:
    """A request whose fields cannot be used."""
    shown = "; ".join(f"{_row(error)}{error.field}: {error.message}" for error in errors[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return HttpProblem(
        422,
        "InputError",
        f"The request cannot be used: {shown}{more}.",
        cure="Correct these fields; /openapi.json describes them all.",
        errors=errors,
    )


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AvatarError, _avatar_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(StarletteHTTPException, _http_error)
    app.add_exception_handler(Exception, unforeseen)


async def _avatar_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AvatarError)
    return problem_response(request, problem_of(error))


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        problem = HttpProblem(400, "BadJson", "The body is not JSON.", cure="Send a JSON object in UTF-8.")
        return problem_response(request, problem)
    return problem_response(request, invalid(field_errors(found, skip=1)))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    if isinstance(error, HttpProblem):
        return problem_response(request, error)
    path, method = request.scope["path"], request.method
    kind = _phrase(error.status_code).replace(" ", "")
    detail, cure = {
        404: (f"There is nothing at {path}.", "/openapi.json lists every address."),
        405: (f"{path} does not answer to {method}.", "The header Allow lists what it answers to."),
    }.get(error.status_code, (f"{str(error.detail).rstrip('.')}.", ""))
    headers = {"Allow": ", ".join(allowed_methods(request.scope))} if error.status_code == 405 else error.headers
    return problem_response(request, HttpProblem(error.status_code, kind, detail, cure=cure, headers=headers))


def unforeseen(request: Request, error: Exception) -> JSONResponse:
    detail = f"The service failed in a way that it does not know ({type(error).__name__})."
    return problem_response(
        request, HttpProblem(500, "InternalError", detail, cure="Try again; the service's log has the cause.")
    )


def _row(error: FieldError) -> str:
    return "" if error.row is None else f"row {error.row}, "


def _phrase(status: int) -> str:
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def _place(parts: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in parts if not str(part).startswith(("function-", "constrained-")))


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    text = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return text[:1].lower() + text[1:]


def documented(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """A problem as an answer in the service's description."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": description, "content": content}}


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    **documented(400, "The request is not HTTP or JSON as it should be."),
    **documented(401, "A token is needed: `Authorization: Bearer ...`."),
    **documented(403, "The host name or the origin may not call this service, or a licence forbids it."),
    **documented(404, "There is no such thing."),
    **documented(405, "This address does not answer to this method."),
    **documented(409, "It does not fit the state that the thing is in."),
    **documented(413, "The body is too large."),
    **documented(415, "The content type, or the content itself, is of a kind that is not read here."),
    **documented(422, "Something in the request cannot be used; `errors` names the fields."),
    **documented(429, "The queue is full, or this client asks too often; `Retry-After` says when to try again."),
    **documented(500, "The service failed."),
    **documented(503, "Something that is needed cannot be had now."),
    **documented(507, "The disk is full."),
}
"""Answers that any route may give; `responses=PROBLEMS` on its router documents them."""

PRECONDITION: Final = documented(412, "Somebody else has changed it since it was read.")
"""Of routes that look at `If-Match`."""
