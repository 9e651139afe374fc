"""What each sound of speech asks of the lips: IPA letters to Oculus visemes and lip targets.

Openings are the gap between the inner lips, not the drop of the jaw, as a share of the widest vowel:
averages measured on people talking. Visemes follow Meta's *Oculus Lipsync viseme reference*.
"""

import unicodedata
from typing import Final, NamedTuple

LONG_VOWEL_SHARE: Final = 1.6
"""How much longer than a plain letter one with a length mark is, inside one phoneme."""

FIRST_OF_DIPHTHONG_SHARE: Final = 1.5

SPEAKING_WIDTH: Final = 0.4
"""Width of the mouth in sounds that ask for none: a jaw that opens draws the corners in from their rest at 0.5."""


class Articulation(NamedTuple):
    """Lip targets in 0..1: `opening` (1 the widest vowel), `width` (0.5 rest), `rounding`, `closure` (1 pressed).

    `hold` is how firmly `width` and `rounding` are held against the neighbours' (Cohen and Massaro 1993,
    dominance); `is_vowel` tells nuclei from the rest.
    """

    viseme: str
    opening: float
    width: float = SPEAKING_WIDTH
    rounding: float = 0.0
    closure: float = 0.0
    hold: float = 0.3
    is_vowel: bool = False


class Unit(NamedTuple):
    """One letter of a phoneme: its share of the phoneme's time, and whether the syllable is stressed."""

    letter: str
    share: float
    stressed: bool


REST: Final = Articulation("sil", 0.0, 0.5, closure=0.5, hold=0.5)
"""Lips together, not pressed: long silence."""

PARTED: Final = Articulation("sil", 0.3, 0.5, hold=0.5)
"""Lips just apart: a short pause, or the breath before speech."""


def _vowel(viseme: str, opening: float, width: float, rounding: float = 0.0) -> Articulation:
    return Articulation(viseme, opening, width, rounding, hold=1.0, is_vowel=True)


def _spread(letters: dict[str, Articulation]) -> dict[str, Articulation]:
    return {letter: shape for key, shape in letters.items() for letter in key}


ARTICULATIONS: Final[dict[str, Articulation]] = _spread(
    {
        "æ": _vowel("aa", 1.0, 0.5),
        "aä": _vowel("aa", 0.9, 0.46),
        "ɑɐ": _vowel("aa", 0.85, 0.4),
        "ʌ": _vowel("aa", 0.7, 0.4),
        "ɛε": _vowel("E", 0.75, 0.62),
        "e": _vowel("E", 0.6, 0.66),
        "ɪ": _vowel("ih", 0.6, 0.58),
        "i": _vowel("ih", 0.5, 0.72),
        "əɘɤ": _vowel("ih", 0.45, 0.4),
        "ɨɯ": _vowel("ih", 0.4, 0.48),
        "ɜɚɝ": _vowel("RR", 0.45, 0.32, 0.25),
        "œɞɶ": _vowel("oh", 0.4, 0.24, 0.6),
        "ø": _vowel("ou", 0.25, 0.18, 0.75),
        "ɵ": _vowel("ou", 0.3, 0.24, 0.6),
        "yʏʉ": _vowel("ou", 0.12, 0.12, 0.9),
        "ɒ": _vowel("oh", 0.45, 0.28, 0.4),
        "ɔ": _vowel("oh", 0.3, 0.2, 0.65),
        "o": _vowel("oh", 0.2, 0.12, 0.85),
        "ʊ": _vowel("ou", 0.2, 0.2, 0.7),
        "u": _vowel("ou", 0.08, 0.06, 1.0),
        "wʍɥ": Articulation("ou", 0.05, 0.06, 1.0, hold=1.0),
        "pbɓʙ": Articulation("PP", 0.0, closure=1.0, hold=0.2),
        "mɱ": Articulation("PP", 0.0, closure=1.0, hold=0.2),
        "fvɸβʋⱱ": Articulation("FF", 0.05, 0.44, closure=0.75, hold=0.4),
        "θð": Articulation("TH", 0.3, 0.44),
        "tdʈɖɗʇ": Articulation("DD", 0.35, 0.48),
        "szɬɮ": Articulation("SS", 0.45, 0.54, hold=0.6),
        "ʃʒɕʑʂʐɧ": Articulation("CH", 0.35, 0.24, 0.5, hold=0.8),
        "cɟçʝ": Articulation("kk", 0.35, 0.52),
        "j": Articulation("ih", 0.35, 0.62, hold=0.6),
        "nɳɲlɭʎɫɺɴ": Articulation("nn", 0.32, 0.44),
        "ɹɻ": Articulation("RR", 0.2, 0.24, 0.45, hold=0.6),
        "rɾɽ": Articulation("RR", 0.33, 0.4),
        "ʁʀχx": Articulation("kk", 0.45),
        "kgɡqɢɣŋɰʛɠ": Articulation("kk", 0.45, hold=0.2),
    }
)

FOLLOWERS: Final = frozenset("hɦʔħʕʜʢ")
"""Sounds of the throat: the lips are already where the next sound wants them."""

STOPS: Final = frozenset("pbtdkgɡqɢʈɖcɟɓɗɠʛ")
VOICELESS_STOPS: Final = frozenset("ptkqʈc")

_FOLLOWER_ALONE: Final = Articulation("kk", 0.5)
_UNKNOWN: Final = Articulation("kk", 0.4)


def articulation(letter: str) -> Articulation:
    """The lip targets of one IPA letter; a letter that is not in the table gets a neutral half-open mouth."""
    return ARTICULATIONS.get(letter) or (_FOLLOWER_ALONE if letter in FOLLOWERS else _UNKNOWN)


def letters(symbol: str) -> tuple[Unit, ...]:
    """The letters of one phoneme as espeak-ng writes it (`ˈaɪ`, `tʃ`, `ɔːɹ`), with shares that sum to 1.

    Diacritics, tones and tie bars are left out; the first vowel of a diphthong lasts longer than the second.
    A symbol in brackets, which marks a change of language, has none.
    """
    if symbol.startswith("("):
        return ()
    stressed = "ˈ" in symbol
    found: list[tuple[str, float]] = []
    for character in symbol.replace("s.", "ʂ").replace("z.", "ʐ"):
        if character == "ː" and found:
            found[-1] = (found[-1][0], found[-1][1] * LONG_VOWEL_SHARE)
        elif unicodedata.category(character) in ("Ll", "Lo"):
            first = not found and articulation(character).is_vowel
            found.append((character, FIRST_OF_DIPHTHONG_SHARE if first else 1.0))
    total = sum(share for _, share in found)
    return tuple(Unit(letter, share / total, stressed) for letter, share in found)
