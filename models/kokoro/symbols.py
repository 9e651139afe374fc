"""The symbols that Kokoro reads, and their numbers: `vocab` of the official `config.json`."""

from collections.abc import Iterable, Mapping
from typing import Final

VOCABULARY: Final[Mapping[str, int]] = {
    **dict(zip(";:,.!?", range(1, 7), strict=True)),
    **dict(zip('—…"()“” \u0303ʣʥʦʨᵝ\uab67AI', range(9, 26), strict=True)),
    "O": 31,
    "Q": 33,
    "S": 35,
    "T": 36,
    "W": 39,
    "Y": 41,
    "ᵊ": 42,
    **dict(zip("abcdef", range(43, 49), strict=True)),
    **dict(zip("hijklmnopqrstuvwxyz", range(50, 69), strict=True)),
    **dict(zip("ɑɐɒæ", range(69, 73), strict=True)),
    "β": 75,
    "ɔ": 76,
    "ɕ": 77,
    "ç": 78,
    "ɖ": 80,
    "ð": 81,
    "ʤ": 82,
    "ə": 83,
    "ɚ": 85,
    "ɛ": 86,
    "ɜ": 87,
    "ɟ": 90,
    "ɡ": 92,
    "ɥ": 99,
    "ɨ": 101,
    "ɪ": 102,
    "ʝ": 103,
    "ɯ": 110,
    "ɰ": 111,
    "ŋ": 112,
    "ɳ": 113,
    "ɲ": 114,
    "ɴ": 115,
    "ø": 116,
    "ɸ": 118,
    "θ": 119,
    "œ": 120,
    "ɹ": 123,
    "ɾ": 125,
    "ɻ": 126,
    "ʁ": 128,
    "ɽ": 129,
    "ʂ": 130,
    "ʃ": 131,
    "ʈ": 132,
    "ʧ": 133,
    "ʊ": 135,
    "ʋ": 136,
    "ʌ": 138,
    "ɣ": 139,
    "ɤ": 140,
    "χ": 142,
    "ʎ": 143,
    "ʒ": 147,
    "ʔ": 148,
    "ˈ": 156,
    "ˌ": 157,
    "ː": 158,
    "ʰ": 162,
    "ʲ": 164,
    "↓": 169,
    "→": 171,
    "↗": 172,
    "↘": 173,
    "ᵻ": 177,
}
"""Diphthongs of English have capital letters: A (eɪ), I (aɪ), O (oʊ), Q (əʊ), W (aʊ), Y (ɔɪ); T is its tapped t.

The arrows are the tones of Chinese: → the first, ↗ the second, ↓ the third, ↘ the fourth.
"""

SYMBOL_COUNT: Final = 178
"""Rows of the network's table of symbols; some are never used."""

PAD: Final = 0
"""Stands before the first and after the last symbol."""

CONTEXT: Final = 510
"""Symbols in one call, without the two pads."""


def known(symbols: str) -> str:
    """Those of `symbols` that Kokoro reads."""
    return "".join(symbol for symbol in symbols if symbol in VOCABULARY)


def numbers(symbols: Iterable[str]) -> list[int]:
    """The number of each symbol. Raises `KeyError` for one that Kokoro does not read."""
    return [VOCABULARY[symbol] for symbol in symbols]
