"""Files for later requests, kept under the digest of their content."""

from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.rest.check_schemas import EXAMPLE as REPORT
from api.rest.check_schemas import ReportView, report_view
from api.rest.forms import FilePart, Form, received_form
from api.rest.inputs import (
    about,
    confined,
    kept,
    media_ending,
    moving_picture,
    picture_ending,
    portrait_ending,
    sound_info,
)
from api.rest.openapi import body, form_body
from api.rest.problems import PROBLEMS, FieldError, invalid
from api.rest.receiving import (
    FORM_TYPE,
    content_kind,
    wrong_content_type,
)
from api.rest.schemas import DataPath, FaceNumber, UploadKind
from api.rest.service import Current, Service
from video_processor.footage.film import is_film
from video_processor.media_info import video_info

FILE: Final = "file"
ONE_FILE: Final = body(form=form_body(None, {FILE: "The file; its content decides what it is."}, (FILE,)))

EXAMPLE: Final[dict[str, Any]] = {
    "path": "inputs/1f0c.png",
    "kind": "image",
    "bytes": 311_296,
    "sha256": "1f0c" * 16,
    "width": 512,
    "height": 600,
    "duration": None,
    "has_sound": None,
    "face": {"x": 0.3262, "y": 0.2193, "w": 0.3699, "h": 0.3385},
    "faces": [{"x": 0.3262, "y": 0.2193, "w": 0.3699, "h": 0.3385}],
    "notes": [],
    "report": {**REPORT, "picture_url": None},
}

router = APIRouter(prefix="/api/v1/upload", tags=["files"], responses=PROBLEMS)


class Face(BaseModel):
    """The face's box, as shares of the picture's sides."""

    x: float
    y: float
    w: float
    h: float


class UploadView(BaseModel):
    """A file that was kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    path: str = Field(
        description="For `image_path`, `audio_path`, `expression_path` or `background`.", examples=["inputs/1f0c.png"]
    )
    kind: UploadKind
    bytes: int = Field(ge=0)
    sha256: str = Field(examples=["1f0c" * 16])
    width: int | None = Field(None, description="Pixels.")
    height: int | None = None
    duration: float | None = Field(None, description="Seconds, where the file says.")
    has_sound: bool | None = Field(None, description="Whether a `video` brings a sound; null for other kinds.")
    face: Face | None = Field(None, description="Where the face is that would be animated.")
    faces: list[Face] = Field([], description="All faces, largest first: `face` in a request is an index of these.")
    notes: list[str] = Field(default_factory=list, description="What the user should know.")
    report: ReportView | None = Field(None, description="How well the picture's largest face will animate.")


@router.post("/{kind}", status_code=201, openapi_extra=ONE_FILE)
async def upload(
    kind: Annotated[UploadKind, Path(description="What the file is to be.")], request: Request, service: Current
) -> UploadView:
    """Keep a file. A picture, which may be a video, is looked at: without a face that can be animated it is refused.

    A `background` is any picture.
    """
    if content_kind(request) != FORM_TYPE:
        raise wrong_content_type(request, FORM_TYPE)
    limit = int(service.settings.max_upload_megabytes * 1e6)
    folder = service.settings.data_dir / "inputs"
    async with received_form(request, folder, (FILE,), limit, service.heavy) as form:
        part = _only_file(form)
        return await to_thread.run_sync(_keep, service, kind, part, limiter=service.heavy)


@router.get("/check")
async def check_upload(
    service: Current,
    image_path: Annotated[DataPath, Query(description="A picture or video, as the upload answered it.")],
    face: Annotated[FaceNumber, Query(description="Of several faces, by size: 0 is the largest.")] = 0,
) -> ReportView:
    """Look closely at one face of a picture that was uploaded: what is well, what is not, and what to change."""
    return await to_thread.run_sync(_checked, service, image_path, face, limiter=service.heavy)


def _checked(service: Service, image_path: str, face: int) -> ReportView:
    path = confined(image_path, service.settings, "image_path")
    portrait_ending(path, path.name, service.settings)
    return report_view(service.desk.report(path, path.name, face), face)


def _only_file(form: Form) -> FilePart:
    wrong = [FieldError(field=name, message="there is no such field") for name in form.fields]
    if FILE not in form.files:
        wrong.append(FieldError(field=FILE, message="the file is missing"))
    if wrong:
        raise invalid(wrong)
    return form.files[FILE]


def _keep(service: Service, kind: UploadKind, part: FilePart) -> UploadView:
    settings = service.settings
    known: dict[str, Any] = {}
    if kind == "image":
        ending = portrait_ending(part.path, part.name, settings)
        with about(FILE, part.path, part.name):
            seen = service.desk.look(part.path)
        places = [Face(x=x, y=y, w=w, h=h) for x, y, w, h in (seen.face, *seen.faces)]
        known = {"width": seen.width, "height": seen.height, "notes": list(seen.notes)}
        known["face"], *known["faces"] = places
        known["report"] = report_view(service.desk.report(part.path, part.name), 0)
        if is_film(part.path):
            known["duration"] = video_info(part.path).duration
    elif kind == "background":
        ending = picture_ending(part.path, part.name, settings, kind)
    elif kind == "audio":
        ending = media_ending(part.name, "sound")
        known["duration"] = sound_info(part.path, part.name, settings, FILE).duration
    else:
        ending = media_ending(part.name, "video")
        found = moving_picture(part.path, part.name)
        known = {"duration": found.duration, "width": found.size.width, "height": found.size.height}
        known["has_sound"] = found.audio_duration is not None
    path = kept(part, ending, settings)
    return UploadView(path=f"inputs/{path.name}", kind=kind, bytes=part.size, sha256=part.digest, **known)
