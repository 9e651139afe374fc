"""The JSON object in what a language model wrote: in fences, between prose, with a comma too many, or cut off."""

import json
import re
from typing import Any, Final, NamedTuple

from avatar.errors import AvatarError

LONGEST_ANSWER: Final = 100_000
"""Characters; a good answer has some two thousand."""

MOST_STARTS: Final = 8
"""Braces in the prose before the answer that are tried as its beginning."""

CLOSERS: Final = {"{": "}", "[": "]"}
TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],]|[^"{}\[\],]+', re.DOTALL)
THOUGHTS: Final = re.compile(r"<think>.*?</think>", re.DOTALL)


class UnusableAnswerError(AvatarError):
    """Nothing in the answer can be played; the message says what is wrong with it, for the model to mend."""


class Found(NamedTuple):
    """The object, and what had to be done to read it; empty where nothing had."""

    value: dict[str, Any]
    mended: tuple[str, ...]


class _Cut(NamedTuple):
    """One object's text, mended; `end` is where the next character of the answer is."""

    text: str
    end: int
    commas: int
    is_broken_off: bool


def find_object(text: str) -> Found:
    """The first JSON object in the text that can be read. Raises `UnusableAnswerError` where there is none."""
    if len(text) > LONGEST_ANSWER:
        raise UnusableAnswerError(f"The answer has {len(text)} characters; a short JSON object was asked for.")
    text = THOUGHTS.sub("", text)
    start, problem = text.find("{"), "There is no JSON object in the answer."
    for _ in range(MOST_STARTS):
        if start < 0:
            break
        cut = _cut(text, start)
        value, problem = _loaded(cut.text)
        if value is not None:
            return Found(value, tuple(_mended(cut, has_more=bool(text[:start].strip() or text[cut.end :].strip()))))
        start = text.find("{", cut.end)
    raise UnusableAnswerError(problem)


def _mended(cut: _Cut, *, has_more: bool) -> list[str]:
    done = ["text around the JSON was passed over"] if has_more else []
    if cut.commas:
        done.append("commas before closing brackets were passed over")
    if cut.is_broken_off:
        done.append("the answer is broken off; what was whole was read")
    return done


def _loaded(text: str) -> tuple[dict[str, Any] | None, str]:
    """The object, or None and what is wrong with it."""
    try:
        value = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        around = text[max(error.pos - 20, 0) : error.pos + 20]
        return None, f"The answer is not JSON: {error.msg} at character {error.pos}, near {around!r}."
    except (ValueError, RecursionError):
        return None, "The answer is not JSON that can be read: it is nested too deeply, or a number is too long."
    return (value, "") if isinstance(value, dict) else (None, "The answer is not a JSON object.")


def _cut(text: str, start: int) -> _Cut:
    """The object that begins at `start`; one without its end is closed after its last complete list or object."""
    pieces: list[str] = []
    brackets: list[str] = []
    commas = whole = depth = 0
    for token in TOKEN.finditer(text, start):
        piece = token.group()
        if piece in CLOSERS:
            brackets.append(piece)
        elif piece in CLOSERS.values() and brackets:
            commas += _without_comma(pieces)
            brackets.pop()
        pieces.append(piece)
        if not brackets:
            return _Cut("".join(pieces), token.end(), commas, is_broken_off=False)
        if piece in CLOSERS.values():
            whole, depth = len(pieces), len(brackets)
    closing = "".join(CLOSERS[bracket] for bracket in reversed(brackets[:depth]))
    return _Cut("".join(pieces[:whole]) + closing, len(text), commas, is_broken_off=True)


def _without_comma(pieces: list[str]) -> bool:
    """Takes a comma from the end; whether there was one."""
    last = len(pieces) - 1
    while last >= 0 and pieces[last].isspace():
        last -= 1
    if last < 0 or pieces[last] != ",":
        return False
    del pieces[last:]
    return True
