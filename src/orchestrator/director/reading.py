"""A language model's answer becomes a performance, whatever it wrote.

Numbers out of range are clamped, actions and words that do not exist are dropped, and every change is noted. What
comes out is valid, on the words of the speech, and thin enough to be played.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from avatar.performance import ControlParameters, Performance, Segment
from avatar.types import Span, Speech, Word
from orchestrator.director.answer import MOST_SEGMENTS
from orchestrator.director.cue_reading import cues_from
from orchestrator.director.playable import playable
from orchestrator.director.problems import Notebook, Problems, shown
from orchestrator.director.salvage import UnusableAnswerError, find_object
from orchestrator.director.stretches import Stretch
from orchestrator.director.values import controls_from, number

KNOWN: Final = ("controls", "segments", "cues")
SPAN_NAMES: Final = ("first", "last", "start", "end")
SHORTEST_SEGMENT_SECONDS: Final = 0.5
MOST_SAID: Final = 5
"""Problems that the model is told of."""
MOST_READ: Final = 200
"""Items of a list that are looked at."""


class Reading(NamedTuple):
    """The performance of one stretch, in the time of the whole sound, and what was put right in it."""

    performance: Performance
    problems: Problems


def read_answer(text: str, stretch: Stretch, speech: Speech) -> Reading:
    """Raises `UnusableAnswerError`, and nothing else, where there is no control and no cue that can be played."""
    notebook = Notebook()
    value, mended = find_object(text)
    for what in mended:
        notebook.note("mended", what)
    answer = _unwrapped(value, notebook)
    controls = controls_from(answer.get("controls", {}), ControlParameters(), "controls", notebook)
    base = controls or ControlParameters()
    segments = _segments(items(answer.get("segments"), "segments", notebook), base, stretch, speech, notebook)
    cues = cues_from(items(answer.get("cues"), "cues", notebook), stretch, speech, notebook)
    if controls is None and not cues:
        told = "; ".join(notebook.problems().told[:MOST_SAID]) or "neither controls nor cues"
        raise UnusableAnswerError(f"The JSON has nothing that can be played: {told}.")
    performance = Performance(controls=base, segments=segments, cues=playable(cues, notebook))
    return Reading(performance, notebook.problems())


def items(value: Any, where: str, notebook: Notebook) -> list[Any]:
    """The list's items, as many as are read; a single object counts as a list of one."""
    if value is None:
        return []
    if isinstance(value, dict):
        notebook.note("converted", f"{where} is one object, not a list")
        return [value]
    if not isinstance(value, list):
        notebook.note("dropped", f"{where} is {shown(value)}, not a list")
        return []
    if len(value) > MOST_READ:
        notebook.note("dropped", f"{where} has {len(value)} items", len(value) - MOST_READ)
    return value[:MOST_READ]


def _unwrapped(value: Mapping[str, Any], notebook: Notebook) -> Mapping[str, Any]:
    """The object that holds the controls or the cues, where the answer has it under another name."""
    if not value.keys() & set(KNOWN):
        inner = next((part for part in value.values() if isinstance(part, dict) and part.keys() & set(KNOWN)), None)
        if inner is not None:
            notebook.note("mended", "the answer stood inside another object")
            value = inner
    for key in value:
        if key not in KNOWN:
            notebook.note("ignored", f"the answer has no {shown(key)}")
    return value


def _segments(
    given: Sequence[Any], base: ControlParameters, stretch: Stretch, speech: Speech, notebook: Notebook
) -> tuple[Segment, ...]:
    """In order, each with an end after its start; where two overlap the first ends where the second begins."""
    found: list[Segment] = []
    for index, item in enumerate(given):
        where = f"segments.{index}"
        if not isinstance(item, dict):
            notebook.note("dropped", f"{where} is {shown(item)}, not an object")
            continue
        span = _span(item, where, stretch, speech, notebook)
        flat = {name: value for name, value in item.items() if name not in SPAN_NAMES}
        controls = controls_from(item.get("controls", flat), base, f"{where}.controls", notebook)
        if span is not None and controls is not None:
            found.append(Segment(start=span.start, end=span.end, controls=controls))
    found.sort(key=lambda segment: segment.start)
    if len(found) > MOST_SEGMENTS:
        notebook.note("dropped", f"segments beyond the {MOST_SEGMENTS} first", len(found) - MOST_SEGMENTS)
    return _without_overlaps(found[:MOST_SEGMENTS], notebook)


def _without_overlaps(found: Sequence[Segment], notebook: Notebook) -> tuple[Segment, ...]:
    kept: list[Segment] = []
    for place, segment in enumerate(found):
        end = min([segment.end, *(later.start for later in found[place + 1 : place + 2])])
        if end - segment.start >= SHORTEST_SEGMENT_SECONDS:
            kept.append(segment.model_copy(update={"end": end}))
        else:
            notebook.note("dropped", f"a segment of {max(end - segment.start, 0.0):.1f} s at {segment.start:.1f} s")
    return tuple(kept)


def _span(item: Mapping[str, Any], where: str, stretch: Stretch, speech: Speech, notebook: Notebook) -> Span | None:
    """From word to word, or from second to second, within what the stretch hears."""
    words = [speech.transcript.words[index] for index in stretch.words] if speech.transcript else []
    names = ("first", "last") if "first" in item or "last" in item else ("start", "end")
    edges = [number(item.get(name), f"{where}.{name}", notebook) for name in names]
    if edges[0] is None or edges[1] is None:
        return None
    first, last = sorted((edges[0], edges[1]))
    if names[0] == "first":
        return _of_words(first, last, words, stretch, where, notebook)
    begin, limit = stretch.heard
    span = Span(min(max(begin + first, begin), limit), min(max(begin + last, begin), limit))
    if span != (begin + first, begin + last):
        notebook.note("clamped", f"{where} reaches beyond what was heard")
    return span


def _of_words(
    first: float, last: float, words: Sequence[Word], stretch: Stretch, where: str, notebook: Notebook
) -> Span | None:
    if not words or last < 0.0 or first > len(words) - 1:
        notebook.note("dropped", f"{where} names words that do not exist")
        return None
    kept = (max(first, 0.0), min(last, len(words) - 1.0))
    if kept != (first, last):
        notebook.note("clamped", f"{where} reaches beyond the words that were heard")
    start, end = stretch.heard
    return Span(max(words[int(kept[0])].start, start), min(words[int(kept[1])].end, end))
