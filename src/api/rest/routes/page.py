"""The page at `/` and its files under `/static`, from the folder `web` and nowhere else."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from api.rest.files import is_known
from avatar.errors import NotFoundError
from avatar.settings import PROJECT_ROOT

WEB_FOLDER: Final = PROJECT_ROOT / "web"
STATIC_FOLDER: Final = WEB_FOLDER / "static"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY: Final = "microphone=(self), camera=(), geolocation=()"

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
"""Files of any other kind are not served. Python's own table depends on the machine."""

router = APIRouter(include_in_schema=False)

IfNoneMatch = Annotated[str | None, Header()]


@router.api_route("/", methods=["GET", "HEAD"])
def page(if_none_match: IfNoneMatch = None) -> Response:
    return _file(WEB_FOLDER / "index.html", if_none_match)


@router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
def static_file(name: str, if_none_match: IfNoneMatch = None) -> Response:
    return _file(_place(name), if_none_match)


def _place(name: str) -> Path:
    """The file of that name inside the static folder; links that lead out of it count as missing."""
    folder = STATIC_FOLDER.resolve()
    try:
        path = (folder / name).resolve()
        found = path.is_relative_to(folder) and path.suffix in MEDIA_TYPES and path.is_file()
    except (OSError, ValueError):
        found = False
    if not found:
        raise NotFoundError(f"The page has no file /static/{name}.", cure="Open / for the page.")
    return path


def _file(path: Path, if_none_match: str | None) -> Response:
    """The whole file, or 304 where the browser has it: it asks each time, and every change reaches it at once."""
    status = path.stat()
    content, etag = _content(path, status.st_mtime_ns, status.st_size)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "ETag": etag,
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if is_known(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPES[path.suffix], headers=headers)


@lru_cache(maxsize=256)
def _content(path: Path, modified_ns: int, size: int) -> tuple[bytes, str]:  # noqa: ARG001 - a change is another entry
    content = path.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
