"""A performance is laid onto the speech that it is played to: whatever writes it may know the words only."""

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import Final

import numpy as np

from avatar.performance import Cue, Performance, Segment
from avatar.types import HOP_SECONDS, Prosody, Speech, Word

TOLERANCE_SECONDS: Final = 0.05
"""How far a cue may lie beside its word, or a segment reach past the end, before a note says so."""

MOST_NAMED: Final = 5


def placed(performance: Performance, speech: Speech) -> tuple[Performance, tuple[str, ...]]:
    """The performance on the words and within the length of the speech, and in words what had to be changed for it.

    A cue of a word peaks in the loudest 20 ms of it. Cues of words that do not exist keep their moment and lose the
    word; those without a moment, and those beyond the sound, are dropped. Segments end with the sound. What is placed
    is placed again without a change.
    """
    words = speech.transcript.words if speech.transcript else ()
    moments = [loudest_moment(word, speech.prosody, speech.duration) for word in words]
    cues, notes = _placed_cues(performance.cues, words, moments, speech.duration)
    segments, cut = _within(performance.segments, speech.duration)
    return performance.model_copy(update={"cues": cues, "segments": segments}), (*notes, *cut)


def loudest_moment(word: Word, prosody: Prosody, duration: float) -> float:
    """The middle of the loudest 20 ms that lie within the word, in seconds, on the 10 ms grid.

    The middle of a word that is shorter than that, or that the sound does not reach.
    """
    first, last = ceil(word.start / HOP_SECONDS - 1e-6) + 1, floor(word.end / HOP_SECONDS + 1e-6) - 1
    level = prosody.loudness_db[max(first, 0) : max(last + 1, 0)]
    if not len(level):
        return round(min(max((word.start + word.end) / 2, 0.0), duration), 4)
    loudest = np.flatnonzero(level == level.max())
    return round(min((max(first, 0) + int(loudest[len(loudest) // 2])) * HOP_SECONDS, duration), 4)


def _placed_cues(
    cues: Sequence[Cue], words: Sequence[Word], moments: Sequence[float], duration: float
) -> tuple[tuple[Cue, ...], list[str]]:
    kept: list[Cue] = []
    moved: list[str] = []
    wordless: list[str] = []
    lost: list[str] = []
    beyond: list[str] = []
    for number, given in enumerate(cues):
        name, cue = f"{number} ({given.action})", given
        if cue.word is not None and cue.word < len(words):
            if cue.is_placed and not _reaches(words[cue.word], cue.at):
                moved.append(f"{name} from {cue.at:.2f} s to “{words[cue.word].text}” at {moments[cue.word]:.2f} s")
            cue = cue.model_copy(update={"at": moments[cue.word]})
        elif cue.word is not None:
            (wordless if cue.is_placed else lost).append(f"{name}, word {cue.word}")
            cue = cue.model_copy(update={"word": None})
        if cue.at > duration:
            beyond.append(f"{name} at {cue.at:.2f} s")
        elif cue.is_placed:
            kept.append(cue)
    has = f"the speech has {len(words)}" if words else "the words of the speech are not known"
    return tuple(kept), _notes(
        (f"Cues moved to their words: {_listed(moved)}.", moved),
        (f"Cues of words that do not exist keep their moments ({has}): {_listed(wordless)}.", wordless),
        (f"Cues dropped, as their words do not exist ({has}): {_listed(lost)}.", lost),
        (f"Cues dropped, as the sound ends at {duration:.2f} s: {_listed(beyond)}.", beyond),
    )


def _within(segments: Sequence[Segment], duration: float) -> tuple[tuple[Segment, ...], list[str]]:
    kept: list[Segment] = []
    cut: list[str] = []
    dropped: list[str] = []
    for number, segment in enumerate(segments):
        end = min(segment.end, duration)
        if segment.start >= end:
            dropped.append(f"{number} from {segment.start:.2f} s")
            continue
        if segment.end > duration + TOLERANCE_SECONDS:
            cut.append(f"{number} at {segment.end:.2f} s")
        kept.append(segment.model_copy(update={"end": end}))
    return tuple(kept), _notes(
        (f"Segments cut where the sound ends, at {duration:.2f} s: {_listed(cut)}.", cut),
        (f"Segments dropped, as the sound ends at {duration:.2f} s: {_listed(dropped)}.", dropped),
    )


def _reaches(word: Word, at: float) -> bool:
    return word.start - TOLERANCE_SECONDS <= at <= word.end + TOLERANCE_SECONDS


def _notes(*candidates: tuple[str, Sequence[str]]) -> list[str]:
    return [note for note, about in candidates if about]


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "; ".join(found[:MOST_NAMED]) + more
