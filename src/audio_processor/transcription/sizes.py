"""The official Whisper checkpoints by name, and the languages that they know."""

from dataclasses import dataclass
from typing import Final

from avatar.errors import InputError
from models.weights import WeightStore

SIZES: Final = (
    "tiny",
    "tiny.en",
    "base",
    "base.en",
    "small",
    "small.en",
    "medium",
    "medium.en",
    "large-v1",
    "large-v2",
    "turbo",
    "large-v3",
)
"""From the least able to the most; `.en` knows English alone, and that better. Names of openai-whisper."""

ENGLISH_ENDING: Final = ".en"

CODES: Final = [
    "en",
    "zh",
    "de",
    "es",
    "ru",
    "ko",
    "fr",
    "ja",
    "pt",
    "tr",
    "pl",
    "ca",
    "nl",
    "ar",
    "sv",
    "it",
    "id",
    "hi",
    "fi",
    "vi",
    "he",
    "uk",
    "el",
    "ms",
    "cs",
    "ro",
    "da",
    "hu",
    "ta",
    "no",
    "th",
    "ur",
    "hr",
    "bg",
    "lt",
    "la",
    "mi",
    "ml",
    "cy",
    "sk",
    "te",
    "fa",
    "lv",
    "bn",
    "sr",
    "az",
    "sl",
    "kn",
    "et",
    "mk",
    "br",
    "eu",
    "is",
    "hy",
    "ne",
    "mn",
    "bs",
    "kk",
    "sq",
    "sw",
    "gl",
    "mr",
    "pa",
    "si",
    "km",
    "sn",
    "yo",
    "so",
    "af",
    "oc",
    "ka",
    "be",
    "tg",
    "sd",
    "gu",
    "am",
    "yi",
    "lo",
    "uz",
    "fo",
    "ht",
    "ps",
    "tk",
    "nn",
    "mt",
    "sa",
    "lb",
    "my",
    "bo",
    "tl",
    "mg",
    "as",
    "tt",
    "haw",
    "ln",
    "ha",
    "ba",
    "jw",
    "su",
]
"""Languages of the multilingual checkpoints, as `whisper.tokenizer.LANGUAGES` names them; `yue` is large-v3's alone."""

SAME_LANGUAGE: Final = {"cmn": "zh", "yue": "zh", "iw": "he", "nb": "no", "jv": "jw", "fil": "tl", "in": "id"}
"""Codes of espeak-ng and older ones, and what Whisper calls the language."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An official checkpoint: its name and the key of its file in the registry."""

    size: str
    key: str

    @property
    def is_english(self) -> bool:
        return self.size.endswith(ENGLISH_ENDING)


def checkpoint(size: str) -> Checkpoint:
    """Raises `InputError` for a name that is none of `SIZES`."""
    if size not in SIZES:
        raise InputError(f"There is no Whisper checkpoint '{size[:40]}'.", cure=f"Choose one of: {', '.join(SIZES)}.")
    return Checkpoint(size, f"whisper-{size.replace('.', '-')}")


def installed(weights: WeightStore) -> list[Checkpoint]:
    """Those whose files are here, the most able first."""
    known = {file.key for file in weights.files}
    found = [checkpoint(size) for size in reversed(SIZES)]
    return [one for one in found if one.key in known and weights.is_present(one.key)]


def whisper_language(language: str) -> str:
    """Whisper's code for a language tag: `pt-BR` -> `pt`, `cmn` -> `zh`. Raises `InputError` for an unknown one."""
    tag = language.strip().lower().replace("_", "-").partition("-")[0]
    code = SAME_LANGUAGE.get(tag, tag)
    if code not in CODES:
        raise InputError(
            f"Whisper knows no language '{language[:40]}'.",
            cure="Give a code such as en, de, fr, es, zh or ja; or leave it out, and it is recognised.",
        )
    return code
