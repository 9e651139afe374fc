"""Text to speech by espeak-ng, with the time of every word and sound."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from audio_processor.spoken_words import Mark, Phoneme, spoken_phonemes, spoken_words
from avatar.errors import InputError, SynthesisError
from avatar.files import atomic_file
from avatar.types import Word

__all__ = ["Phoneme", "SpokenText", "languages", "speak", "voices"]

MAX_CHARACTERS: Final = 100_000
"""About two hours of English."""

RATE_WPM: Final = 160
PITCH: Final = 45
PITCH_RANGE: Final = 60
WORD_GAP: Final = 1
"""Extra pause between words, in units of 10 ms at the engine's own speed."""

COMMAND: Final = (sys.executable, "-m", "audio_processor.espeak_process")
START_TIMEOUT_SECONDS: Final = 30.0
TIMEOUT_SECONDS_PER_CHARACTER: Final = 0.01
"""espeak-ng takes about 0.1 ms a character; the rest is patience with a busy machine."""

USUAL_DIALECTS: Final = {"en": "en-us", "zh-cn": "cmn", "zh-sg": "cmn", "zh-tw": "cmn", "zh-hk": "yue", "iw": "he"}
EXAMPLES: Final = ("en", "en-gb", "de", "fr", "es", "it", "pt-br", "pl", "ru", "zh", "ja", "hi", "ar")
USUAL_VOICE: Final = "default"
EXAMPLE_VOICES: Final = ("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "Annie", "Andy")


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A text and the sound of it: a mono wav at 22.05 kHz. Times in seconds; `language` is espeak-ng's code."""

    path: Path
    words: tuple[Word, ...]
    phonemes: tuple[Phoneme, ...]
    language: str
    text: str


def languages() -> dict[str, str]:
    """Codes of the languages that can be spoken, and their English names."""
    return {code: name for code, (name, _) in _catalogue()["languages"].items()}


def voices(language: str = "en") -> tuple[str, ...]:
    """Names of the voices that speak `language`; without a name the language's own voice speaks.

    Raises `InputError` for an unknown language.
    """
    language_code(language)
    return tuple(_catalogue()["variants"])


def speak(text: str, *, language: str = "en", voice: str | None = None, folder: Path) -> SpokenText:
    """Speaks `text` into `folder` as `speech.wav`, with the times beside it in `speech.json`.

    The same request gives the same sound; where `folder` holds it finished, it is taken from there.
    `language` is a code such as `en`, `pt-br` or `zh`; `voice` one of `voices()`.

    Raises `InputError` for a text that is empty, too long or not to be spoken and for an unknown language
    or voice, `SynthesisError` where the engine fails, `DiskSpaceError`.
    """
    check_text(text)
    code = language_code(language)
    request = espeak_request(text, code, variant_of(voice))
    wav, times = folder / "speech.wav", folder / "speech.json"
    finished = _finished(wav, times, request)
    if finished is None:
        with atomic_file(wav) as partial:
            reply = _ask({**request, "wav": str(partial)}, _timeout(text))
        finished = interpreted(text, reply)
        with atomic_file(times) as partial:
            partial.write_text(json.dumps({"request": request, **finished}), encoding="utf-8")
    return SpokenText(
        path=wav,
        words=tuple(Word(**word) for word in finished["words"]),
        phonemes=tuple(Phoneme(**phoneme) for phoneme in finished["phonemes"]),
        language=code,
        text=text,
    )


def check_text(text: str) -> None:
    if not any(character.isalnum() for character in text):
        raise InputError(
            f"There is nothing to say in the text {_shown(text)}." if text.strip() else "The text to speak is empty.",
            cure="Give a text with at least one word.",
        )
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The text {_shown(text)} has {len(text):,} characters; at most {MAX_CHARACTERS:,} are spoken at once.",
            cure="Split it into parts.",
        )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line[:37]}...'" if len(line) > 40 else f"'{line}'"


