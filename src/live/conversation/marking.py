"""Text of a model as it comes: marks are taken out of it, and what cannot be said aloud."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LONGEST_MARK: Final = 40
UNSPOKEN: Final = frozenset("*`#~\u200d\ufe0f\u20e3")
"""Signs of markdown, and what joins emoji."""

SYMBOLS: Final = frozenset({"So", "Sk", "Cs", "Co"})
LIST_ITEM: Final = re.compile(r"(\n)[ \t]*(?:[-•–]|\d{1,2}[.)])[ \t]+")


class MarkReader:
    """Parts a stream into text to say, and marks: the inside of `[...]`. For one thread."""

    def __init__(self) -> None:
        self._held = ""
        self._last = "\n"

    def push(self, delta: str) -> Iterator[tuple[str, str]]:
        """Pairs of text and the mark that follows it, either of which may be empty."""
        self._held += delta
        while "[" in self._held:
            text, _, rest = self._held.partition("[")
            inside, closing, after = rest.partition("]")
            if closing and len(inside) <= LONGEST_MARK and "\n" not in inside:
                self._held = after
                yield self._clean(text), inside.strip()
            elif len(rest) > LONGEST_MARK or "\n" in rest:
                self._held = rest
                yield self._clean(f"{text} "), ""
            else:
                self._held = f"[{rest}"
                yield self._clean(text), ""
                return
        held, self._held = _unsure(self._held)
        yield self._clean(held), ""

    def flush(self) -> str:
        """What was held back, since the text has ended."""
        rest, self._held = self._held.replace("[", " "), ""
        return self._clean(rest)

    def _clean(self, text: str) -> str:
        begins = "\n" if self._last == "\n" else ""
        text = LIST_ITEM.sub(r"\1", begins + text)[len(begins) :]
        kept = "".join(letter for letter in text if _is_spoken(letter))
        if kept[:1] == " " and self._last.isspace():
            kept = kept.lstrip(" ")
        self._last = kept[-1:] or self._last
        return kept


def _unsure(text: str) -> tuple[str, str]:
    """What is sure, and the last line as long as it may yet be the beginning of a list's item."""
    line = text.rfind("\n")
    tail = text[line + 1 :] if line >= 0 else ""
    if line >= 0 and re.fullmatch(r"[ \t]*(?:[-•–]|\d{1,2}[.)]?)?[ \t]*", tail):
        return text[:line], text[line:]
    return text, ""


def _is_spoken(letter: str) -> bool:
    if letter in UNSPOKEN:
        return False
    return ord(letter) < 128 or unicodedata.category(letter) not in SYMBOLS
