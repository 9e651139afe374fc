"""The languages of XTTS v2 and the voices that came with it."""

from typing import Final

from avatar.errors import InputError

MOST_LETTERS: Final = {
    "en": 250,
    "es": 239,
    "zh": 82,
    "fr": 273,
    "de": 253,
    "it": 213,
    "pt": 203,
    "pl": 224,
    "tr": 226,
    "ru": 182,
    "nl": 251,
    "cs": 186,
    "ar": 166,
    "hu": 224,
    "ko": 95,
    "hi": 150,
}
"""Letters that it says at once without breaking off (`char_limits` of coqui-tts), by language."""

READY_VOICES: Final = (
    *("Claribel Dervla", "Daisy Studious", "Gracie Wise", "Tammie Ema", "Alison Dietlinde", "Ana Florence"),
    *("Annmarie Nele", "Asya Anara", "Brenda Stern", "Gitta Nikolina", "Henriette Usha", "Sofia Hellen"),
    *("Tammy Grit", "Tanja Adelina", "Vjollca Johnnie", "Andrew Chipper", "Badr Odhiambo", "Dionisio Schuyler"),
    *("Royston Min", "Viktor Eka", "Abrahan Mack", "Adde Michal", "Baldur Sanjin", "Craig Gutsy", "Damien Black"),
    *("Gilberto Mathias", "Ilkin Urbano", "Kazuhiko Atallah", "Ludvig Milivoj", "Suad Qasim", "Torcull Diarmuid"),
    *("Viktor Menelaos", "Zacharie Aimilios", "Nova Hogarth", "Maja Ruoho", "Uta Obando", "Lidiya Szekeres"),
    *("Chandra MacFarland", "Szofi Granger", "Camilla Holmström", "Lilya Stainthorpe", "Zofija Kendrick"),
    *("Narelle Moon", "Barbora MacLean", "Alexandra Hisakawa", "Alma María", "Rosemary Okafor", "Ige Behringer"),
    *("Filip Traverse", "Damjan Chapman", "Wulf Carlevaro", "Aaron Dreschner", "Kumar Dahl", "Eugenio Mataracı"),
    *("Ferran Simen", "Xavier Hayasaka", "Luis Moray", "Marcos Rudaski"),
)

_OTHER_CODES: Final = {"cmn": "zh"}


def language_of(language: str) -> str:
    """The key of `MOST_LETTERS` for a tag: `EN_us` -> `en`. Raises `InputError` for a language that XTTS has not."""
    tag = language.strip().lower().replace("_", "-").partition("-")[0]
    code = _OTHER_CODES.get(tag, tag)
    if code not in MOST_LETTERS:
        raise InputError(f"XTTS speaks no language '{language}'.", cure=f"It speaks {', '.join(MOST_LETTERS)}.")
    return code
