"""Captions as SubRip (.srt) and WebVTT (.vtt) have them, read and written."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from avatar.captions import Cue
from avatar.errors import InputError

CaptionForm = Literal["srt", "vtt"]
CAPTION_FORMS: Final[tuple[CaptionForm, ...]] = ("srt", "vtt")

ARROW: Final = "-->"
VTT_HEAD: Final = "WEBVTT"
TIME: Final = re.compile(r"(?:(\d{1,3}):)?(\d{2}):(\d{2})[,.](\d{1,3})", re.ASCII)
TAG: Final = re.compile(r"</?[A-Za-z0-9][^<>]*>|\{\\[^{}]*\}|<\d+:[\d:.]+>")
"""Markup that players read: `<i>`, `<v Ann>`, karaoke times, and `{\\an8}` of SubRip."""

SKIPPED_BLOCKS: Final = ("NOTE", "STYLE", "REGION")


def write_captions(cues: Sequence[Cue], form: CaptionForm) -> str:
    """The whole file's text; times are rounded to a millisecond."""
    if form == "vtt":
        blocks = [f"{_written(cue, '.')}\n{_escaped(cue.text)}\n" for cue in cues]
        return "\n".join([f"{VTT_HEAD}\n", *blocks])
    return "\n".join(f"{i}\n{_written(cue, ',')}\n{cue.text}\n" for i, cue in enumerate(cues, 1))


def read_captions(text: str) -> tuple[Cue, ...]:
    """The cues of either form, by their starts; without markup, blank cues and blank lines.

    Raises `InputError`, which names the line, where a time cannot be read or ends before it starts.
    """
    is_vtt = text.lstrip("\ufeff").startswith(VTT_HEAD)
    cues = []
    for number, lines in _blocks(text.lstrip("\ufeff")):
        if is_vtt and lines[0].split(" ")[0] in (VTT_HEAD, *SKIPPED_BLOCKS):
            continue
        at = 0 if ARROW in lines[0] else 1
        if len(lines) <= at or ARROW not in lines[at]:
            raise InputError(
                f"Line {number} of the captions belongs to no cue: '{lines[0][:40]}'.",
                cure="Let each cue begin with its times, such as 00:00:01,000 --> 00:00:03,500.",
            )
        start, end = _times(lines[at], number + at)
        if shown := _plain(lines[at + 1 :], is_vtt=is_vtt):
            cues.append(Cue(start, end, shown))
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))


def looks_like_captions(text: str) -> bool:
    """Whether it is meant as a file of captions, and not as the words alone."""
    return text.lstrip("\ufeff").startswith(VTT_HEAD) or ARROW in text


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines between blank ones, with the number of the first of them, from 1."""
    held: list[str] = []
    for number, line in enumerate([*re.split(r"\r\n|\r|\n", text), ""], 1):
        if line.strip():
            held.append(line.strip())
        elif held:
            yield number - len(held), held
            held = []


def _times(line: str, number: int) -> tuple[float, float]:
    before, _, after = line.partition(ARROW)
    start, end = _seconds(before.strip()), _seconds((after.split() or [""])[0])
    if start is None or end is None:
        raise InputError(
            f"Line {number} of the captions has times that cannot be read: '{line[:60]}'.",
            cure="Write them as 00:00:01,000 --> 00:00:03,500.",
        )
    if end <= start:
        raise InputError(
            f"Line {number} of the captions ends at {end:g} s and starts at {start:g} s.",
            cure="Let each cue end after its start.",
        )
    return start, end


def _seconds(text: str) -> float | None:
    found = TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds, parts = found.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(parts.ljust(3, "0"))) / 1000


def _plain(lines: Sequence[str], *, is_vtt: bool) -> str:
    bare = [TAG.sub("", line) for line in lines]
    if is_vtt:
        bare = [html.unescape(line) for line in bare]
    return "\n".join(line for line in (" ".join(line.split()) for line in bare) if line)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start, point)} {ARROW} {_clock(cue.end, point)}"


def _clock(seconds: float, point: str) -> str:
    whole, parts = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{parts:03}"
