"""What Kokoro is given to read, cut into pieces that it can take, and the times that come back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np

from audio_processor.spoken_words import Phoneme
from avatar.types import Floats, Word

SENTENCE_ENDS: Final = frozenset(".!?…")
CLAUSE_ENDS: Final = frozenset(",;:—")
SPACE: Final = " "
MARKS: Final = SENTENCE_ENDS | CLAUSE_ENDS

FEWEST_SYMBOLS: Final = 20
"""A shorter sentence is spoken with the next: the network was hardly trained on such."""

MOST_SYMBOLS: Final = 400
"""Beyond that the network begins to rush; 510 is all that it takes."""


@dataclass(frozen=True, slots=True)
class ScriptSound:
    """One sound as Kokoro reads it, marks and spaces that follow it included, and its IPA, empty for a pause."""

    symbols: str
    ipa: str


@dataclass(frozen=True, slots=True)
class ScriptWord:
    """A word and where it begins and ends among the sounds: 2.5 is the middle of the third."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Script:
    """What is read, in order: the sounds, and the words that lie over them."""

    sounds: tuple[ScriptSound, ...]
    words: tuple[ScriptWord, ...]

    @property
    def symbols(self) -> str:
        return "".join(sound.symbols for sound in self.sounds)

    def part(self, start: int, end: int) -> "Script":
        """The sounds from `start` to `end`, with the words that begin there."""
        length = end - start
        words = (
            ScriptWord(word.text, word.start - start, min(word.end - start, length))
            for word in self.words
            if start <= word.start < end or (end == len(self.sounds) and word.start >= end)
        )
        return Script(self.sounds[start:end], tuple(words))


def joined(scripts: Sequence[Script]) -> Script:
    offsets = [0, *accumulate(len(script.sounds) for script in scripts)]
    return Script(
        tuple(sound for script in scripts for sound in script.sounds),
        tuple(
            ScriptWord(word.text, word.start + offset, word.end + offset)
            for script, offset in zip(scripts, offsets, strict=False)
            for word in script.words
        ),
    )


def pieces(script: Script) -> Iterator[Script]:
    """Its sentences; one that is too long is cut after a clause, else between words, else anywhere."""
    start = 0
    for end in _sentence_ends(script.sounds):
        while start < end:
            cut = _furthest(script.sounds, start, end)
            yield script.part(start, cut)
            start = cut


def _sentence_ends(sounds: Sequence[ScriptSound]) -> list[int]:
    ends: list[int] = []
    length = 0
    for i, sound in enumerate(sounds):
        length += len(sound.symbols)
        if length >= FEWEST_SYMBOLS and SENTENCE_ENDS.intersection(sound.symbols):
            ends.append(i + 1)
            length = 0
    if ends and 0 < length < FEWEST_SYMBOLS:
        ends.pop()
    return [*(end for end in ends if end < len(sounds)), len(sounds)]


def _furthest(sounds: Sequence[ScriptSound], start: int, end: int) -> int:
    """Where a piece that begins at `start` ends, at `end` at the latest."""
    length, fits = 0, start
    while fits < end and length + len(sounds[fits].symbols) <= MOST_SYMBOLS:
        length += len(sounds[fits].symbols)
        fits += 1
    if fits == end:
        return end
    for wanted in (MARKS, {SPACE}):
        for i in range(fits, start, -1):
            if wanted.intersection(sounds[i - 1].symbols):
                return i
    return max(fits, start + 1)


def timed(script: Script, edges: Floats) -> tuple[tuple[Word, ...], tuple[Phoneme, ...]]:
    """Words and sounds with their times; `edges` are the seconds at which each symbol begins, and the end.

    Symbols beyond the edges take no time. The silence before the first is a pause.
    """
    firsts = [0, *accumulate(len(sound.symbols) for sound in script.sounds)]
    times = [round(float(edges[min(first, len(edges) - 1)]), 4) for first in firsts]
    found = [
        Phoneme(sound.ipa, start, end)
        for sound, start, end in zip(script.sounds, times[:-1], times[1:], strict=True)
        if end > start
    ]
    if found and found[0].start > 0:
        found.insert(0, Phoneme("", 0.0, found[0].start))
    places = np.arange(len(times))
    words = [
        Word(word.text, *(round(float(np.interp(place, places, times)), 4) for place in (word.start, word.end)))
        for word in script.words
    ]
    return tuple(words), tuple(found)
