"""A direction in plain words becomes changes of what the rules would play."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Final

from avatar.performance import ControlParameters, Cue, DirectedEmotion, Performance
from avatar.types import EmotionLabel
from orchestrator.director.vocabulary import CLAUSE_ENDS, EXAMPLES, FILLERS, MEANINGS, Effect, Measure

MARKED_HEAD_ACTIONS: Final = ("nod", "shake", "tilt", "turn", "lean")
LARGEST_GAIN: Final = 1.6
SHOWN_WORDS: Final = 12
LONGEST_FORM: Final = max(len(words) for words in MEANINGS)
WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?/()\n–—]")


@dataclass(frozen=True, slots=True)
class Direction:
    """What a direction asks for: the sum of its words' effects.

    `known` and `unknown` are words of the direction in their order, each once; `unknown` leaves out words that carry
    no direction of their own.
    """

    controls: Mapping[str, float] = field(default_factory=dict)
    label: EmotionLabel | None = None
    valence: float = 0.0
    arousal: float = 0.0
    nods: float = 0.0
    stillness: float = 0.0
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence where a word was not understood."""
        if not self.unknown:
            return ()
        known = ", ".join(self.known) or f"words such as {EXAMPLES}"
        more = ", …" if len(self.unknown) > SHOWN_WORDS else ""
        return (f"The rules know {known}; not understood: {', '.join(self.unknown[:SHOWN_WORDS])}{more}.",)


UNDIRECTED: Final = Direction()


def read_direction(text: str) -> Direction:
    """What English words such as `cheerful, nods a lot` ask for; the empty text asks for nothing."""
    total = UNDIRECTED
    known: list[str] = []
    unknown: list[str] = []
    for clause in _clauses(WORDS.findall(text.lower().replace("’", "'"))):
        for term in _terms(clause, unknown):
            known.append(term.words)
            total = _plus(total, term)
    return replace(total, known=tuple(dict.fromkeys(known)), unknown=tuple(dict.fromkeys(unknown)))


def directed(performance: Performance, direction: Direction) -> Performance:
    """The performance with the direction's changes in the clip's controls, in every segment, and in its head cues."""
    if direction == UNDIRECTED:
        return performance
    segments = tuple(
        part.model_copy(update={"controls": _changed(part.controls, direction)}) for part in performance.segments
    )
    controls = _changed(performance.controls, direction)
    cues = tuple(_softened(cue, direction) for cue in performance.cues)
    return performance.model_copy(update={"controls": controls, "segments": segments, "cues": cues})


def _clauses(tokens: Sequence[str]) -> Iterator[list[str]]:
    clause: list[str] = []
    for token in tokens:
        if token in CLAUSE_ENDS or not token[0].isalnum():
            yield clause
            clause = []
        else:
            clause.append(token)
    yield clause


@dataclass(frozen=True, slots=True)
class _Term:
    words: str
    effect: Effect
    factor: float


def _terms(clause: Sequence[str], unknown: list[str]) -> list[_Term]:
    """The clause's effects with their factors; what nobody knows is added to `unknown`."""
    terms: list[_Term] = []
    waiting: list[float] = []
    place = 0
    while place < len(clause):
        words = _longest(clause, place)
        meaning = MEANINGS.get(words)
        if isinstance(meaning, Effect):
            terms.append(_Term(" ".join(words), meaning, _product(waiting)))
            waiting = []
        elif isinstance(meaning, Measure) and meaning.follows and terms:
            _measure(terms, meaning.factor)
        elif isinstance(meaning, Measure):
            waiting.append(meaning.factor)
        elif words[0] not in FILLERS:
            unknown.append(words[0])
        place += len(words)
    for factor in waiting if terms else ():
        _measure(terms, factor)
    return terms


def _measure(terms: list[_Term], factor: float) -> None:
    terms[-1] = replace(terms[-1], factor=_product([terms[-1].factor, factor]))


def _longest(clause: Sequence[str], place: int) -> tuple[str, ...]:
    """The longest run of words from `place` on that means something, or the one word there."""
    runs = (tuple(clause[place : place + length]) for length in range(LONGEST_FORM, 1, -1))
    return next((run for run in runs if run in MEANINGS), (clause[place],))


def _product(factors: Iterable[float]) -> float:
    """One factor of several; of one that turns round and others it is the only one that counts."""
    found = list(factors)
    return min(found) if min(found, default=1.0) < 0.0 else prod(found)


def _plus(total: Direction, term: _Term) -> Direction:
    effect, factor = term.effect, term.factor
    controls = dict(total.controls)
    for name, change in effect.controls.items():
        controls[name] = controls.get(name, 0.0) + factor * change
    return replace(
        total,
        controls=controls,
        label=effect.label if effect.label and factor > 0.0 else total.label,
        valence=total.valence + factor * effect.valence,
        arousal=total.arousal + factor * effect.arousal,
        nods=total.nods + factor * effect.nods,
        stillness=total.stillness + factor * effect.stillness,
    )


def _changed(controls: ControlParameters, direction: Direction) -> ControlParameters:
    values = controls.model_dump()
    for name, change in direction.controls.items():
        values[name] += change
    emotion = controls.emotion
    values["emotion"] = DirectedEmotion(
        label=direction.label or emotion.label,
        valence=emotion.valence + direction.valence,
        arousal=emotion.arousal + direction.arousal,
    )
    return ControlParameters.model_validate(values)


def _softened(cue: Cue, direction: Direction) -> Cue:
    if cue.action not in MARKED_HEAD_ACTIONS or not direction.stillness:
        return cue
    gain = min(max(1.0 - direction.stillness, 0.0), LARGEST_GAIN)
    return Cue.model_validate({**cue.model_dump(), "intensity": cue.intensity * gain})
