"""A font for the letters that captions have, among those of the system."""

import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from avatar.errors import ConfigurationError

FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
ENDINGS: Final = frozenset({".ttf", ".otf", ".ttc"})

PREFERRED: Final = (
    "NotoSans-Medium",
    "NotoSans-Regular",
    "DejaVuSans",
    "arial",
    "Helvetica",
    "LiberationSans-Regular",
    "NotoSansCJK-Regular",
    "NotoSansCJKsc-Regular",
    "SourceHanSansSC-Regular",
    "msyh",
    "PingFang",
    "Hiragino",
    "simhei",
    "wqy-zenhei",
    "wqy-microhei",
    "DroidSansFallback",
    "FreeSans",
)
"""Plain ones first; a font whose name begins so is looked at before all others."""

MOST_FONTS: Final = 300
"""How many are looked at for letters that the preferred ones lack."""

TRIAL_SIZE: Final = 24
NONCHARACTERS: Final = ("\uffff", "\U0010ffff")
"""No font has a picture for these: what is drawn is the sign for a missing letter."""


@dataclass(frozen=True, slots=True)
class CaptionFont:
    """`path` is empty for Pillow's own font, which has plain Latin letters alone; `lacking` have no picture in it."""

    path: str
    lacking: str = ""

    @property
    def name(self) -> str:
        return Path(self.path).stem or "Pillow's own"


def caption_font(text: str, wanted: Path | None = None) -> CaptionFont:
    """The first font that has every letter of `text`, else the one that lacks the fewest; `wanted` where it is given.

    Raises `ConfigurationError` where `wanted` cannot be used.
    """
    letters = "".join(sorted({letter for letter in text if _is_drawn(letter)}))
    if wanted is not None:
        return CaptionFont(str(wanted), _lacking(_wanted(wanted), letters))
    best = CaptionFont("", _lacking(_own(TRIAL_SIZE), letters))
    for path in _fonts():
        font = _loaded(path)
        found = CaptionFont(path, _lacking(font, letters)) if font else best
        if not found.lacking:
            return found
        if len(found.lacking) < len(best.lacking):
            best = found
    return best


def open_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels."""
    return ImageFont.truetype(path, size) if path else _own(size)


def _wanted(path: Path) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(str(path), TRIAL_SIZE)
    except OSError as error:
        raise ConfigurationError(
            f"CAPTION_FONT {path} cannot be used: {error}.", cure="Let it name a .ttf, .otf or .ttc file."
        ) from None


def _own(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ConfigurationError("This Pillow has no FreeType, which draws captions.", cure="Install Pillow's wheel.")
    return font


def _is_drawn(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter)[0] not in "CM"


def _lacking(font: ImageFont.FreeTypeFont, letters: str) -> str:
    missing = {_picture(font, letter) for letter in NONCHARACTERS}
    return "".join(letter for letter in letters if _picture(font, letter) in missing)


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter, mode="L")
    return mask.size, bytes(mask)


def _loaded(path: str) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(path, TRIAL_SIZE)
    except OSError:
        return None


@lru_cache(maxsize=1)
def _fonts() -> tuple[str, ...]:
    """Font files of the system, the preferred ones first."""
    found = [path for folder in _folders() for path in folder.rglob("*") if path.suffix.lower() in ENDINGS]
    return tuple(str(path) for path in sorted(found, key=_rank)[:MOST_FONTS])


def _folders() -> Iterable[Path]:
    for place in FOLDERS:
        if place.startswith("C:") == (sys.platform == "win32") or place.startswith("~"):
            folder = Path(place).expanduser()
            if folder.is_dir():
                yield folder


def _rank(path: Path) -> tuple[int, bool, str]:
    exact = [i for i, name in enumerate(PREFERRED) if path.stem.lower() == name.lower()]
    begun = [len(PREFERRED) + i for i, name in enumerate(PREFERRED) if path.stem.startswith(name)]
    styled = any(style in path.stem.lower() for style in ("bold", "italic", "oblique", "mono", "serif", "light"))
    return min([*exact, *begun, 2 * len(PREFERRED)]), styled, str(path)
