"""Mandarin for Kokoro: words by jieba, pinyin with tones by pypinyin, and the symbols of each syllable.

The symbols are those of misaki 0.9.4 (`transcription.py`, after *pinyin-to-ipa*, MIT), with which Kokoro v1.0 was
trained: IPA, and an arrow for the tone after the vowel. Latin words between are spoken as English.
"""

import importlib.util
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final

from audio_processor.speaking.kokoro_numerals import NUMBER, said_number
from audio_processor.speaking.kokoro_script import MARKS, SPACE, Script, ScriptSound, ScriptWord, joined
from models.kokoro.network import missing_package
from models.kokoro.symbols import known

TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
PACKAGES: Final = ("pypinyin", "rjieba")
HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"

_INITIALS: Final = {
    **{letter: letter for letter in "flmnsʂ"},
    "b": "p",
    "p": "pʰ",
    "d": "t",
    "t": "tʰ",
    "g": "k",
    "k": "kʰ",
    "h": "x",
    "j": "ʨ",
    "q": "ʨʰ",
    "x": "ɕ",
    "z": "ʦ",
    "c": "ʦʰ",
    "zh": "\uab67",
    "ch": "\uab67ʰ",
    "sh": "ʂ",
    "r": "ɻ",
}
_FINALS: Final = {
    "a": "a0",
    "ai": "ai0",
    "an": "a0 n",
    "ang": "a0 ŋ",
    "ao": "au0",
    "e": "ɤ0",
    "ei": "ei0",
    "en": "ə0 n",
    "eng": "ə0 ŋ",
    "i": "i0",
    "ia": "j a0",
    "ian": "j ɛ0 n",
    "iang": "j a0 ŋ",
    "iao": "j au0",
    "ie": "j e0",
    "in": "i0 n",
    "iou": "j ou0",
    "ing": "i0 ŋ",
    "iong": "j ʊ0 ŋ",
    "ong": "ʊ0 ŋ",
    "ou": "ou0",
    "u": "u0",
    "uei": "w ei0",
    "ua": "w a0",
    "uai": "w ai0",
    "uan": "w a0 n",
    "uen": "w ə0 n",
    "uang": "w a0 ŋ",
    "ueng": "w ə0 ŋ",
    "uo": "w o0",
    "o": "w o0",
    "ü": "y0",
    "üe": "ɥ e0",
    "üan": "ɥ ɛ0 n",
    "ün": "y0 n",
}
_WHOLE: Final = {
    "er": "ɚ0",
    "o": "ɔ0",
    "ê": "ɛ0",
    "io": "j ɔ0",
    "m": "m0",
    "n": "n0",
    "ng": "ŋ0",
    "hm": "h m0",
    "hng": "h ŋ0",
}
"""Syllables that are no initial with a final."""

BUZZED: Final = "ɨ0"
"""The vowel of zhi and zi."""

_LIPS: Final = {"ʨ": "tɕ", "ʦ": "ts", "\uab67": "ʈʂ", "ɨ": "ɨ", "ɥ": "ɥ"}
_MARKS_OF: Final = str.maketrans(
    {"、": ",", "，": ",", "。": ".", "．": ".", "！": "!", "：": ":", "；": ";", "？": "?", "～": "…", "–": "—"}
)
_RUN: Final = re.compile(rf"[{HAN}]+|[A-Za-z][A-Za-z'’.\- ]*[A-Za-z']|[A-Za-z]|[^{HAN}A-Za-z]+")

English = Callable[[str], Script]


def script_of_chinese(text: str, english: English) -> Script:
    """What Kokoro is to read for a Chinese `text`; `english` gives the script of the Latin words in it.

    Raises `MissingExtraError` without pypinyin and rjieba.
    """
    for name in PACKAGES:
        if importlib.util.find_spec(name) is None:
            raise missing_package(name)
    parts: list[Script] = []
    end = 0
    for number in NUMBER.finditer(text):
        _read(text[end : number.start()], english, parts)
        parts.append(_words([said_number(number)], [number[0]]))
        end = number.end()
    _read(text[end:], english, parts)
    return joined(parts)


def _read(text: str, english: English, parts: list[Script]) -> None:
    """Puts what a text without numbers says to the end of `parts`."""
    for run in _RUN.findall(text):
        if re.match(rf"[{HAN}]", run):
            words = _cut(run)
            parts.append(_words(words, words))
        elif run[0].isalpha():
            parts.append(_spaced(english(run)))
        elif parts:
            parts[-1] = _marked(parts[-1], run)


def _cut(run: str) -> list[str]:
    import rjieba

    found: list[str] = rjieba.cut(run)
    return found


def _words(said: Sequence[str], written: Sequence[str]) -> Script:
    """Words in Han letters, and how each is written."""
    sounds: list[ScriptSound] = []
    placed: list[ScriptWord] = []
    for spoken, word in zip(said, written, strict=True):
        first = len(sounds)
        for syllable in _pinyin(spoken):
            sounds += syllable_sounds(syllable)
        placed.append(ScriptWord(word, first, len(sounds)))
        if len(sounds) > first:
            sounds[-1] = ScriptSound(sounds[-1].symbols + SPACE, sounds[-1].ipa)
    return Script(tuple(sounds), tuple(placed))


def _pinyin(word: str) -> list[str]:
    """A syllable and the digit of its tone for each character; nothing for one that has no reading."""
    from pypinyin import Style, lazy_pinyin

    found: list[str] = lazy_pinyin(
        word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=True, errors="ignore", tone_sandhi=False
    )
    return found


@lru_cache(maxsize=2048)
def syllable_sounds(syllable: str) -> tuple[ScriptSound, ...]:
    """The sounds of a syllable such as `zhong1` or `lü4`; its last digit is the tone, 5 for none."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    tone, plain = TONES[syllable[-1]], syllable[:-1]
    if plain in _WHOLE:
        return tuple(_sounds(_WHOLE[plain], tone))
    initial, final = to_initials(plain), to_finals(plain, v_to_u=True)
    vowel = BUZZED if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s") else _FINALS[final]
    return (*_sounds(_INITIALS.get(initial, ""), ""), *_sounds(vowel, tone))


def _sounds(written: str, tone: str) -> Iterator[ScriptSound]:
    for part in written.split():
        symbols, plain = part.replace("0", tone), part.removesuffix("0")
        ipa = "".join(_LIPS.get(letter, letter) for letter in plain)
        yield ScriptSound(known(symbols), ipa)


def _spaced(script: Script) -> Script:
    if not script.sounds:
        return script
    last = script.sounds[-1]
    return Script((*script.sounds[:-1], ScriptSound(last.symbols.rstrip() + SPACE, last.ipa)), script.words)


def _marked(script: Script, run: str) -> Script:
    """With the first mark of `run`, what stands between two words, as a pause; it is written behind its word."""
    mark = next((character for character in run.translate(_MARKS_OF) if character in MARKS), "")
    if not mark or not script.sounds:
        return script
    last, word = script.sounds[-1], script.words[-1]
    written = word.text + "".join(takewhile(lambda character: not character.isspace(), run))
    sounds = (
        *script.sounds[:-1],
        ScriptSound(last.symbols.rstrip(SPACE), last.ipa),
        ScriptSound(mark + SPACE, ""),
    )
    return Script(sounds, (*script.words[:-1], ScriptWord(written, word.start, word.end)))
