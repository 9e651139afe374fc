"""The language that a script gives away."""

import re
from typing import Final

SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")),
    ("ta", re.compile(r"[\u0b80-\u0bff]")),
    ("te", re.compile(r"[\u0c00-\u0c7f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("ka", re.compile(r"[\u10a0-\u10ff]")),
    ("hy", re.compile(r"[\u0530-\u058f]")),
)
"""Of scripts that several languages share, the one with the most speakers; kana comes before Han."""

LEAST_SHARE: Final = 0.2


def language_of(text: str) -> str | None:
    """A code for what is written in a script of its own; None for Latin letters, which many languages share."""
    letters = sum(letter.isalpha() for letter in text)
    for code, script in SCRIPTS:
        if letters and len(script.findall(text)) >= LEAST_SHARE * letters:
            return code
    return None
