"""A request becomes a job: defaults are filled in, and every value is checked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from avatar.errors import AudioError, InputError, PortraitError
from avatar.files import file_digest
from avatar.settings import Settings, parse_fps
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
from orchestrator.presets import Preset, chosen_preset, usual_coding
from orchestrator.ranges import range_notes
from orchestrator.request import Job, JobRequest
from orchestrator.voicing import checked_speaker
from orchestrator.wording import checked_language, checked_transcriber, checked_transcript
from video_processor.backgrounds import plain_background
from video_processor.formats import VIDEO_SUFFIXES, format_of
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE, Framing

LARGEST_SEED: Final = 2**32 - 1
AUTO: Final = "auto"


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
    sample = _voice_sample(request, settings)
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
        speaker=checked_speaker(request, settings),
        voice_sample=str(sample) if sample else None,
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
        voice_digest=digest(sample) if sample else "",
    )


def _sound_file(request: JobRequest, settings: Settings) -> Path | None:
    if (request.audio is None) == (request.text is None):
        given = "neither" if request.audio is None else "both"
        raise AudioError(f"A video needs a sound or a text; {given} was given.", cure="Give exactly one of them.")
    return None if request.audio is None else input_file(request.audio, AudioError, "sound", settings)


def _film(request: JobRequest, settings: Settings) -> Path | None:
    place = request.expression_from
    return None if place is None else input_file(place, InputError, "video", settings)


def _voice_sample(request: JobRequest, settings: Settings) -> Path | None:
    place = request.voice_sample
    if place is None:
        return None
    if request.voice is not None or request.text is None:
        raise InputError(
            "A recording of a voice is for a text, in place of a voice.", cure="Leave it, or the voice, out."
        )
    return input_file(place, AudioError, "recording of the voice", settings)


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
