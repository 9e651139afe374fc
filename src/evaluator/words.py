"""Whether a recogniser hears in a video what was to be said."""

import re
import unicodedata
from typing import Final, Protocol

from avatar.types import AudioClip, Transcript
from evaluator.metrics import NOT_INSTALLED, Values, known, unknown

UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Kana and Han letters, of which each counts as a word."""


class Transcriber(Protocol):
    """Hears words. Without a language it finds out which one it is."""

    def transcribe(self, clip: AudioClip, language: str | None = None) -> Transcript: ...


def heard(clip: AudioClip, text: str | None, language: str | None, transcriber: Transcriber | None) -> Values:
    """The language is right (1) or wrong (0), and the share of words that are wrong, where the text is known."""
    if transcriber is None:
        return dict.fromkeys(("language_correct", "word_error_rate"), unknown(f"a recogniser is {NOT_INSTALLED}"))
    transcript = transcriber.transcribe(clip)
    spoken = unknown("the language is not given")
    if language is not None:
        spoken = known(float(primary(transcript.language) == primary(language)))
    rate = unknown("the text is not given") if text is None else known(word_error_rate(text, transcript.text))
    return {"language_correct": spoken, "word_error_rate": rate}


def primary(language: str) -> str:
    """`pt` of `pt-BR`; Mandarin is `zh`."""
    tag = language.lower().replace("_", "-").partition("-")[0]
    return "zh" if tag in ("cmn", "yue") else tag


def word_error_rate(wanted: str, found: str) -> float:
    """Words that were put in, left out or replaced, over the words wanted (Levenshtein distance); may exceed 1.

    Case, accents' encoding and punctuation do not count. Without a word wanted it is 0 where none was found, else 1.
    """
    reference, hypothesis = words(wanted), words(found)
    if not reference:
        return float(bool(hypothesis))
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, start=1):
        above, row = row, [i]
        for j, other in enumerate(hypothesis, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (word != other)))
    return row[-1] / len(reference)


def words(text: str) -> list[str]:
    """Lower-case words without punctuation; an apostrophe within a word stays."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    spaced = UNSPACED.sub(lambda letter: f" {letter[0]} ", plain)
    kept = "".join(c if c == "'" or unicodedata.category(c)[0] in "LMN" else " " for c in spaced)
    return [word for part in kept.split() if (word := part.strip("'"))]
