"""From words with times to captions that can be read: two short lines, broken where speech breaks."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audio_processor.spoken_words import UNSPACED
from avatar.captions import Cue
from avatar.types import Transcript, Word

LINE_COLUMNS: Final = 42
"""A Han letter takes two."""

MOST_LINES: Final = 2
LONGEST_SECONDS: Final = 6.0
SHORTEST_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.7
SENTENCE_COLUMNS: Final = 20
"""A sentence that is shorter shares its caption with the next one."""

SENTENCE_END: Final = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*$")
CLAUSE_END: Final = re.compile(r"[,;:，、；：—–][\"'”’»)\]]*$")
CLAUSE_BONUS: Final = 8
"""Columns by which two lines may differ more where the break falls after a comma."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, and whether a space stands before it."""

    word: Word
    spaced: bool


def captions(transcript: Transcript) -> tuple[Cue, ...]:
    """The transcript's words in captions of at most two lines of 42 columns and 6 s, in order, none overlapping."""
    groups = _groups(_pieces(transcript))
    starts = [group[0].word.start for group in groups[1:]]
    cues = []
    for group, following in zip(groups, [*starts, float("inf")], strict=True):
        start, end = group[0].word.start, group[-1].word.end
        end = min(max(end, start + SHORTEST_SECONDS), max(following, start + 0.001))
        cues.append(Cue(round(start, 3), round(end, 3), "\n".join(_lines(group))))
    return tuple(cues)


def columns(text: str) -> int:
    """Width of a line: wide letters take two columns, marks above and below others none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _pieces(transcript: Transcript) -> list[_Piece]:
    """The words; a space stands before one where the text has it, else where the script wants it."""
    pieces: list[_Piece] = []
    at = 0
    for word in transcript.words:
        found = transcript.text.find(word.text, at)
        if found >= 0:
            spaced = any(letter.isspace() for letter in transcript.text[at:found])
            at = found + len(word.text)
        else:
            before = pieces[-1].word.text[-1:] if pieces else ""
            spaced = not (UNSPACED.match(before) and UNSPACED.match(word.text))
        pieces.append(_Piece(word, spaced and bool(pieces)))
    return pieces


def _groups(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    held: list[_Piece] = []
    for piece in pieces:
        if held and _breaks(held, piece):
            groups.append(held)
            held = []
        elif held and not _fits([*held, piece]):
            cut = _best_cut(held)
            groups.append(held[:cut])
            held = held[cut:]
            if held and not _fits([*held, piece]):
                groups.append(held)
                held = []
        held = [*held, piece]
    return [*groups, held] if held else groups


def _breaks(held: Sequence[_Piece], piece: _Piece) -> bool:
    last = held[-1].word
    if piece.word.start - last.end >= PAUSE_SECONDS:
        return True
    return bool(SENTENCE_END.search(last.text)) and columns(_joined(held)) >= SENTENCE_COLUMNS


def _fits(pieces: Sequence[_Piece]) -> bool:
    if pieces[-1].word.end - pieces[0].word.start > LONGEST_SECONDS:
        return False
    return len(pieces) == 1 or all(columns(line) <= LINE_COLUMNS for line in _lines(pieces))


def _best_cut(held: Sequence[_Piece]) -> int:
    """Where to end a caption that is full: after the last clause in its second half, else at its end."""
    for at in range(len(held) - 1, len(held) // 2, -1):
        text = held[at - 1].word.text
        if CLAUSE_END.search(text) or SENTENCE_END.search(text):
            return at
    return len(held)


def _lines(pieces: Sequence[_Piece]) -> list[str]:
    """One line where it fits, else two that are about as long, broken after a comma where one is near."""
    whole = _joined(pieces)
    if columns(whole) <= LINE_COLUMNS or len(pieces) == 1:
        return [whole]

    def unevenness(at: int) -> tuple[bool, int]:
        first, second = columns(_joined(pieces[:at])), columns(_joined(pieces[at:]))
        bonus = CLAUSE_BONUS if CLAUSE_END.search(pieces[at - 1].word.text) else 0
        return max(first, second) > LINE_COLUMNS, abs(first - second) - bonus

    at = min(range(1, len(pieces)), key=unevenness)
    return [_joined(pieces[:at]), _joined(pieces[at:])]


def _joined(pieces: Sequence[_Piece]) -> str:
    return "".join(f"{' ' if piece.spaced and i else ''}{piece.word.text}" for i, piece in enumerate(pieces))
