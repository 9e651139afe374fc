"""The phones of flite's and festival's voices as IPA letters, which `audio_processor.articulation` knows.

Sources: the phone set definitions of the voices (`radio`, `italian`, `czech`, `catalan`, `msu_ru`, `suo_fi`).
A pause is the empty symbol.
"""

from typing import Final

PAUSES: Final = frozenset({"pau", "h#", "brth", "#", "_", "sil", "ssil"})

RADIO: Final = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "axr": "ɚ", "ay": "aɪ", "b": "b",
    "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "eh": "ɛ", "el": "əl", "em": "m", "en": "ən", "er": "ɝ",
    "ey": "eɪ", "f": "f", "g": "g", "hh": "h", "hv": "h", "ih": "ɪ", "iy": "i", "jh": "dʒ", "k": "k",
    "l": "l", "m": "m", "n": "n", "nx": "n", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ", "s": "s",
    "sh": "ʃ", "t": "t", "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip

ROMANCE: Final = {
    "a": "a", "e": "e", "i": "i", "o": "o", "u": "u", "E": "ɛ", "O": "ɔ", "ax": "ə", "j": "j", "w": "w",
    "p": "p", "t": "t", "k": "k", "b": "b", "d": "d", "g": "g", "f": "f", "s": "s", "z": "z", "v": "v",
    "S": "ʃ", "Z": "ʒ", "tS": "tʃ", "dZ": "dʒ", "ts": "ts", "dz": "dz", "m": "m", "n": "n", "J": "ɲ", "N": "ŋ",
    "ng": "ŋ", "L": "ʎ", "l": "l", "r": "ɾ", "rr": "r", "B": "β", "D": "ð", "G": "ɣ", "F": "ɱ",
}  # fmt: skip

CZECH: Final = {
    "a": "a", "a:": "aː", "e": "ɛ", "e:": "ɛː", "i": "ɪ", "i:": "iː", "o": "o", "o:": "oː", "u": "u",
    "u:": "uː", "p": "p", "b": "b", "t": "t", "d": "d", "t~": "c", "d~": "ɟ", "k": "k", "g": "g", "f": "f",
    "v": "v", "s": "s", "z": "z", "s~": "ʃ", "z~": "ʒ", "ch": "x", "h": "ɦ", "c": "ts", "dz": "dz",
    "c~": "tʃ", "dz~": "dʒ", "m": "m", "n": "n", "n~": "ɲ", "N": "ŋ", "l": "l", "r": "r", "r~": "rʒ",
    "r~*": "rʃ", "j": "j",
}  # fmt: skip

FINNISH: Final = {
    "a": "a", "e": "e", "i": "i", "o": "o", "u": "u", "y": "y", "@": "æ", "7": "ø", "T": "θ", "d": "d",
    "h": "h", "j": "j", "k": "k", "l": "l", "m": "m", "n": "n",
    "N": "ŋ", "p": "p", "r": "r", "s": "s", "t": "t", "v": "v", "b": "b", "f": "f", "g": "g", "S": "ʃ",
}  # fmt: skip

RUSSIAN: Final = {
    "a": "ɐ", "aa": "a", "ae": "a", "ay": "ə", "ur": "ə", "e": "e", "ee": "ɛ", "i": "ɪ", "ii": "i",
    "o": "o", "oo": "o", "u": "ʊ", "uu": "u", "y": "ɨ", "yy": "ɨ", "b": "b", "bb": "bj", "c": "ts",
    "ch": "tʃ", "d": "d", "dd": "d", "f": "f", "ff": "f", "g": "g", "gg": "g", "h": "x", "hh": "x", "j": "j",
    "k": "k", "kk": "k", "l": "l", "ll": "l", "m": "m", "mm": "m", "n": "n", "nn": "n", "p": "p", "pp": "p",
    "r": "r", "rr": "r", "s": "s", "ss": "s", "sch": "ʃ", "sh": "ʃ", "t": "t", "tt": "t", "v": "v",
    "vv": "v", "z": "z", "zz": "z", "zh": "ʒ",
}  # fmt: skip


def symbol(phone: str, phones: dict[str, str]) -> str | None:
    """IPA of a phone, empty for a pause, None where the set lacks it; `a1` is a stressed `a`, `t:` a long `t`."""
    if phone in PAUSES:
        return ""
    stressed = phone.endswith("1")
    bare = phone.rstrip("01")
    found = phones.get(bare)
    if found is None and bare.endswith(":"):
        found = phones.get(bare[:-1])
        found = found + "ː" if found else None
    return f"ˈ{found}" if found and stressed else found
