"""The director that needs no model: prosody, words and emotion become a performance by rules.

Stress raises brows and nods, a question raises brows and tilts, a pause blinks and looks away, the end of a
phrase settles, emotion over time becomes segments. Cues are thinned so that nobody nods like a toy dog.
"""

from bisect import bisect, insort
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final

import numpy as np

from avatar.performance import Action, ControlParameters, Cue, Performance
from avatar.types import HOP_SECONDS, Emphasis, Span, Speech, TimedEmotion, Word
from orchestrator.director.direction import UNDIRECTED, Direction, directed
from orchestrator.director.moods import emotion_controls, emotion_segments

HEAD_SPACING_SECONDS: Final = 1.2
"""Least time between two cues that move the head."""
BROW_SPACING_SECONDS: Final = 1.8
LOOK_SPACING_SECONDS: Final = 2.5
BLINK_SPACING_SECONDS: Final = 4.0
"""Blinks between these come by themselves, after `blink_rate`."""

LEAST_STRESS: Final = 0.15
STRESS_ACTIONS: Final[tuple[Action, ...]] = ("nod", "nod", "tilt", "nod", "turn")
MANY_NODS: Final = 0.8
"""From here on every stroke is a nod."""
NO_NODS: Final = -0.5
NOD_GAIN: Final = 0.8
NOD_CROWDING: Final = 0.5
"""How much larger, and how much nearer to each other, nods are for each step of `Direction.nods`."""

BLINK_PAUSE_SECONDS: Final = 0.35
THINKING_PAUSE_SECONDS: Final = 0.7
SETTLE_PAUSE_SECONDS: Final = 0.5

QUESTION_MARKS: Final = ("?", "？", "؟", "\u037e")
SENTENCE_MARKS: Final = (".", "!", "…", "。", "！", *QUESTION_MARKS)
RISE_SEMITONES: Final = 3.0
RISE_END_SECONDS, RISE_BODY_SECONDS = 0.12, 0.4
FEWEST_VOICED_HOPS: Final = 5

PAUSE_ACTIONS: Final[tuple[Action, ...]] = ("blink", "still", "look")
SILENT: Final = ControlParameters(blink_rate=0.3, head_motion=0.2, gaze_contact=0.95, energy=0.3)


Question = tuple[float, int | None]
"""When it ends, and the index of its last word where that is known."""


def direct(speech: Speech, emotions: tuple[TimedEmotion, ...], direction: Direction = UNDIRECTED) -> Performance:
    """The same performance for the same speech and direction; without speech a still face that blinks."""
    if speech.is_silent:
        return directed(Performance(controls=SILENT), direction)
    spacing = HEAD_SPACING_SECONDS / (1.0 + NOD_CROWDING * max(direction.nods, 0.0))
    questions = list(_questions(speech))
    head = spaced([*_question_tilts(questions), *_stress_strokes(speech, spacing, direction.nods)], spacing)
    brows = spaced([*_question_brows(questions), *_stress_brows(speech)], BROW_SPACING_SECONDS)
    cues = [*head, *brows, *_pauses(speech)]
    performance = Performance(
        controls=emotion_controls(emotions),
        segments=tuple(emotion_segments(emotions)),
        cues=tuple(_on_words(sorted(cues, key=lambda cue: cue.at), speech)),
    )
    return directed(performance, direction)


