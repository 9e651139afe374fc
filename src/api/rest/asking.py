"""A request for one video, in JSON or as a form, up to its place in the queue."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic

from anyio import to_thread
from fastapi import Request

from api.rest.forms import FilePart, received_form
from api.rest.intake import new_job
from api.rest.openapi import body, form_body, json_body
from api.rest.receiving import (
    FORM_TYPE,
    JSON_TYPE,
    Model,
    content_kind,
    parse_json,
    parse_texts,
    wrong_content_type,
)
from api.rest.schemas import GenerateRequest, JobSpec
from api.rest.service import Service
from orchestrator.jobs.record import JobRecord

FORM_FILES: Final = {
    "image": "The portrait: JPEG, PNG, WebP, TIFF, BMP or GIF.",
    "background_image": "A picture to lie behind the person, in place of `background`.",
    "audio": "The speech: WAV, MP3, FLAC, OGG, M4A or another sound, or a video with sound.",
    "transcript_file": "The words of the sound: a text, SRT or WebVTT file.",
    "expression": "A video of a person whose expression is played.",
}
EXAMPLES: Final = {
    "files": {"image_path": "inputs/me.png", "audio_path": "inputs/speech.wav", "resolution": 512, "wait": 60},
    "text": {"character": "grace-hopper", "text": "Good morning!", "language": "en", "voice": "f2"},
    "cut out": {"character": "grace-hopper", "text": "Hello!", "background": "transparent", "format": "webm"},
    "directed": {
        "character": "grace-hopper",
        "text": "Good morning!",
        "direction": "cheerful, nods a lot",
        "controls": {"smile": 0.4, "head_motion": 0.2},
        "fps": "30000/1001",
        "resolution": "1280x720",
        "seed": 7,
    },
}
ONE_VIDEO: Final = body(json=json_body(GenerateRequest, EXAMPLES), form=form_body(GenerateRequest, FORM_FILES))
"""The bodies of a request for one video, for OpenAPI."""


@dataclass(frozen=True, slots=True)
class Given(Generic[Model]):
    """What came: the fields, and the files of a form, which are there while the request is read."""

    spec: Model
    files: Mapping[str, FilePart]


@asynccontextmanager
async def received(request: Request, service: Service, model: type[Model]) -> AsyncIterator[Given[Model]]:
    """The body as that model. Raises problems."""
    kind = content_kind(request)
    if kind == JSON_TYPE:
        content = await request.body()
        yield Given(await _in_thread(service, parse_json, model, content), {})
    elif kind == FORM_TYPE:
        limit = int(service.settings.max_upload_megabytes * 1e6)
        folder = service.settings.data_dir / "inputs"
        async with received_form(request, folder, FORM_FILES, limit, service.heavy) as form:
            yield Given(await _in_thread(service, parse_texts, model, form.fields), form.files)
    else:
        raise wrong_content_type(request, JSON_TYPE, FORM_TYPE)


async def queue_one(service: Service, spec: JobSpec, files: Mapping[str, FilePart]) -> JobRecord:
    """The job, waiting. Raises problems and `QueueFullError`."""
    job = await _in_thread(service, new_job, service, spec, files)
    [record] = await to_thread.run_sync(service.dispatch.submit, [job])
    return record


async def _in_thread(service: Service, call: Any, *arguments: Any) -> Any:
    return await to_thread.run_sync(call, *arguments, limiter=service.heavy)
