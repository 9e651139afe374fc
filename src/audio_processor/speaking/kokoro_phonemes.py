"""From the sounds of espeak-ng to the symbols of Kokoro.

The correspondences are those of misaki 0.9.4 (`espeak.py`, Apache-2.0), with which Kokoro v1.0 was
trained: one table for English, where diphthongs have letters of their own, one for all others.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from audio_processor.speaking.base import SpokenPiece
from audio_processor.speaking.kokoro_script import MARKS, SPACE, Script, ScriptSound, ScriptWord
from audio_processor.spoken_words import Phoneme
from avatar.types import Word
from models.kokoro.symbols import known

Replacements = tuple[tuple[str, str], ...]

SYLLABIC: Final = "\u0329"
NASAL: Final = "\u0303"
AMERICAN: Final = "en-us"
BRITISH: Final = "en-gb"

_ENGLISH: Final[Replacements] = (
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("dʒ", "ʤ"),
    ("eɪ", "A"),
    ("tʃ", "ʧ"),
    ("ɔɪ", "Y"),
    ("əl", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("e", "A"),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    (NASAL, ""),
)
_LAST: Final[Replacements] = (("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"))
_TABLES: Final[dict[str, Replacements]] = {
    AMERICAN: (("oʊ", "O"), *_ENGLISH, ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), *_LAST),
    BRITISH: (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"), *_ENGLISH, *_LAST),
}
_OTHERS: Final[Replacements] = (
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("dz", "ʣ"),
    ("dʒ", "ʤ"),
    ("eɪ", "A"),
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("ss", "S"),
    ("ts", "ʦ"),
    ("tʃ", "ʧ"),
    ("ɔɪ", "Y"),
)
_WRITTEN: Final = {"，": ",", "、": ",", "。": ".", "！": "!", "？": "?", "；": ";", "：": ":", "–": "—", "।": "."}


def symbols_of(phoneme: str, language: str) -> str:
    """Kokoro's symbols for one phoneme as espeak-ng writes it (`ˈaɪ`, `tʃ`), spoken in espeak-ng's `language`."""
    if phoneme.startswith("("):
        return ""
    for old, new in _TABLES.get(language, _OTHERS):
        phoneme = phoneme.replace(old, new)
    if language in _TABLES:
        phoneme = re.sub(rf"(\S){SYLLABIC}", r"ᵊ\1", phoneme)
    return known(phoneme)


def script_of(piece: SpokenPiece, language: str) -> Script:
    """What espeak-ng spoke, for Kokoro to read: its sounds with spaces between words and the marks of the text."""
    phonemes = [phoneme for phoneme in piece.phonemes if not phoneme.symbol.startswith("(")]
    owners = _owners(phonemes, piece.words)
    sounds: list[ScriptSound] = []
    for i, phoneme in enumerate(phonemes):
        symbols = symbols_of(phoneme.symbol, language)
        if i and owners[i] == owners[i - 1] and symbols == "ɹ" and sounds[-1].symbols.endswith("ɹ"):
            symbols = ""
        next_owner = owners[i + 1] if i + 1 < len(phonemes) else len(piece.words)
        passed = piece.words[owners[i] : next_owner] if next_owner > owners[i] else ()
        sounds.append(ScriptSound(symbols + _between(passed, phonemes, i), phoneme.symbol))
    return Script(tuple(sounds), tuple(_placed(piece.words, owners, phonemes)))


def _owners(phonemes: Sequence[Phoneme], words: Sequence[Word]) -> list[int]:
    """The index of the word that each phoneme belongs to, by its middle: the closure of a stop begins too early.

    A pause belongs to the word before it.
    """
    starts = [word.start for word in words]
    found: list[int] = []
    for phoneme in phonemes:
        middle = (phoneme.start + phoneme.end) / 2 if phoneme.symbol else phoneme.start
        index = max(bisect_right(starts, middle) - 1, 0)
        found.append(max(index, found[-1]) if found else index)
    return found


def _between(passed: Sequence[Word], phonemes: Sequence[Phoneme], i: int) -> str:
    """What is written after phoneme `i`: marks and a space where words end there, nothing within a word."""
    at_end, pauses_next = i + 1 == len(phonemes), i + 1 < len(phonemes) and not phonemes[i + 1].symbol
    if pauses_next:
        return ""
    if not passed:
        return ", " if not phonemes[i].symbol and not at_end else ""
    marks = "".join(_marks(word.text) for word in passed) if at_end or not phonemes[i].symbol else ""
    mark = next((mark for mark in reversed(marks)), "," if not phonemes[i].symbol and not at_end else "")
    return mark if at_end else mark + SPACE


def _marks(text: str) -> str:
    """The marks at the end of a written word."""
    written = "".join(_WRITTEN.get(character, character) for character in text)
    body = written.rstrip("".join(MARKS) + "\"'”’»)]}» ")
    return "".join(mark for mark in written[len(body) :] if mark in MARKS)


def _placed(words: Sequence[Word], owners: Sequence[int], phonemes: Sequence[Phoneme]) -> list[ScriptWord]:
    """The words among the sounds; one without a sound of its own lies where its time does."""
    knots = [*(phoneme.start for phoneme in phonemes), phonemes[-1].end] if phonemes else [0.0]
    found = []
    for index, word in enumerate(words):
        own = [i for i, owner in enumerate(owners) if owner == index and phonemes[i].symbol]
        if own:
            found.append(ScriptWord(word.text, own[0], own[-1] + 1))
        else:
            start, end = (float(np.interp(time, knots, range(len(knots)))) for time in (word.start, word.end))
            found.append(ScriptWord(word.text, start, end))
    return found
