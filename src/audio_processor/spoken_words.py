"""When each word of a text and each sound of it is spoken, from the events of espeak-ng."""

import math
import re
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from audio_processor.articulation import STOPS, VOICELESS_STOPS, letters
from avatar.types import Word

VOICELESS_CLOSURE_SECONDS: Final = 0.04
"""The silence before the burst of a voiceless stop, which espeak-ng counts to the sound before it."""

STOP_PAUSE_SECONDS: Final = 0.1
"""A shorter silence before a stop is its closure."""

WORD_GAP_SECONDS: Final = 0.05
"""A shorter silence between two sounds is no pause; it goes to the sound before it."""

UNSPACED: Final = re.compile(r"[\u3000-\u30ff\uff00-\uffef\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Kana, Han letters and their punctuation, of which one run holds many words."""


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One sound: its IPA symbol, empty for a pause, and its start and end in seconds."""

    symbol: str
    start: float
    end: float


class Mark(NamedTuple):
    """The character of the text that espeak-ng reaches at a time in seconds."""

    character: int
    time: float


class _Token(NamedTuple):
    text: str
    start: int


def spoken_words(text: str, marks: Sequence[Mark], phonemes: Sequence[Phoneme]) -> tuple[Word, ...]:
    """The words of `text`, punctuation and all, in its order, none overlapping.

    A word that espeak-ng joins to the one before shares its time by the number of letters; a token
    without a letter or digit belongs to the word before it. Han and kana are cut where a mark falls.
    """
    spoken = _timed(_tokens(text, marks), marks)
    sounds = [phoneme for phoneme in phonemes if phoneme.symbol]
    begins = [sound.start for sound in sounds]
    words: list[Word] = []
    for i, (token, start) in enumerate(spoken):
        limit = spoken[i + 1][1] if i + 1 < len(spoken) else math.inf
        last = bisect_left(begins, limit) - 1
        words += _shared(token, start, max(start, min(limit, sounds[last].end)) if last >= 0 else start)
    return tuple(words)


def _tokens(text: str, marks: Sequence[Mark]) -> list[_Token]:
    cuts = {mark.character for mark in marks}
    tokens = []
    for match in re.finditer(r"\S+", text):
        edges = [match.start(), match.end()]
        if UNSPACED.search(match.group()):
            inner = range(match.start() + 1, match.end())
            edges[1:1] = [i for i in inner if i in cuts and UNSPACED.search(text[i - 1 : i + 1])]
        tokens += [_Token(text[a:b], a) for a, b in pairwise(edges)]
    return tokens


def _timed(tokens: Sequence[_Token], marks: Sequence[Mark]) -> list[tuple[str, float]]:
    """The tokens with the time of the first mark inside each; one without a mark joins the one before."""
    timed: list[tuple[str, float]] = []
    at = 0
    edges = [token.start for token in tokens[1:]] + [sys.maxsize]
    for token, edge in zip(tokens, edges, strict=True):
        first = at
        while at < len(marks) and marks[at].character < edge:
            at += 1
        if at > first:
            timed.append((token.text, marks[first].time))
        elif timed:
            timed[-1] = (f"{timed[-1][0]} {token.text}", timed[-1][1])
    return timed


def _shared(text: str, start: float, end: float) -> list[Word]:
    parts = _with_bare_signs_attached(text.split())
    total = sum(len(part) for part in parts)
    words = []
    for part in parts:
        stop = start + (end - start) * len(part) / total
        total -= len(part)
        words.append(Word(part, round(start, 4), round(stop, 4)))
        start = stop
    return words


def _with_bare_signs_attached(parts: list[str]) -> list[str]:
    joined = parts[:1]
    for part in parts[1:]:
        if any(character.isalnum() for character in part):
            joined.append(part)
        else:
            joined[-1] = f"{joined[-1]} {part}"
    return joined


def spoken_phonemes(events: Sequence[tuple[str, float]], duration: float) -> tuple[Phoneme, ...]:
    """The sounds without a gap between them from the first to the end, stops with the closure before their burst.

    `events`: espeak-ng's symbol and the time in seconds at which each begins.
    """
    edges = [time for _, time in events[1:]] + [duration]
    found: list[Phoneme] = []
    for (symbol, onset), end in zip(events, edges, strict=True):
        units = letters(symbol)
        is_stop = bool(units) and units[0].letter in STOPS
        start = _closure_start(found, onset, voiceless=units[0].letter in VOICELESS_STOPS) if is_stop else onset
        if end > start:
            _append(found, Phoneme(symbol if units else "", start, end))
    return tuple(found)


def _closure_start(found: list[Phoneme], burst: float, *, voiceless: bool) -> float:
    """When the closure of a stop begins; the sound or pause before it is shortened to end there."""
    if not found:
        return burst
    before = found[-1]
    length = before.end - before.start
    if not before.symbol and length < STOP_PAUSE_SECONDS:
        found.pop()
        return before.start
    if not before.symbol or not voiceless:
        return burst
    start = burst - min(VOICELESS_CLOSURE_SECONDS, 0.4 * length)
    found[-1] = Phoneme(before.symbol, before.start, start)
    return start


def _append(found: list[Phoneme], phoneme: Phoneme) -> None:
    """Adds a phoneme; what has no symbol lengthens a pause, or the sound before it where it is too short for one."""
    if found and not phoneme.symbol:
        before = found[-1]
        if not before.symbol or phoneme.end - phoneme.start < WORD_GAP_SECONDS:
            found[-1] = Phoneme(before.symbol, before.start, phoneme.end)
            return
    found.append(phoneme)
