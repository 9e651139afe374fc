"""From a job that is there, and how another video is to differ from it, to a job for the queue."""

from pathlib import Path
from typing import Any, Final

from api.rest.inputs import about
from api.rest.intake import (
    Input,
    Looks,
    as_json,
    background_of,
    check_ground_and_format,
    check_names,
    look_at,
    named_picture,
)
from api.rest.problems import FieldError, HttpProblem, invalid
from api.rest.routes.review import handed_in_for
from api.rest.schemas import LONGEST_LABEL, RerenderRequest, sides
from api.rest.service import Service
from avatar.errors import ConflictError
from avatar.performance import Performance
from orchestrator.completing import complete_job
from orchestrator.given import checked_direction
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.record import JobRecord, NewJob
from orchestrator.jobs.reviewing import performance_of
from orchestrator.presets import another_preset
from orchestrator.request import JobRequest
from video_processor.formats import FORMATS

SEPARATOR: Final = " · "
ENHANCEMENT: Final = ("enhance", "enhance_strength", "enhance_every", "upscale")
AS_THEY_COME: Final = ("renderer", "director", "framing", "seed", "face", *ENHANCEMENT)
FILES: Final = {"image": "picture", "audio": "sound", "background": "background", "expression_from": "video"}
FROM_NEW: Final = {
    "image": "Give another one as image_path or character.",
    "background": "Give another one as background.",
}
UNDER_WAY: Final = ("queued", "running")


def another_job(service: Service, record: JobRecord, asked: RerenderRequest) -> NewJob:
    """Looks at files, so it is called in a thread.

    Raises problems that name the field, 410 where a file of the job has gone, and `ConflictError` where the job is
    under way.
    """
    _require_rest(record)
    _check_given(asked)
    number = new_id()
    made = FORMATS[asked.format] if asked.format else record.video_format
    values = {**record.request, **_plain_values(asked), **_played(record, asked)}
    values["output"] = str(output_path(service.settings, number, made.suffix))
    values["review"] = asked.review
    values["session_id"] = values.get("session_id") or record.batch
    values["forked_from"] = {"job": record.id, "thread": record.thread_id or ""}
    looks = Looks()
    picture = _picture(service, asked)
    if picture is not None:
        values |= {"image": str(picture.path), "face": asked.face}
    if asked.background is not None:
        values["background"] = background_of(service, asked.background)
    _require_files(values, record)
    if picture is not None or asked.face is not None:
        shown = picture or Input("image_path", Path(values["image"]), record.label.partition(SEPARATOR)[0])
        look_at(service, shown, values["face"], looks)
    request = JobRequest(**values)
    check_ground_and_format(request, made)
    with about("resolution"):
        job = complete_job(request, service.settings, looks.digest)
    check_names(job, service)
    label = record.label if picture is None else SEPARATOR.join([picture.name, *_words_of(record)])
    return NewJob(
        id=number,
        request=as_json(request),
        label=(asked.label or label)[:LONGEST_LABEL],
        character=asked.character if picture is not None else record.character,
    )


def _require_rest(record: JobRecord) -> None:
    if record.status in UNDER_WAY:
        raise ConflictError(
            f"The job {record.id} is {record.status}; another video is made of one that has ended or waits for review.",
            cure="Wait for its end, or cancel it.",
        )


def _check_given(asked: RerenderRequest) -> None:
    """Nothing that would be passed over."""
    wrong = []
    if asked.image_path is not None and asked.character is not None:
        wrong.append(FieldError(field="character", message="was given beside image_path; give one of them"))
    anew = asked.direction is not None or asked.director is not None
    if anew and asked.performance is not None:
        wrong.append(FieldError(field="performance", message="needs no director; leave direction and director out"))
    if asked.review and not anew:
        wrong.append(FieldError(field="review", message="is for a director that is asked anew; give a direction"))
    if wrong:
        raise invalid(wrong)


def _plain_values(asked: RerenderRequest) -> dict[str, Any]:
    """Fields of a `JobRequest` that need no file."""
    values = _with_preset(asked) | {n: value for n in AS_THEY_COME if (value := getattr(asked, n)) is not None}
    if asked.fps is not None:
        values["fps"] = str(asked.fps)
    if asked.resolution is not None:
        values["width"], values["height"] = sides(asked.resolution)
    if asked.direction is not None:
        with about("direction"):
            values["direction"] = checked_direction(asked.direction)
    return values


def _with_preset(asked: RerenderRequest) -> dict[str, Any]:
    """What another preset fills in is no more as in the job."""
    if asked.preset is None:
        return {}
    with about("preset"):
        return another_preset(asked.preset)


def _played(record: JobRecord, asked: RerenderRequest) -> dict[str, Any]:
    """The performance, and the control parameters that go over it.

    Those of the job are in its performance already. Where it has none yet, it is asked of its director again.
    """
    controls = asked.controls.given() if asked.controls else {}
    if asked.direction is not None or asked.director is not None:
        return {"performance": None, "controls": {**record.request.get("controls", {}), **controls}}
    if asked.performance is not None:
        handed_in = handed_in_for(record, asked.performance)
        return {"performance": handed_in.performance, "controls": controls, "direction": ""}
    kept = performance_of(record)
    if kept is None:
        return {"controls": {**record.request.get("controls", {}), **controls}}
    played = Performance.model_validate(kept).overridden(controls)
    return {"performance": played.model_dump(mode="json"), "controls": {}, "direction": ""}


def _require_files(values: dict[str, Any], record: JobRecord) -> None:
    for field, what in FILES.items():
        place = values.get(field)
        if place is None or not Path(place).is_absolute() or Path(place).is_file():
            continue
        raise HttpProblem(
            410,
            "Gone",
            f"The {what} of the job {record.id} has been removed.",
            cure=FROM_NEW.get(field, "Upload it again, and ask for a new job."),
            job_id=record.id,
        )


def _picture(service: Service, asked: RerenderRequest) -> Input | None:
    """Another picture; None where the job's own is taken."""
    found = named_picture(service, asked)
    if found is None or asked.character is None:
        return found
    with about("character"):
        portrait = service.characters.job_request(asked.character, {})["image"]
    return Input("character", Path(portrait), found.name)


def _words_of(record: JobRecord) -> list[str]:
    """What the job's label says of the sound."""
    return record.label.split(SEPARATOR)[1:]
