"""Files as answers: whole or a range of bytes, with validators that let clients keep what they have."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from api.rest.problems import PROBLEM_TYPE, HttpProblem

SINGLE_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)
LONGEST_NAME: Final = 60
SUFFIX: Final = re.compile(r"\.[A-Za-z]\w{1,4}(?= |$)")

_PROBLEM: Final = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
GONE: Final[dict[int | str, dict[str, Any]]] = {
    410: {"description": "The file was there and is no more.", "content": _PROBLEM}
}
NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "The client has it already."}}
RANGES: Final[dict[int | str, dict[str, Any]]] = {
    206: {"description": "The bytes that `Range` asks for."},
    416: {"description": "`Range` begins behind the end of the file.", "content": _PROBLEM},
}


class _OneRange(FileResponse):
    """Answers a `Range` of one piece; any other, and what is not understood, brings the whole file (RFC 9110, 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range" or _is_single(value)]
        await super().__call__({**scope, "headers": headers}, receive, send)


async def file_answer(
    request: Request,
    path: Path,
    *,
    missing: HttpProblem,
    media_type: str,
    cache: str,
    name: str = "",
    save: bool = False,
) -> Response:
    """The file at `path`, or the problem `missing`. `save` lets browsers store it under `name`, not show it."""
    try:
        found = await run_sync(os.stat, path)
    except FileNotFoundError:
        raise missing from None
    if not stat.S_ISREG(found.st_mode):
        raise missing
    response = _OneRange(
        path,
        media_type=media_type,
        stat_result=found,
        filename=name or None,
        content_disposition_type="attachment" if save else "inline",
        headers={"Cache-Control": cache},
    )
    if is_known(request.headers.get("if-none-match"), response.headers["etag"]):
        return Response(status_code=304, headers=_validators(response))
    _check_range(request.headers, response, found.st_size)
    return response


def gone(job: str, what: str = "video") -> HttpProblem:
    return HttpProblem(
        410,
        "Gone",
        f"The {what} of the job {job} has been removed.",
        cure="Ask for a new job with the same inputs.",
        job_id=job,
    )


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client says that it has this version (RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in known or "*" in known


def _validators(response: Response) -> dict[str, str]:
    return {name: response.headers[name] for name in ("etag", "last-modified", "cache-control")}


def _check_range(asked: Mapping[str, str], response: Response, size: int) -> None:
    match = SINGLE_RANGE.fullmatch(asked.get("range", ""))
    condition = asked.get("if-range")
    if match is None or condition not in (None, response.headers["etag"], response.headers["last-modified"]):
        return
    first, _, suffix = match.groups()
    if (int(suffix) == 0 if suffix else int(first) >= size) or size == 0:
        raise HttpProblem(
            416,
            "RangeNotSatisfiable",
            f"The file has {size} bytes, and none of them are in '{match.group()}'.",
            cure="Ask for a range within the file.",
            headers={"Content-Range": f"bytes */{size}"},
        )


def _is_single(value: bytes) -> bool:
    match = SINGLE_RANGE.fullmatch(value.decode("latin-1"))
    if match is None:
        return False
    first, last, _ = match.groups()
    return not (first and last) or int(first) <= int(last)


def file_name(label: str, otherwise: str, suffix: str) -> str:
    """What people call a thing, as the name of a file that every system takes; suffixes within are dropped."""
    words = re.findall(r"\w+", SUFFIX.sub("", label))
    kept = "-".join(words)[:LONGEST_NAME].strip("-_")
    return (kept or otherwise) + suffix
