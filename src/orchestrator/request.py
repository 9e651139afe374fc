"""What is asked of the orchestrator, and the same with every default filled in and every value checked."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from avatar.errors import AudioError, InputError, PortraitError
from avatar.files import file_digest
from avatar.performance import ControlParameters, Performance
from avatar.settings import Settings, parse_fps
from avatar.types import Size
from orchestrator.artifacts import artifact_key

SMALLEST_SIDE: Final = 64
LARGEST_SIDE: Final = 4096
LARGEST_SEED: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A video to make: a picture, and a sound or a text. None takes the default of the settings.

    `controls` are control parameters that replace the director's; `performance` is a whole `Performance` as
    JSON in place of the director's. With `review` the job waits, once the performance is written, until it is
    asked for again with a `performance`.
    """

    image: str | Path
    output: str | Path
    audio: str | Path | None = None
    text: str | None = None
    language: str | None = None
    voice: str | None = None
    fps: str | None = None
    width: int | None = None
    height: int | None = None
    renderer: str | None = None
    director: str | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)
    performance: Mapping[str, Any] | None = None
    seed: int = 0
    review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request, complete: absolute paths, checked values, digests of the input files (empty for text)."""

    image: str
    output: str
    audio: str | None
    text: str | None
    language: str
    voice: str | None
    fps: str
    width: int
    height: int
    renderer: str
    director: str
    controls: dict[str, Any]
    performance: dict[str, Any] | None
    seed: int
    review: bool
    image_digest: str
    audio_digest: str

    @property
    def rate(self) -> Fraction:
        return parse_fps(self.fps)

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    @property
    def sound(self) -> list[str | None]:
        """What makes the sound, wherever it lies."""
        if self.audio:
            return [self.audio_digest]
        return [self.text, self.language, self.voice]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def thread_id(self, settings: Settings) -> str:
        """The identity of the video: the same wherever its inputs and its output lie.

        A job that waits for review keeps its identity whatever performance comes back.
        """
        values = self.to_json()
        for place in ("image", "audio", "output"):
            del values[place]
        if self.review:
            del values["performance"]
        return artifact_key("thread", values, video_settings(settings))

    def is_played_by(self, performance: Mapping[str, Any]) -> bool:
        """Whether that is the performance that the job brings; True where it brings none.

        Without review a job that brings another performance is another job.
        """
        if self.performance is None or not self.review:
            return True
        overridden = Performance.model_validate(self.performance).overridden(self.controls)
        return performance in (self.performance, overridden.model_dump(mode="json"))


def video_settings(settings: Settings) -> dict[str, Any]:
    """The settings that change a video."""
    names = ("chunk_seconds", "video_crf", "video_preset", "audio_bitrate", "min_face_pixels")
    return {name: getattr(settings, name) for name in names}


def complete_job(request: JobRequest, settings: Settings) -> Job:
    """Fills in the defaults. Raises `InputError` or one of its kinds for whatever cannot be used."""
    image = _input_file(request.image, PortraitError, "picture", settings)
    audio = _sound_file(request, settings)
    width, height = _size(request, settings)
    return Job(
        image=str(image),
        output=str(_output(request.output)),
        audio=str(audio) if audio else None,
        text=None if audio else _text(request.text),
        language=request.language or settings.default_language,
        voice=request.voice,
        fps=_fps(request.fps or settings.default_fps),
        width=width,
        height=height,
        renderer=request.renderer or settings.default_renderer,
        director=request.director or settings.default_director,
        controls=_controls(request.controls),
        performance=_performance(request.performance),
        seed=_seed(request.seed),
        review=request.review,
        image_digest=file_digest(image),
        audio_digest=file_digest(audio) if audio else "",
    )


def _input_file(place: str | Path, error: type[InputError], what: str, settings: Settings) -> Path:
    path = Path(place).expanduser().absolute()
    if not path.is_file():
        raise error(f"There is no {what} at {place}.", cure="Give the path of an existing file.")
    megabytes = path.stat().st_size / 1e6
    if megabytes > settings.max_upload_megabytes:
        raise error(
            f"The {what} {place} has {megabytes:.0f} MB; at most {settings.max_upload_megabytes:g} are accepted.",
            cure="Give a smaller file, or raise MAX_UPLOAD_MEGABYTES.",
        )
    if not os.access(path, os.R_OK):
        raise error(f"The {what} {place} may not be read.", cure="Change its permissions.")
    return path


def _sound_file(request: JobRequest, settings: Settings) -> Path | None:
    if (request.audio is None) == (request.text is None):
        given = "neither" if request.audio is None else "both"
        raise AudioError(f"A video needs a sound or a text; {given} was given.", cure="Give exactly one of them.")
    return None if request.audio is None else _input_file(request.audio, AudioError, "sound", settings)


def _text(text: str | None) -> str:
    spoken = (text or "").strip()
    if not spoken:
        raise AudioError("The text to speak is empty.", cure="Give at least one word.")
    return spoken


def _output(place: str | Path) -> Path:
    path = Path(place).expanduser().absolute()
    if path.suffix.lower() != ".mp4":
        raise InputError(f"The output {place} does not end in .mp4.", cure="Give a name such as video.mp4.")
    if path.is_dir():
        raise InputError(f"The output {place} is a folder.", cure="Give the name of a file in it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"No folder can be made for {place}: {error.strerror}.", cure="Choose another.") from None
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"Nothing may be written to {path.parent}.", cure="Choose another folder.")
    return path


def _size(request: JobRequest, settings: Settings) -> tuple[int, int]:
    width = request.width or request.height or settings.default_resolution
    height = request.height or width
    for side in (width, height):
        if side % 2 or not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise InputError(
                f"A video of {width}x{height} pixels cannot be made.",
                cure=f"Both sides are even numbers from {SMALLEST_SIDE} to {LARGEST_SIDE}.",
            )
    return width, height


def _fps(text: str) -> str:
    try:
        return str(parse_fps(str(text)))
    except ValueError as error:
        raise InputError(f"The frame rate cannot be used: {error}.", cure="25 is a good choice.") from None


def _seed(seed: int) -> int:
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"The seed {seed} is outside 0 to {LARGEST_SEED}.", cure="Give a number in that range.")
    return seed


def _controls(controls: Mapping[str, Any]) -> dict[str, Any]:
    known = set(ControlParameters.model_fields)
    if unknown := sorted(set(controls) - known):
        raise InputError(f"There is no control '{unknown[0]}'.", cure=f"There are: {', '.join(sorted(known))}.")
    try:
        values = ControlParameters.model_validate(dict(controls)).model_dump(mode="json")
    except ValidationError as error:
        raise InputError(f"The controls cannot be used: {_first_problem(error)}.", cure="Correct its value.") from None
    return {name: values[name] for name in controls}


def _performance(performance: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if performance is None:
        return None
    try:
        return Performance.model_validate(dict(performance)).model_dump(mode="json")
    except ValidationError as error:
        raise InputError(
            f"The performance cannot be used: {_first_problem(error)}.", cure="Correct that value."
        ) from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where} is {first['input']!r}: {first['msg']}"
