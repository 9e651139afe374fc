"""What a person gives to direct a video: nothing in it is passed over in silence. All raise `InputError`."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from avatar.errors import InputError
from avatar.performance import NO_MOMENT, ControlParameters, Performance
from video_processor.backgrounds import KEEP, NAMED_COLOURS, TRANSPARENT, plain_background
from video_processor.enhancement.choice import ENHANCES, MOST_EVERY, EnhancementWish
from video_processor.enhancement.upscaling import UPSCALES
from video_processor.footage.film import is_film
from video_processor.formats import VideoFormat
from video_processor.framing import FRAMINGS, Framing

Model = TypeVar("Model", bound=BaseModel)
Known = TypeVar("Known", bound=str)

SHOWN_CHARACTERS: Final = 40
LONGEST_DIRECTION: Final = 500
LONGEST_MARK: Final = 200
MOST_TAGS: Final = 20
"""Of a trace: Langfuse drops what is longer."""

PLAIN_BACKGROUNDS: Final = f"keep, blur, transparent, #rrggbb, {', '.join(NAMED_COLOURS)}"
NOT_OF_KIND: Final = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "tuple_type": "a list",
}
OUT_OF_RANGE: Final = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}
"""Pydantic's names of what may be wrong with a value."""


def checked_controls(controls: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Those controls, each in its range. `source` begins every message."""
    values = _validated(controls, ControlParameters, source).model_dump(mode="json")
    return {name: values[name] for name in controls}


def checked_performance(performance: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A whole performance, each value in its range, complete. `source` begins every message.

    What depends on the sound, such as whether a cue's word exists, is seen to by `director.placing`.
    """
    found = _validated(performance, Performance, source)
    for number, segment in enumerate(found.segments):
        if segment.end <= segment.start:
            raise InputError(
                f"{source}: segments.{number} ends at {segment.end:g} s and starts at {segment.start:g} s.",
                cure="Let each segment end after its start.",
            )
    return found.model_dump(mode="json")


def check_marks(session: str | None, user: str | None, tags: Sequence[str]) -> None:
    """Marks of a job's trace; receivers would drop a wrong one in silence."""
    for name, mark in (("session", session), ("user", user), *(("tag", tag) for tag in tags)):
        if mark is None:
            continue
        if not mark.strip() or not mark.isprintable() or (name != "tag" and not mark.isascii()):
            raise InputError(f"The {name} is empty, or has characters that it cannot have.", cure="Use plain ASCII.")
        if len(mark) > LONGEST_MARK:
            raise InputError(
                f"The {name} has {len(mark)} characters; at most {LONGEST_MARK} are kept.", cure="Give a shorter one."
            )
    if len(tags) > MOST_TAGS:
        raise InputError(f"There are {len(tags)} tags.", cure=f"Give at most {MOST_TAGS}.")


def checked_framing(framing: str) -> Framing:
    """One of `FRAMINGS`."""
    found = next((known for known in FRAMINGS if known == framing), None)
    if found is None:
        raise InputError(
            f"There is no framing '{framing[:SHOWN_CHARACTERS]}'.", cure=f"Choose one of: {', '.join(FRAMINGS)}."
        )
    return found


def checked_face(face: int) -> int:
    """A face's number by size, from 0."""
    if face < 0:
        raise InputError(f"There is no face {face}.", cure="Give 0 for the largest face, 1 for the next, and so on.")
    return face


def checked_background(background: str) -> str:
    """One that needs no picture, as `plain_background` has it."""
    found = plain_background(background)
    if found is None:
        raise InputError(
            f"There is no background '{background[:SHOWN_CHARACTERS]}'.", cure=f"Choose one of: {PLAIN_BACKGROUNDS}."
        )
    return found


def checked_enhancement(
    enhance: str | None, strength: float | None, every: int | None, upscale: str | None
) -> EnhancementWish:
    """What is asked for, with the defaults of what is None."""
    usual = EnhancementWish()
    share = usual.strength if strength is None else strength
    distance = usual.every if every is None else every
    if not 0.0 <= share <= 1.0:
        raise InputError(f"The strength of the enhancement is {share:g}.", cure="Give a number from 0 to 1.")
    if not 1 <= distance <= MOST_EVERY:
        raise InputError(
            f"Faces cannot be restored on every {distance}th frame.", cure=f"Give a number from 1 to {MOST_EVERY}."
        )
    return EnhancementWish(
        _one_of(ENHANCES, enhance or usual.enhance, "enhancement"),
        float(share),
        distance,
        _one_of(UPSCALES, upscale or usual.upscale, "larger size"),
    )


def _one_of(known: Sequence[Known], wanted: str, what: str) -> Known:
    found = next((one for one in known if one == wanted), None)
    if found is None:
        raise InputError(
            f"There is no {what} '{wanted[:SHOWN_CHARACTERS]}'.", cure=f"Choose one of: {', '.join(known)}."
        )
    return found


def check_square(framing: str | None, width: int | None, height: int | None) -> None:
    """Raises `InputError` where a square video is to have sides that are not equal."""
    if framing == "square" and width != height:
        raise InputError(
            f"A square video has no size of {width}x{height} pixels.", cure="Give one side, or the framing portrait."
        )


def check_alpha(background: str, made: VideoFormat) -> None:
    """Raises `InputError` where a transparent video is to be of a format that has no transparency."""
    if background == TRANSPARENT and made.alpha_pixels is None:
        raise InputError(
            f"A video with a transparent background cannot be an {made.name.upper()}.",
            cure="Ask for webm or mov (-o video.webm; the field format of the service), or for another background.",
        )


def check_ground(image: Path, background: str) -> None:
    """Raises `InputError` where a video in place of the picture is to have another background than its own."""
    if background != KEEP and is_film(image):
        raise InputError("A video keeps its own background.", cure="Leave the background out, or give a picture.")


def checked_direction(direction: str) -> str:
    """The direction without the spaces around it."""
    text = direction.strip()
    if len(text) > LONGEST_DIRECTION:
        raise InputError(
            f"The direction has {len(text)} characters; at most {LONGEST_DIRECTION} are read.", cure="Shorten it."
        )
    if not is_unicode(text) or "\0" in text:
        raise InputError("The direction is not in UTF-8.", cure="Give it in that encoding, as plain text.")
    return text


def is_unicode(text: str) -> bool:
    """Whether it has no lone surrogates, which stand for bytes that were no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _validated(content: Mapping[str, Any], kind: type[Model], source: str) -> Model:
    _check(content, kind, source, "")
    try:
        return kind.model_validate(dict(content))
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(error)}.", cure="Correct that value.") from None


def _check(content: Any, kind: Any, source: str, where: str) -> None:
    """Looks for keys that nobody reads and for numbers that are none; the rest is the model's to judge."""
    if get_origin(kind) is tuple and isinstance(content, list | tuple):
        for number, item in enumerate(content):
            _check(item, get_args(kind)[0], source, _joined(where, number))
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(content, Mapping):
        _check_object(content, kind, source, where)
    elif _is_numeric(kind) and isinstance(content, bool | str):
        raise InputError(f"{source}: {where} is {_shown(content)}, not a number.", cure="Correct that value.")
    elif isinstance(content, int | float) and not _is_finite(content):
        raise InputError(f"{source}: {where} is no number that can be used.", cure="Correct that value.")


def _check_object(content: Mapping[str, Any], kind: type[BaseModel], source: str, where: str) -> None:
    known = {name: field.annotation for name, field in kind.model_fields.items()}
    for name, value in content.items():
        if name not in known:
            inside = f" in {where}" if where else ""
            raise InputError(
                f"{source} has an unknown key {_shown(name)}{inside}.",
                cure=f"Its keys may be: {', '.join(known)}.",
            )
        _check(value, known[name], source, _joined(where, name))


def _is_numeric(kind: Any) -> bool:
    return kind in (int, float) or bool({int, float} & set(get_args(kind)))


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    kind, context = first["type"], first.get("ctx", {})
    if kind == "missing":
        return f"{where} is missing"
    if kind == NO_MOMENT:
        return f"{where}.at is missing, and there is no word in its place"
    if kind == "too_long":
        return f"{where} has more than {context['max_length']} entries"
    value = f"{where} is {_shown(first['input'])}"
    if kind in NOT_OF_KIND:
        return f"{value}, not {NOT_OF_KIND[kind]}"
    if kind in OUT_OF_RANGE:
        name, words = OUT_OF_RANGE[kind]
        return f"{value}; it must be {words} {context[name]:g}"
    if kind == "literal_error":
        return f"{value}; it may be {context['expected']}"
    return f"{value}, which cannot be used"


def _shown(value: Any) -> str:
    """The value as JSON has it, short enough for a message."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _joined(where: str, part: str | int) -> str:
    return f"{where}.{part}" if where else str(part)
