"""The JSON Schema of what a client may write by itself."""

import json
from functools import cache
from hashlib import sha256
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.rest.files import NOT_MODIFIED, is_known
from api.rest.problems import PROBLEMS
from api.rest.views import API
from avatar.performance_schema import performance_schema
from live.messages import live_schema

SCHEMA_TYPE: Final = "application/schema+json"
CACHE: Final = "public, max-age=3600"
SCHEMA: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "JSON Schema, 2020-12.", "content": {SCHEMA_TYPE: {"schema": {"type": "object"}}}},
    **NOT_MODIFIED,
}

router = APIRouter(prefix=f"{API}/schemas", tags=["service"], responses=PROBLEMS)


@router.get("/performance", response_class=Response, responses=SCHEMA)
def get_performance_schema(request: Request) -> Response:
    """What a performance may hold: every field with its meaning, range and default."""
    return _answer(request, *_performance())


@router.get("/live", response_class=Response, responses=SCHEMA)
def get_live_schema(request: Request) -> Response:
    """Every message of a live session, the client's and the server's."""
    return _answer(request, *_live())


def _answer(request: Request, content: bytes, etag: str) -> Response:
    headers = {"ETag": etag, "Cache-Control": CACHE}
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=SCHEMA_TYPE)


@cache
def _performance() -> tuple[bytes, str]:
    return _written(performance_schema())


@cache
def _live() -> tuple[bytes, str]:
    return _written(live_schema())


def _written(schema: dict[str, Any]) -> tuple[bytes, str]:
    content = json.dumps(schema, ensure_ascii=False).encode("utf-8")
    return content, f'"{sha256(content).hexdigest()[:32]}"'
