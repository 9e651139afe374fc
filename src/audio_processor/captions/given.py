"""A transcript that comes with the request: the words alone, or captions with their times."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_processor.captions.formats import looks_like_captions, read_captions
from audio_processor.spoken_words import UNSPACED
from audio_processor.tts import MAX_CHARACTERS
from avatar.captions import Cue
from avatar.errors import InputError

LATE_SECONDS: Final = 0.5
"""A cue may start so long after the sound's end: files are cut."""

MOST_CHARACTERS_PER_SECOND: Final = 60.0
MOST_LETTERS_PER_SECOND: Final = 20.0
"""Of an alphabet, and of Han letters and kana: three times what the quickest speakers say."""

MOST_BYTES: Final = 4 * MAX_CHARACTERS + 200_000


@dataclass(frozen=True, slots=True)
class GivenTranscript:
    """`text`: the words; `cues`: when they are said, none overlapping, where that was given."""

    text: str
    cues: tuple[Cue, ...] = ()


def read_transcript(content: str) -> GivenTranscript:
    """What the text, SRT or VTT in `content` says. Raises `InputError` where it cannot be used."""
    if looks_like_captions(content):
        cues = _apart(read_captions(content))
        text = "\n".join(cue.text.replace("\n", " ") for cue in cues)
    else:
        cues, text = (), content.lstrip("\ufeff").strip()
    if not any(character.isalnum() for character in text):
        raise InputError("The transcript has no word.", cure="Give the words that are said, or leave it out.")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The transcript has {len(text):,} characters; at most {MAX_CHARACTERS:,} are aligned.",
            cure="Make several videos of it.",
        )
    return GivenTranscript(text, cues)


def decode_transcript(raw: bytes, name: str) -> str:
    """The text of a file. Raises `InputError` for one that is too large, or neither UTF-8 nor UTF-16."""
    if len(raw) > MOST_BYTES:
        raise InputError(f"{name} is too large for a transcript: {len(raw):,} bytes.", cure="Give the words alone.")
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8.", cure="Save it again in that encoding.") from None
    if "\0" in text:
        raise InputError(f"{name} is not a text.", cure="Give a text, SRT or VTT file.")
    return text


def transcript_argument(value: str) -> str:
    """The transcript that a path or the words themselves stand for. Raises `InputError`."""
    if "\n" not in value and len(value) < 1000:
        path = Path(value).expanduser()
        try:
            if path.is_file():
                return decode_transcript(path.read_bytes(), path.name)
        except OSError as error:
            raise InputError(f"{value} cannot be read: {error.strerror}.", cure="Check its permissions.") from None
        if path.suffix.lower() in (".srt", ".vtt", ".txt"):
            raise InputError(f"There is no transcript at {value}.", cure="Give the path of an existing file.")
    return value


def check_fits(given: GivenTranscript, seconds: float) -> None:
    """Raises `InputError` where nobody could say so much in a sound of that length."""
    late = [cue for cue in given.cues if cue.start >= seconds + LATE_SECONDS]
    if late:
        raise InputError(
            f"The transcript is too long for the sound: a cue starts at {late[0].start:.1f} s, and the sound ends at "
            f"{seconds:.1f} s.",
            cure="Give the transcript of this sound.",
        )
    dense = len(UNSPACED.findall(given.text))
    least = dense / MOST_LETTERS_PER_SECOND + (len(given.text) - dense) / MOST_CHARACTERS_PER_SECOND
    if least > seconds:
        raise InputError(
            f"The transcript is too long for the sound: {len(given.text):,} characters cannot be said in "
            f"{seconds:.1f} s.",
            cure="Give the transcript of this sound.",
        )


def _apart(cues: tuple[Cue, ...]) -> tuple[Cue, ...]:
    """Cues that overlap share what they have in common; those that say the same at once are one."""
    kept: list[Cue] = []
    for cue in cues:
        if kept and cue.start < kept[-1].end:
            before = kept.pop()
            if cue.start <= before.start:
                kept.append(Cue(before.start, max(before.end, cue.end), f"{before.text}\n{cue.text}"))
                continue
            kept.append(Cue(before.start, cue.start, before.text))
        kept.append(cue)
    return tuple(kept)
