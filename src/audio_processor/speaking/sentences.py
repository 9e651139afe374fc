"""Text that comes in small parts, cut into pieces that can be spoken: sentences, and clauses of long ones."""

import re
from collections.abc import Iterator
from typing import Final

from audio_processor.speaking.abbreviations import ALWAYS, OFTEN, STARTERS

FIRST_LEAST: Final = 24
FIRST_MOST: Final = 90
LEAST: Final = 60
MOST: Final = 240
"""Letters of a piece that is cut inside its sentence, the first one and those after it; a Han letter counts threefold.

About fifteen letters are a second of speech.
"""

WIDE: Final = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
STOP: Final = re.compile(r"[.!?…。！？｡．؟۔।॥።։]+")
WIDE_STOP: Final = frozenset("。！？｡．")
"""These end a sentence without a space after them."""
CLOSERS: Final = "\"'”’»)]}」』】）》〉›*_"
OPENERS: Final = "¿¡「『“《（【"
CLAUSE_MARKS: Final = ",;:،؛—–-、，；："
CLAUSE: Final = re.compile(r"[,;:،؛—–](?=\s)|[、，；：]|\s[-—–](?=\s)")
BREAK: Final = re.compile(r"\s*\n\s*")
ENDS: Final = re.compile(f"{STOP.pattern}|{BREAK.pattern}")
NOT_SPACE: Final = re.compile(r"\S")
LONGEST_ABBREVIATION: Final = 4
LONGEST_WORD: Final = 80
"""Letters that are looked at of the word before a stop."""

AHEAD: Final = 160
"""Letters behind the longest piece that are looked at: what follows a stop decides whether it ends a sentence."""


def sentences(text: str) -> list[str]:
    """The sentences of a whole text, each short enough to be spoken at once; those without a letter are left out."""
    splitter = SentenceSplitter(first_least=LEAST, first_most=MOST)
    return [*splitter.push(text), *splitter.flush()]


class SentenceSplitter:
    """Gives each piece as soon as it is sure where it ends. The first is short, so that it is heard early.

    A sentence longer than `first_most` letters, if it is the first, or `MOST`, is cut at a comma or, without one, at a
    space. Pieces come stripped, and only those with a letter or digit. For one thread.
    """

    def __init__(self, *, first_least: int = FIRST_LEAST, first_most: int = FIRST_MOST) -> None:
        self._rest = ""
        self._first = (first_least, first_most)
        self._limits = self._first

    def push(self, delta: str) -> list[str]:
        """The pieces that end within what has come so far."""
        self._rest += delta
        return list(self._pieces(is_whole=False))

    def flush(self) -> list[str]:
        """What is left, since the text has ended; the next text begins anew."""
        pieces = list(self._pieces(is_whole=True))
        if is_speakable(self._rest):
            pieces.append(self._rest.strip())
        self._rest, self._limits = "", self._first
        return pieces

    def _pieces(self, *, is_whole: bool) -> Iterator[str]:
        """Each looks at no more of the text than a piece may be long, so that the work grows as the text does."""
        text, done = self._rest, 0
        while end := self._end(text, done, is_whole=is_whole):
            piece = text[done : done + end].strip()
            done += end
            if is_speakable(piece):
                self._limits = (LEAST, MOST)
                yield piece
        self._rest = text[done:]

    def _end(self, text: str, begin: int, *, is_whole: bool) -> int:
        until = begin + self._limits[1] + AHEAD
        return _end(text[begin:until], *self._limits, is_whole=is_whole and len(text) <= until)


def is_speakable(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _end(text: str, least: int, most: int, *, is_whole: bool) -> int:
    """How many characters of `text` are its first piece; 0 where that is not known yet."""
    stop = _sentence_end(text, most, is_whole=is_whole)
    if stop and _width(text[:stop]) <= most:
        return stop
    return _clause_end(text[:stop] if stop else text, least, most)


def _sentence_end(text: str, most: int, *, is_whole: bool) -> int:
    """The first within `most` characters; 0 where there is none."""
    first = next((index for index, letter in enumerate(text) if letter.isalnum()), most)
    for match in ENDS.finditer(text, first):
        if match.start() >= most:
            return 0
        end = _after_break(text, match, is_whole=is_whole) if match[0].isspace() else _after_stop(text, match)
        if end:
            return end
    return 0


def _after_break(text: str, match: re.Match[str], *, is_whole: bool) -> int:
    """A line that goes on with a small letter is one that was wrapped."""
    if match.end() == len(text):
        return match.end() if is_whole else 0
    wraps = match[0].count("\n") == 1 and text[match.end()].islower()
    return 0 if wraps else match.end()


def _after_stop(text: str, match: re.Match[str]) -> int:
    """What follows must have come, since it decides."""
    end = match.end()
    while end < len(text) and text[end] in CLOSERS:
        end += 1
    if end == len(text):
        return 0
    following = text[end:].lstrip()
    if match[0][-1] in WIDE_STOP or text[end] in OPENERS or WIDE.match(text[end]):
        return end
    if not text[end].isspace() or not following:
        return 0
    return 0 if _goes_on(text, match, end, following) else end


def _goes_on(text: str, match: re.Match[str], end: int, following: str) -> bool:
    """Whether the sentence goes on after a stop and a space, as far as is known."""
    begin, word = _word_before(text, match.start())
    is_closed, is_small = end > match.end(), following[0].islower()
    if match[0] != ".":
        return is_small and (is_closed or match[0][0] in ".…")
    name = word.lower()
    if name in ALWAYS or _is_initial(word) or (word.isdigit() and not text[:begin].strip()):
        return True
    if name in OFTEN or "." in word:
        first = _first_word(following)
        return first == following or first not in STARTERS
    return is_small and (is_closed or len(word) <= LONGEST_ABBREVIATION)


def _word_before(text: str, stop: int) -> tuple[int, str]:
    """The word that ends at `stop`, without what opens it, and where it begins."""
    near = text[max(0, stop - LONGEST_WORD) : stop]
    word = "" if not near or near[-1].isspace() else near.split()[-1].lstrip("\"'“‘«([¿¡")
    return stop - len(word), word


def _is_initial(word: str) -> bool:
    """One capital letter, as in J. Smith; I may be the last word of a sentence."""
    return len(word) == 1 and word.isupper() and word != "I" and not WIDE.match(word)


def _first_word(text: str) -> str:
    found = re.match(r"\w+", text)
    return found[0] if found else ""


def _clause_end(text: str, least: int, most: int) -> int:
    """Where a sentence that has not ended is cut; 0 where it is still short."""
    end = _fitting(text, most)
    within = [match.end() for match in CLAUSE.finditer(text, 0, end)]
    fitting = [at for at in within if _width(text[:at]) >= least and is_speakable(text[at:])]
    if least < LEAST and fitting:
        return fitting[0]
    if end == len(text):
        return 0
    spaces = [match.end() for match in re.finditer(r"\s+", text[:end]) if match.start()]
    return (fitting or spaces or [end])[-1]


def _fitting(text: str, most: int) -> int:
    """How many characters are at most so wide."""
    if len(text) <= most and not WIDE.search(text):
        return len(text)
    width = 0
    for index, letter in enumerate(text):
        width += 3 if WIDE.match(letter) else 1
        if width > most:
            return index
    return len(text)


def _width(text: str) -> int:
    return len(text) + 2 * len(WIDE.findall(text))
