"""From what a client asks for to a job for the queue: all that can be known to be wrong is refused here."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from api.rest.drawing_engines import named_engine
from api.rest.forms import FilePart
from api.rest.inputs import (
    about,
    about_face,
    about_files,
    confined,
    film_info,
    kept,
    media_ending,
    picture_ending,
    portrait_ending,
    sound_info,
    unusable,
)
from api.rest.problems import FieldError, invalid
from api.rest.schemas import LONGEST_LABEL, JobSpec, RerenderRequest, sides
from api.rest.service import Service
from api.rest.speakers import check_speaker
from api.rest.wording import check_words, words_given
from avatar.errors import InputError
from avatar.files import file_digest
from models.hardware import hardware_of
from models.weights import WeightStore
from orchestrator.choosing import wants_of
from orchestrator.completing import complete_job
from orchestrator.director.choice import check_director
from orchestrator.enhancing import require_checkpoint
from orchestrator.given import (
    check_alpha,
    check_ground,
    check_marks,
    check_square,
    checked_background,
    checked_direction,
    checked_performance,
)
from orchestrator.jobs.names import UPLOAD_FORM, new_id, output_path
from orchestrator.jobs.record import NewJob
from orchestrator.presets import chosen_preset
from orchestrator.request import Job, JobRequest
from orchestrator.voicing import batch_speaker, speaker_for
from video_processor.backgrounds import KEEP, plain_background
from video_processor.formats import FORMATS, VideoFormat
from video_processor.hybrid_generator import choose, engines

LABEL_WORDS: Final = 8


@dataclass(slots=True)
class Looks:
    """What was looked at already: a batch names the same files again and again. `faces` looks for a face too."""

    faces: bool = True
    pictures: set[tuple[Path, int | None]] = field(default_factory=set)
    sounds: set[Path] = field(default_factory=set)
    films: set[tuple[Path, bool]] = field(default_factory=set)
    digests: dict[Path, str] = field(default_factory=dict)

    def digest(self, path: Path) -> str:
        if path not in self.digests:
            self.digests[path] = file_digest(path)
        return self.digests[path]


@dataclass(frozen=True, slots=True)
class Input:
    """A file to work with: the field it came in, and the name that people know it by."""

    field: str
    path: Path
    name: str


def new_job(
    service: Service,
    spec: JobSpec,
    files: Mapping[str, FilePart] | None = None,
    *,
    batch: str | None = None,
    looks: Looks | None = None,
) -> NewJob:
    """Reads files and looks at the portrait, so it is called in a thread. Raises problems that name the field."""
    files, looks = files or {}, looks or Looks()
    _check_given(spec, files)
    number = new_id()
    made = FORMATS[spec.format or "mp4"]
    values = _plain_values(spec) | {"output": str(output_path(service.settings, number, made.suffix))}
    values["background"] = _background(service, spec, files)
    sound = _sound(service, spec, files, looks)
    if sound is not None:
        values["audio"] = str(sound.path)
    film = _film(service, spec, files, looks)
    heard = sound or (film if spec.text is None else None)
    words = words_given(spec, files)
    check_words(service, spec, words, None if heard is None else heard.path)
    values |= words
    if film is not None:
        values["expression_from"] = str(film.path)
    picture = _picture(service, spec, files)
    if spec.character is None:
        values["image"] = str(picture.path)
        look_at(service, picture, spec.face, looks)
    else:
        values = as_character(service, spec.character, values)
        if spec.face is not None:
            look_at(service, Input("character", Path(values["image"]), picture.name), spec.face, looks)
    request = JobRequest(**values)
    check_ground_and_format(request, made, "background_image" if "background_image" in files else "background")
    with about("tags"):
        check_marks(request.session_id, request.user_id, request.tags)
    check_names(complete_job(request, service.settings, looks.digest), service)
    label = spec.label or f"{picture.name} · {_words(spec.text) if heard is None else heard.name}"
    return NewJob(
        id=number, request=as_json(request), label=label[:LONGEST_LABEL], batch=batch, character=spec.character
    )


def _check_given(spec: JobSpec, files: Mapping[str, FilePart]) -> None:
    """One picture, one sound, and nothing that would be passed over."""
    pictures = [name for name in ("image_path", "character") if getattr(spec, name) is not None]
    sounds = [name for name in ("audio_path", "text") if getattr(spec, name) is not None]
    films = [*(["expression_path"] if spec.expression_path else []), *(["expression"] if "expression" in files else [])]
    sounds += ["audio"] if "audio" in files else []
    wrong = [
        *_exactly_one([*pictures, *(["image"] if "image" in files else [])], "image_path", "a picture"),
        *_exactly_one(sounds or films[:1], "audio_path", "a sound or a text"),
        *_exactly_one(films or ["nothing"], "expression_path", "a video"),
    ]
    if spec.background is not None and "background_image" in files:
        wrong.append(FieldError(field="background_image", message="was given beside background; give one of them"))
    if spec.text is None:
        spoken = [name for name in ("voice", "speaker") if getattr(spec, name) is not None]
        wrong += [FieldError(field=name, message="is for a text, and none was given") for name in spoken]
    if wrong:
        raise invalid(wrong)


def check_ground_and_format(request: JobRequest, made: VideoFormat, field: str = "background") -> None:
    """Raises a problem of that `field`, or of the format, where the picture, the background and it do not fit."""
    with about("format"):
        check_alpha(str(request.background), made)
    with about(field):
        check_ground(Path(request.image), str(request.background or KEEP))


def _exactly_one(given: list[str], usual: str, what: str) -> list[FieldError]:
    if not given:
        other = "character or the file image" if usual == "image_path" else "text, the file audio or expression_path"
        return [FieldError(field=usual, message=f"{what} is missing; give {usual}, {other}")]
    return [FieldError(field=name, message=f"was given beside {given[0]}; give one of them") for name in given[1:]]


def _plain_values(spec: JobSpec) -> dict[str, Any]:
    """Fields of a `JobRequest` that need no file."""
    with about("direction"):
        direction = checked_direction(spec.direction)
    with about("performance"):
        if spec.performance is not None:
            checked_performance(spec.performance, "The performance")
    with about("preset"):
        chosen_preset(spec.preset)
    width, height = (None, None) if spec.resolution is None else sides(spec.resolution)
    with about("resolution"):
        check_square(spec.framing, width, height)
    return {
        "text": spec.text,
        "language": spec.language,
        "voice": spec.voice,
        "speaker": spec.speaker,
        "fps": None if spec.fps is None else str(spec.fps),
        "width": width,
        "height": height,
        "preset": spec.preset,
        "renderer": spec.renderer,
        "director": spec.director,
        "direction": direction,
        "framing": spec.framing,
        "face": spec.face,
        "controls": spec.controls.given() if spec.controls else {},
        "performance": spec.performance,
        "seed": spec.seed,
        "review": spec.review,
        "session_id": spec.session_id,
        "user_id": spec.user_id,
        "tags": tuple(spec.tags),
        "enhance": spec.enhance,
        "enhance_strength": spec.enhance_strength,
        "enhance_every": spec.enhance_every,
        "upscale": spec.upscale,
    }


def _picture(service: Service, spec: JobSpec, files: Mapping[str, FilePart]) -> Input:
    if (there := named_picture(service, spec)) is not None:
        return there
    part = files["image"]
    ending = portrait_ending(part.path, part.name, service.settings)
    return Input("image", kept(part, ending, service.settings), part.name)


def named_picture(service: Service, spec: JobSpec | RerenderRequest) -> Input | None:
    """The picture of a character, or one in the data folder; None where neither is named. Raises problems."""
    if spec.character is not None:
        with about("character"):
            found = service.characters.get(spec.character)
        return Input("character", Path(found.portrait), found.name)
    if spec.image_path is not None:
        return Input("image_path", named(service, spec.image_path, "image_path"), _last(spec.image_path))
    return None


def _background(service: Service, spec: JobSpec, files: Mapping[str, FilePart]) -> str | None:
    part = files.get("background_image")
    if part is not None:
        ending = picture_ending(part.path, part.name, service.settings, "background")
        return str(kept(part, ending, service.settings))
    return None if spec.background is None else background_of(service, spec.background)


def background_of(service: Service, background: str) -> str:
    """One of `plain_background`, or the path of a picture. Raises problems of the field `background`."""
    if (plain := plain_background(background)) is not None:
        return plain
    if not Path(background).suffix:
        with about("background"):
            return checked_background(background)
    path = named(service, background, "background")
    picture_ending(path, _last(background), service.settings, "background")
    return str(path)


def named(service: Service, place: str, field: str) -> Path:
    """A file in DATA_DIR. To name an upload is to use it: one that lay there for long is not unused now."""
    path = confined(place, service.settings, field)
    if path.parent == service.settings.data_dir.resolve() / "inputs" and UPLOAD_FORM.fullmatch(path.name):
        with suppress(FileNotFoundError, PermissionError):
            os.utime(path)
    return path


def look_at(service: Service, picture: Input, face: int | None, looks: Looks) -> None:
    if (picture.path, face) in looks.pictures:
        return
    portrait_ending(picture.path, picture.name, service.settings)
    if looks.faces:
        with about(picture.field, picture.path, picture.name), about_face(picture.name, picture.path):
            service.desk.look(picture.path, face or 0)
    looks.pictures.add((picture.path, face))


def _sound(service: Service, spec: JobSpec, files: Mapping[str, FilePart], looks: Looks) -> Input | None:
    """None where a text is spoken, or a video brings the sound."""
    if spec.text is not None:
        _check_speakable(service, spec)
        return None
    if spec.audio_path is not None:
        path = named(service, spec.audio_path, "audio_path")
        sound = Input("audio_path", path, _last(spec.audio_path))
        if path not in looks.sounds:
            sound_info(path, sound.name, service.settings, sound.field)
            looks.sounds.add(path)
        return sound
    if "audio" not in files:
        return None
    part = files["audio"]
    sound_info(part.path, part.name, service.settings, "audio")
    return Input("audio", kept(part, media_ending(part.name, "sound"), service.settings), part.name)


def _film(service: Service, spec: JobSpec, files: Mapping[str, FilePart], looks: Looks) -> Input | None:
    """The video whose expression is played; it must have a sound where there is no other."""
    silent = spec.text is not None or spec.audio_path is not None or "audio" in files
    if spec.expression_path is not None:
        path = named(service, spec.expression_path, "expression_path")
        film = Input("expression_path", path, _last(spec.expression_path))
        if (path, silent) not in looks.films:
            film_info(path, film.name, service.settings, film.field, silent=silent)
            looks.films.add((path, silent))
        return film
    if "expression" not in files:
        return None
    part = files["expression"]
    film_info(part.path, part.name, service.settings, "expression", silent=silent)
    return Input("expression", kept(part, media_ending(part.name, "video"), service.settings), part.name)


def _check_speakable(service: Service, spec: JobSpec) -> None:
    if not any(character.isalnum() for character in spec.text or ""):
        raise unusable("text", InputError("The text has no word to say.", cure="Give at least one word."))
    if spec.character is None or spec.speaker is not None:
        wish = spec.speaker or batch_speaker(service.settings)
        check_speaker(service, speaker=wish, language=spec.language, voice=spec.voice)


def as_character(service: Service, character: str, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in values.items() if value not in (None, "", {})}
    with about("character"):
        return service.characters.job_request(character, known)


def check_names(job: Job, service: Service) -> None:
    with about_files("speaker"):
        speaker_for(job, service.settings)
    weights, hardware = WeightStore.of(service.settings), hardware_of(service.settings)
    with named_engine():
        choose(job.renderer, engines(weights, hardware), weights, wants=wants_of(job), hardware=hardware)
    with about_files("enhance"):
        require_checkpoint(job, weights)
    with about("director"):
        check_director(job.director, service.settings, is_asked=job.performance is None)


def as_json(request: JobRequest) -> dict[str, Any]:
    """Without what says nothing, so that a table holds little."""
    values = asdict(request)
    usual = {known.name: known.default for known in fields(JobRequest)}
    return {name: value for name, value in values.items() if value != usual[name] and value != {}}


def _last(path: str) -> str:
    """The file's own name; an uploaded one is called by the start of its digest."""
    name = Path(path).name
    return f"{name[:8]}{Path(name).suffix}" if re.match(r"[0-9a-f]{64}\.", name) else name


def _words(text: str | None) -> str:
    words = (text or "").split()
    shown = " ".join(words[:LABEL_WORDS])
    return shown if len(words) <= LABEL_WORDS else f"{shown} …"