def language_code(language: str) -> str:
    """espeak-ng's code for a language tag: `EN_us` -> `en-us`, `de-AT` -> `de`."""
    known: dict[str, str] = {code.lower(): code for code in _catalogue()["languages"]}
    tag = language.strip().lower().replace("_", "-")
    while tag:
        code = USUAL_DIALECTS.get(tag, tag)
        if code in known:
            return known[code]
        tag = tag.rpartition("-")[0]
    raise InputError(
        f"espeak-ng speaks no language '{language}'.",
        cure=f"Use one of its {len(known)} languages, such as {', '.join(EXAMPLES)}.",
    )


def variant_of(voice: str | None) -> str:
    """espeak-ng's name of a voice; empty for the language's own."""
    if not voice or voice.lower() == USUAL_VOICE:
        return ""
    names: dict[str, str] = {name.lower(): name for name in _catalogue()["variants"]}
    if voice.lower() not in names:
        raise InputError(
            f"espeak-ng has no voice '{voice}'.",
            cure=f"Use one of its {len(names)} voices, such as {', '.join(EXAMPLE_VOICES)}, or leave it out.",
        )
    return names[voice.lower()]


def espeak_request(text: str, code: str, variant: str) -> dict[str, Any]:
    """What the espeak-ng process is asked, but for where the sound goes."""
    identifier = _catalogue()["languages"][code][1]
    return {
        "action": "speak",
        "text": _speakable(text),
        "voice": f"{identifier}+{variant}" if variant else identifier,
        "rate_wpm": RATE_WPM,
        "pitch": PITCH,
        "pitch_range": PITCH_RANGE,
        "word_gap": WORD_GAP,
    }


def _speakable(text: str) -> str:
    """`text` with a space for each character that espeak-ng would take as a command or cannot take at all."""
    return "".join(c if c.isprintable() or c in "\t\n" else " " for c in text)


def _timeout(text: str) -> float:
    return START_TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_CHARACTER * len(text)


def interpreted(text: str, reply: dict[str, Any]) -> dict[str, Any]:
    """The `words` and `phonemes` of the process's reply. Raises `InputError` where nothing was said."""
    phonemes = spoken_phonemes([(symbol, time) for symbol, time in reply["phonemes"]], reply["duration"])
    words = spoken_words(text, [Mark(*mark) for mark in reply["words"]], phonemes)
    if not words:
        raise InputError(
            f"espeak-ng finds nothing to say in the text {_shown(text)}.",
            cure="Check that the text is written in the language given.",
        )
    return {"words": [asdict(word) for word in words], "phonemes": [asdict(phoneme) for phoneme in phonemes]}


def _finished(wav: Path, times: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    if not (wav.exists() and times.exists()):
        return None
    kept: dict[str, Any] = json.loads(times.read_text(encoding="utf-8"))
    return kept if kept["request"] == request else None


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    """`languages`: code -> (name, espeak-ng's file); `variants`: names."""
    return _ask({"action": "voices"}, START_TIMEOUT_SECONDS)


def _ask(request: dict[str, Any], timeout: float) -> dict[str, Any]:
    """The reply of the espeak-ng process."""
    cure = "Try again; if it stays, reinstall with `pip install --force-reinstall espeakng-loader`."
    payload = json.dumps(request).encode()
    try:
        done = subprocess.run(COMMAND, input=payload, capture_output=True, timeout=timeout, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise SynthesisError(f"espeak-ng did not finish within {timeout:.0f} s.", cure=cure) from None
    except OSError as error:
        raise SynthesisError(f"espeak-ng could not be started: {error}.", cure=cure) from error
    if done.returncode != 0:
        detail = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SynthesisError(f"espeak-ng ended with exit status {done.returncode}. {detail}".rstrip(), cure=cure)
    reply: dict[str, Any] = json.loads(done.stdout)
    if "error" in reply:
        raise SynthesisError(f"{reply['error']}.", cure=cure)
    return reply
