"""What is asked of the orchestrator, and the same with every default filled in and every value checked."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

from audio_processor.captions.formats import CaptionForm
from avatar.errors import AudioError, ConfigurationError, InputError, PortraitError
from avatar.files import file_digest
from avatar.performance import Performance
from avatar.settings import Settings, parse_fps
from avatar.types import Size
from orchestrator.artifacts import artifact_key
from orchestrator.director.choice import director_identity
from orchestrator.given import (
    PLAIN_BACKGROUNDS,
    SHOWN_CHARACTERS,
    check_alpha,
    check_ground,
    check_marks,
    check_square,
    checked_controls,
    checked_direction,
    checked_enhancement,
    checked_face,
    checked_framing,
    checked_performance,
    is_unicode,
)
from orchestrator.given_files import absolute_path, input_file, kind_of, writable_file
from orchestrator.presets import Coding, Preset, chosen_preset, usual_coding
from orchestrator.ranges import range_notes
from orchestrator.wording import checked_language, checked_transcriber, checked_transcript
from video_processor.backgrounds import TRANSPARENT, plain_background
from video_processor.enhancement.choice import Enhance
from video_processor.enhancement.upscaling import Upscale
from video_processor.formats import FORMATS, VIDEO_SUFFIXES, FormatName, VideoFormat, format_of, in_codec
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE, Framing

LARGEST_SEED: Final = 2**32 - 1
AUTO: Final = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A video to make: a picture, and a sound, a text or an expression. None takes the default of the settings.

    `expression_from` is a film of a person whose face the portrait plays: all of it, with the film's own sound, where
    neither sound nor text is given; else all but the lips.

    `controls` are control parameters that replace the director's; `performance` is a whole `Performance` as
    JSON in place of the director's. With `review` the job waits, once the performance is written, until it is
    asked for again with a `performance`. `framing` is one of `FRAMINGS`; `direction` says in words how to perform.
    `background` is one of `plain_background`, or the path of a picture. The ending of `output` names the format. The
    framing `full` without a width and a height gives the picture's own size.
    `preset` fills in what is left open (size, frame rate, the engine that `auto` begins with, who enhances), and tells
    how the video is encoded.
    `face` counts the picture's faces by size: 0, the default, is the largest.
    `language` is that of the text, or of what is said in the sound. `transcript` tells the words of the sound: the
    text itself, or the content of an SRT or VTT file; without it `transcriber` recognises them, with the most able
    checkpoint that is here up to `transcriber_size`. `captions` are written beside the output; `burn_captions` draws
    them into the picture. `session_id`, `user_id` and `tags` are for the job's trace; they change nothing of the video.
    `enhance` is one of `ENHANCES`, `enhance_strength` in 0..1, `enhance_every` the distance of the frames that a
    network restores, and `upscale`, one of `UPSCALES`, how large the file becomes that is made of the frames.
    `forked_from` names the `thread` whose checkpoint the video begins with, as far as that fits, and the `job` that it
    was.
    """

    image: str | Path
    output: str | Path
    audio: str | Path | None = None
    text: str | None = None
    expression_from: str | Path | None = None
    language: str | None = None
    voice: str | None = None
    fps: str | None = None
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    renderer: str | None = None
    director: str | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)
    performance: Mapping[str, Any] | None = None
    seed: int = 0
    review: bool = False
    framing: str | None = None
    background: str | Path | None = None
    direction: str = ""
    face: int | None = None
    transcript: str | None = None
    transcriber: str | None = None
    transcriber_size: str | None = None
    captions: tuple[CaptionForm, ...] = ()
    burn_captions: bool = False
    forked_from: Mapping[str, str] | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: tuple[str, ...] = ()
    enhance: str | None = None
    enhance_strength: float | None = None
    enhance_every: int | None = None
    upscale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request, complete: absolute paths, checked values, digests of the input files (empty where there is none).

    `width` and `height` are None where the video takes the picture's own, whose `shorter_side` then has so many pixels
    if that is not None. `begin_with` is the engine that `auto` begins with, empty for the best. `background` is one of
    `plain_background`, or the path of a picture, whose digest is `background_digest`. `lips` says what moves them: the
    sound, or the film whose expression is played, which then is the `audio` too. The `language` of a sound is empty
    where nobody said it.
    `given_notes` tell what was out of range in the controls and the performance.
    """

    image: str
    output: str
    audio: str | None
    text: str | None
    expression_from: str | None
    lips: Literal["sound", "expression"]
    language: str
    voice: str | None
    fps: str
    format: FormatName
    width: int | None
    height: int | None
    shorter_side: int | None
    preset: str | None
    coding: Coding
    renderer: str
    begin_with: str
    director: str
    controls: dict[str, Any]
    performance: dict[str, Any] | None
    seed: int
    review: bool
    framing: Framing
    background: str
    direction: str
    face: int
    transcript: str | None
    transcriber: str
    transcriber_size: str
    burn_captions: bool
    enhance: Enhance
    enhance_strength: float
    enhance_every: int
    upscale: Upscale
    given_notes: tuple[str, ...]
    image_digest: str
    audio_digest: str
    background_digest: str
    expression_digest: str

    @property
    def rate(self) -> Fraction:
        return parse_fps(self.fps)

    @property
    def size(self) -> Size | None:
        """None where it is the picture's own."""
        return None if self.width is None or self.height is None else Size(self.width, self.height)

    @property
    def video_format(self) -> VideoFormat:
        return in_codec(FORMATS[self.format], self.coding.codec)

    @property
    def transparent(self) -> bool:
        return self.background == TRANSPARENT

    @property
    def behind(self) -> str:
        """What makes the background, wherever it lies."""
        return self.background_digest or self.background

    @property
    def sound(self) -> list[str | None]:
        """What makes the sound, wherever it lies."""
        if self.audio:
            return [self.audio_digest]
        return [self.text, self.language, self.voice]

    @property
    def words(self) -> list[str | None]:
        """What tells the words of a recording, but for who recognises them."""
        return [self.language, self.transcript] if self.audio else []

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def thread_id(self, settings: Settings) -> str:
        """The identity of the video: the same wherever its inputs and its output lie.

        A job that waits for review keeps its identity whatever performance comes back. Another model is another
        director, and makes another video. Raises `InputError` for a director that there is not, and
        `ConfigurationError` for one that is to be asked and is not set up.
        """
        values = self.to_json()
        for place in ("image", "audio", "expression_from", "output"):
            del values[place]
        values["background"] = self.behind
        if self.review:
            del values["performance"], values["given_notes"]
        if values.get("performance") is None:
            values["directed_by"] = self._directed_by(settings)
        return artifact_key("thread", values, video_settings(settings))

    def _directed_by(self, settings: Settings) -> list[Any]:
        """Whom nobody asks again need not be set up any more."""
        try:
            return director_identity(self.director, settings)
        except ConfigurationError:
            if self.performance is None:
                raise
            return [self.director]

    def is_played_by(self, performance: Mapping[str, Any]) -> bool:
        """Whether that is the performance that the job brings; True where it brings none.

        Without review a job that brings another performance is another job.
        """
        if self.performance is None or not self.review:
            return True
        overridden = Performance.model_validate(self.performance).overridden(self.controls)
        return performance in (self.performance, overridden.model_dump(mode="json"))


