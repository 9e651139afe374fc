"""Forms that stream to the disk, counted as they come."""

import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.rest.gate import too_large
from api.rest.problems import FieldError, HttpProblem, invalid
from avatar.errors import DiskSpaceError
from avatar.files import NO_SPACE_ERRORS, PARTIAL_PREFIX

BLOCK_BYTES: Final = 1 << 20
"""So much of a form is gathered before a thread parses and writes it."""

MAX_FIELD_BYTES: Final = 4_000_000
MAX_PARTS: Final = 64
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file that a form brought: `name` is the client's, cleaned, for messages only; `digest` its SHA-256."""

    name: str
    path: Path
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Form:
    """A form's text, and its files."""

    fields: Mapping[str, str]
    files: Mapping[str, FilePart]


@dataclass(slots=True)
class _Part:
    name: str = ""
    file_name: str = ""
    content: bytearray = field(default_factory=bytearray)
    path: Path | None = None
    file: BinaryIO | None = None
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0


class FormWriter:
    """Parses a form as it comes. Parts named in `wanted` become files in `folder`, the others text."""

    def __init__(self, content_type: str, folder: Path, wanted: Collection[str], max_bytes: int) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _bad_form("its content type names no boundary")
        self._folder, self._wanted, self._max_bytes = folder, wanted, max_bytes
        self._part = _Part()
        self._header = (bytearray(), bytearray())
        self._parts: list[_Part] = []
        self._field_bytes = 0
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._close,
                "on_end": self._end,
            },
        )

    def feed(self, block: bytes) -> None:
        """Raises a 400 or 413 problem, and `DiskSpaceError`."""
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise _bad_form(str(error).rstrip(".")) from None
        except OSError as error:
            if error.errno not in NO_SPACE_ERRORS:
                raise
            raise DiskSpaceError(
                "The disk of the service is full: the file could not be kept.",
                cure="Free some space, or set DATA_DIR to a folder on another disk.",
            ) from error

    def finish(self) -> Form:
        if not self._ended:
            raise _bad_form("its end is missing")
        fields: dict[str, str] = {}
        files: dict[str, FilePart] = {}
        for part in self._parts:
            if part.name in fields or part.name in files:
                raise invalid([FieldError(field=part.name, message="was given twice")])
            if part.path is None:
                fields[part.name] = _text(part)
            elif part.size or part.file_name:
                files[part.name] = FilePart(part.file_name or part.name, part.path, part.digest.hexdigest(), part.size)
        return Form(fields, files)

    def discard(self) -> None:
        """Removes what nobody has taken."""
        for part in (*self._parts, self._part):
            if part.file is not None:
                part.file.close()
            if part.path is not None:
                part.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        if len(self._parts) >= MAX_PARTS:
            raise _bad_form(f"it has more than {MAX_PARTS} parts")
        self._part = _Part()

    def _end_header(self) -> None:
        name, value = bytes(self._header[0]).lower(), bytes(self._header[1])
        self._header[0].clear()
        self._header[1].clear()
        if name == b"content-disposition":
            options = parse_options_header(value)[1]
            self._part.name = _name(options.get(b"name", b""))
            self._part.file_name = clean_name(_name(options.get(b"filename", b"")))

    def _open(self) -> None:
        if not self._part.name:
            raise _bad_form("a part of it has no name")
        if self._part.name in self._wanted:
            self._part.path = self._folder / f"{PARTIAL_PREFIX}{secrets.token_hex(12)}"
            self._part.file = self._part.path.open("xb")

    def _write(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        part.size += len(piece)
        if part.file is None:
            self._field_bytes += len(piece)
            if self._field_bytes > MAX_FIELD_BYTES:
                raise too_large(MAX_FIELD_BYTES, "The text in the form")
            part.content.extend(piece)
            return
        if part.size > self._max_bytes:
            raise too_large(self._max_bytes, f"The file {part.file_name or part.name}")
        part.file.write(piece)
        part.digest.update(piece)

    def _close(self) -> None:
        part = self._part
        if part.file is not None:
            part.file.flush()
            os.fsync(part.file.fileno())
            part.file.close()
        self._parts.append(part)
        self._part = _Part()

    def _end(self) -> None:
        self._ended = True


@asynccontextmanager
async def received_form(
    request: Request, folder: Path, wanted: Collection[str], max_bytes: int, limiter: CapacityLimiter
) -> AsyncIterator[Form]:
    """The form in the body; its files lie in `folder` inside the block, and what is not moved from there is removed."""
    writer = FormWriter(request.headers["content-type"], folder, wanted, max_bytes)
    try:
        gathered = bytearray()
        async for piece in request.stream():
            gathered.extend(piece)
            if len(gathered) >= BLOCK_BYTES:
                await to_thread.run_sync(writer.feed, bytes(gathered), limiter=limiter)
                gathered.clear()
        await to_thread.run_sync(writer.feed, bytes(gathered), limiter=limiter)
        yield writer.finish()
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(writer.discard)


def clean_name(name: str) -> str:
    """A file's name for messages and labels: its last part, printable, not long."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(character if character.isprintable() else " " for character in last)
    return " ".join(kept.split())[-MAX_NAME:]


def _text(part: _Part) -> str:
    """The text of a field; a file under a name that is no file's need not be any, and is refused by that name."""
    try:
        return part.content.decode("utf-8", "replace" if part.file_name else "strict")
    except UnicodeDecodeError:
        raise HttpProblem(
            400, "BadEncoding", f"The field {part.name} of the form is not UTF-8.", cure="Send UTF-8."
        ) from None


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _bad_form(what: str) -> HttpProblem:
    return HttpProblem(
        400, "BadForm", f"The form cannot be read: {what}.", cure="Send multipart/form-data, as curl -F does."
    )