def spaced(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    """The strongest cues of which no two are nearer than that; of equals the first given."""
    kept: list[Cue] = []
    taken: list[float] = []
    for cue in sorted(cues, key=lambda cue: -cue.intensity):
        place = bisect(taken, cue.at)
        neighbours = taken[max(place - 1, 0) : place + 1]
        if all(abs(cue.at - at) >= seconds for at in neighbours):
            insort(taken, cue.at)
            kept.append(cue)
    return kept


def _stresses(speech: Speech, spacing: float) -> list[Emphasis]:
    strong = [e for e in speech.prosody.emphases if e.strength >= LEAST_STRESS]
    marks = spaced([Cue(action="nod", at=e.time, intensity=e.strength) for e in strong], spacing)
    times = {mark.at for mark in marks}
    return [e for e in strong if e.time in times]


def _stress_strokes(speech: Speech, spacing: float, nods: float) -> Iterator[Cue]:
    """A small head movement on the stressed words that stand far enough apart; nods, varied by tilts and turns."""
    actions = ("nod",) if nods >= MANY_NODS else STRESS_ACTIONS
    for number, (stress, action) in enumerate(zip(_stresses(speech, spacing), cycle(actions), strict=False)):
        if action == "nod" and nods <= NO_NODS:
            continue
        gain = 1.0 + NOD_GAIN * nods if action == "nod" else 1.0
        yield Cue(
            action=action,
            at=stress.time,
            intensity=gain * (0.2 + 0.3 * stress.strength),
            duration=0.6 if action == "nod" else 1.0,
            direction=1.0 if number // 2 % 2 else -1.0,
        )


def _stress_brows(speech: Speech) -> Iterator[Cue]:
    for stress in _stresses(speech, BROW_SPACING_SECONDS):
        yield Cue(action="brow_raise", at=stress.time, intensity=0.15 + 0.4 * stress.strength, duration=0.6)


def _question_tilts(questions: Sequence[Question]) -> Iterator[Cue]:
    for number, (end, word) in enumerate(questions):
        side = 1.0 if number % 2 else -1.0
        yield Cue(action="tilt", at=end, word=word, intensity=0.6, duration=1.2, direction=side)


def _question_brows(questions: Sequence[Question]) -> Iterator[Cue]:
    for end, word in questions:
        yield Cue(action="brow_raise", at=end, word=word, intensity=0.65, duration=0.9)


def _questions(speech: Speech) -> Iterator[Question]:
    """When questions end: by the marks of the transcript, or where it has none by a voice that rises."""
    words = _marked_words(speech)
    if any(text.endswith(SENTENCE_MARKS) for text, _ in words):
        yield from ((word.end, i) for i, (text, word) in enumerate(words) if text.endswith(QUESTION_MARKS))
    else:
        yield from ((phrase.end, None) for phrase in speech.prosody.phrases if _rises(speech, phrase))


def _marked_words(speech: Speech) -> list[tuple[str, Word]]:
    """The words with their marks, which some engines leave in the text alone."""
    if speech.transcript is None:
        return []
    words, tokens = speech.transcript.words, speech.transcript.text.split()
    texts = tokens if len(tokens) == len(words) else [word.text for word in words]
    return [(text.strip("\"'”’»)"), word) for text, word in zip(texts, words, strict=True)]


def _rises(speech: Speech, phrase: Span) -> bool:
    first = max(phrase.start, phrase.end - RISE_BODY_SECONDS - RISE_END_SECONDS)
    f0 = speech.prosody.f0_hz[round(first / HOP_SECONDS) : round(phrase.end / HOP_SECONDS)]
    split = max(len(f0) - round(RISE_END_SECONDS / HOP_SECONDS), 0)
    body, end = (part[part > 0.0] for part in (f0[:split], f0[split:]))
    if min(len(body), len(end)) < FEWEST_VOICED_HOPS:
        return False
    return bool(12.0 * np.log2(np.median(end) / np.median(body)) >= RISE_SEMITONES)


def _pauses(speech: Speech) -> list[Cue]:
    """After a phrase a blink; in a longer pause the head settles, and the eyes look aside to think."""
    phrases = speech.prosody.phrases
    starts = [phrase.start for phrase in phrases[1:]] + [speech.duration]
    pauses = [Span(phrase.end, start) for phrase, start in zip(phrases, starts, strict=True)]
    looks = [_look(pause, number) for number, pause in enumerate(pauses[:-1]) if _long(pause, THINKING_PAUSE_SECONDS)]
    return [
        *spaced([_blink(pause) for pause in pauses if _long(pause, BLINK_PAUSE_SECONDS)], BLINK_SPACING_SECONDS),
        *(_settle(pause) for pause in pauses if _long(pause, SETTLE_PAUSE_SECONDS)),
        *spaced(looks, LOOK_SPACING_SECONDS),
    ]


def _long(pause: Span, least: float) -> bool:
    return pause.end - pause.start >= least


def _blink(pause: Span) -> Cue:
    return Cue(action="blink", at=pause.start + 0.12)


def _settle(pause: Span) -> Cue:
    length = min(max(pause.end - pause.start, 0.6), 2.0)
    return Cue(action="still", at=pause.start + 0.35, intensity=0.5, duration=length)


def _look(pause: Span, number: int) -> Cue:
    length, side = min(pause.end - pause.start, 1.2), 1.0 if number % 2 else -1.0
    return Cue(action="look", at=pause.start + 0.25, intensity=0.5, duration=length, direction=side)


def _on_words(cues: Sequence[Cue], speech: Speech) -> Iterator[Cue]:
    """The cues, those of the voice with the word that is spoken at their moment, if one is."""
    words = speech.transcript.words if speech.transcript else ()
    starts = [word.start for word in words]
    for cue in cues:
        index = bisect(starts, cue.at) - 1
        of_a_word = cue.word is None and cue.action not in PAUSE_ACTIONS and index >= 0 and cue.at <= words[index].end
        yield cue.model_copy(update={"word": index}) if of_a_word else cue