def video_settings(settings: Settings) -> dict[str, Any]:
    """The settings that change a video, but for how it is encoded: see `Job.coding`."""
    names = ("chunk_seconds", "min_face_pixels", "puppet_device")
    return {name: getattr(settings, name) for name in names}


def complete_job(request: JobRequest, settings: Settings, digest: Callable[[Path], str] = file_digest) -> Job:
    """Fills in the defaults; `digest` tells that of an input file.

    Raises `InputError` or one of its kinds for whatever cannot be used.
    """
    image = input_file(request.image, PortraitError, "picture", settings)
    film = _film(request, settings)
    own_lips = film is not None and request.audio is None and request.text is None
    audio = film if own_lips else _sound_file(request, settings)
    framing: Framing = "auto" if request.framing is None else checked_framing(request.framing)
    preset = chosen_preset(request.preset)
    width, height = _size(request, settings, framing, preset)
    output = writable_file(request.output, "The output", VIDEO_SUFFIXES)
    background, picture = _background(request.background, settings)
    check_alpha(background, format_of(output))
    check_ground(image, background)
    if request.language is not None:
        _name("language", request.language)
    language = checked_language(request, settings)
    controls, performance = checked_controls(request.controls, "The controls"), _performance(request.performance)
    transcriber, transcriber_size = checked_transcriber(request, settings)
    enhance = request.enhance or (preset.enhance if preset else None)
    wish = checked_enhancement(enhance, request.enhance_strength, request.enhance_every, request.upscale)
    check_marks(request.session_id, request.user_id, request.tags)
    return Job(
        image=str(image),
        output=str(output),
        audio=str(audio) if audio else None,
        text=None if audio else _text(request.text),
        expression_from=str(film) if film else None,
        lips="expression" if own_lips else "sound",
        language=language,
        voice=None if request.voice is None else _name("voice", request.voice),
        fps=_rate(request, settings, preset),
        format=format_of(output).name,
        width=width,
        height=height,
        shorter_side=preset.shorter_side if preset and width is None else None,
        preset=request.preset,
        coding=preset.coding if preset else usual_coding(settings),
        renderer=_renderer(request, settings, preset),
        begin_with=preset.renderer if preset and request.renderer in (None, AUTO) else "",
        director=settings.default_director if request.director is None else request.director,
        controls=controls,
        performance=performance,
        seed=_seed(request.seed),
        review=request.review,
        framing=framing,
        background=background,
        direction=checked_direction(request.direction),
        face=0 if request.face is None else checked_face(request.face),
        transcript=checked_transcript(request),
        transcriber=transcriber,
        transcriber_size=transcriber_size,
        burn_captions=request.burn_captions,
        enhance=wish.enhance,
        enhance_strength=wish.strength,
        enhance_every=wish.every,
        upscale=wish.upscale,
        given_notes=(
            *range_notes(request.controls, controls, "The controls"),
            *range_notes(request.performance, performance, "The performance"),
        ),
        image_digest=digest(image),
        audio_digest=digest(audio) if audio else "",
        background_digest=digest(picture) if picture else "",
        expression_digest=digest(film) if film else "",
    )


def _sound_file(request: JobRequest, settings: Settings) -> Path | None:
    if (request.audio is None) == (request.text is None):
        given = "neither" if request.audio is None else "both"
        raise AudioError(f"A video needs a sound or a text; {given} was given.", cure="Give exactly one of them.")
    return None if request.audio is None else input_file(request.audio, AudioError, "sound", settings)


def _film(request: JobRequest, settings: Settings) -> Path | None:
    place = request.expression_from
    return None if place is None else input_file(place, InputError, "video", settings)


def _text(text: str | None) -> str:
    spoken = (text or "").strip()
    if not spoken:
        raise AudioError("The text to speak is empty.", cure="Give at least one word.")
    if not is_unicode(spoken):
        raise AudioError("The text to speak is not in UTF-8.", cure="Give it in that encoding.")
    if "\0" in spoken:
        raise AudioError("The text to speak has a NUL character.", cure="Leave it out.")
    return spoken


def _name(what: str, value: str) -> str:
    if not value.strip():
        raise InputError(f"The {what} is empty.", cure="Give one, or leave it out.")
    if not is_unicode(value):
        raise InputError(f"The {what} is not in UTF-8.", cure="Give it in that encoding.")
    if "\0" in value:
        raise InputError(f"The {what} has a NUL character.", cure="Leave it out.")
    return value


def _background(wanted: str | Path | None, settings: Settings) -> tuple[str, Path | None]:
    """The background as a `Job` has it, and its picture where it is one."""
    plain = plain_background(str(wanted or "keep"))
    if plain is not None:
        return plain, None
    if kind_of(absolute_path(str(wanted)), InputError, f"The background {wanted}") == "nothing":
        raise InputError(
            f"There is no background '{str(wanted)[-SHOWN_CHARACTERS:]}', and no such file.",
            cure=f"Choose one of: {PLAIN_BACKGROUNDS}; or give the path of a picture.",
        )
    picture = input_file(str(wanted), InputError, "background", settings)
    return str(picture), picture


def _size(
    request: JobRequest, settings: Settings, framing: Framing, preset: Preset | None
) -> tuple[int | None, int | None]:
    """Both are None where the video takes the picture's own."""
    sides = [side for side in (request.width, request.height) if side is not None]
    if not sides and framing == "full":
        return None, None
    usual = preset.sides(framing) if preset else None
    sides = sides or list(usual or [settings.default_resolution])
    width, height = sides[0], sides[-1]
    check_square(framing, width, height)
    for side in (width, height):
        if side % 2 or not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise InputError(
                f"A video of {width}x{height} pixels cannot be made.",
                cure=f"Both sides are even numbers from {SMALLEST_SIDE} to {LARGEST_SIDE}.",
            )
    return width, height


def _rate(request: JobRequest, settings: Settings, preset: Preset | None) -> str:
    if request.fps is not None:
        return _fps(request.fps)
    return preset.fps if preset else _fps(settings.default_fps)


def _renderer(request: JobRequest, settings: Settings, preset: Preset | None) -> str:
    if request.renderer is not None:
        return request.renderer
    return AUTO if preset else settings.default_renderer


def _fps(text: str) -> str:
    try:
        return str(parse_fps(str(text)))
    except ValueError as error:
        raise InputError(f"The frame rate cannot be used: {error}.", cure="25 is a good choice.") from None


def _seed(seed: int) -> int:
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"The seed {seed} is outside 0 to {LARGEST_SEED}.", cure="Give a number in that range.")
    return seed


def _performance(performance: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if performance is None else checked_performance(performance, "The performance")
