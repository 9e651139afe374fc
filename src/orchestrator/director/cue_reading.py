"""The cues of a language model's answer, on the words of the speech."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final, NamedTuple

from avatar.performance import ACTIONS, Cue
from avatar.types import Speech, Word
from orchestrator.director.answer import LONGEST_CUE_SECONDS
from orchestrator.director.placing import loudest_moment
from orchestrator.director.problems import Notebook, shown
from orchestrator.director.stretches import Stretch
from orchestrator.director.values import Range, number, within, word_of

UNIT: Final = Range(0.0, 1.0)
SIDES: Final = Range(-1.0, 1.0)
LENGTHS: Final = Range(0.1, LONGEST_CUE_SECONDS)
FIELDS: Final = ("word", "when", "at", "action", "intensity", "duration", "direction")
AFTER: Final = "after"

PAUSE_DELAY_SECONDS: Final = 0.15
"""A cue in a pause peaks so long after the word, or in the pause's middle where that is sooner."""
EDGE_SECONDS: Final = 0.5
"""How far beyond what was heard a moment is still taken for its edge."""


class _Moment(NamedTuple):
    at: float
    word: int | None


def cues_from(given: Sequence[Any], stretch: Stretch, speech: Speech, notebook: Notebook) -> list[Cue]:
    """Those that can be played, in the time of the whole sound and by their global words; the rest is noted."""
    words = [speech.transcript.words[index] for index in stretch.words] if speech.transcript else []
    found = [_cue(item, f"cues.{number}", stretch, words, notebook) for number, item in enumerate(given)]
    return [_placed(cue, speech) for cue in found if cue is not None]


def _placed(cue: Cue, speech: Speech) -> Cue:
    """At the loudest moment of its word, and within the sound."""
    if cue.word is None or speech.transcript is None:
        return cue.model_copy(update={"at": min(cue.at, speech.duration)})
    at = loudest_moment(speech.transcript.words[cue.word], speech.prosody, speech.duration)
    return cue.model_copy(update={"at": at})


def _cue(item: Any, where: str, stretch: Stretch, words: Sequence[Word], notebook: Notebook) -> Cue | None:
    if not isinstance(item, dict):
        notebook.note("dropped", f"{where} is {shown(item)}, not an object")
        return None
    action = word_of(item.get("action"))
    if action not in ACTIONS:
        notebook.note("dropped", f"{where}: there is no action {shown(item.get('action'))}")
        return None
    moment = _moment(item, where, stretch, words, notebook)
    if moment is None:
        return None
    for key in item:
        if key not in FIELDS:
            notebook.note("ignored", f"{where} has no {shown(key)}")
    limits = {"intensity": UNIT, "duration": LENGTHS, "direction": SIDES}
    said = {
        name: within(item[name], f"{where}.{name}", limits[name], notebook)
        for name in limits
        if item.get(name) is not None
    }
    values = {name: value for name, value in said.items() if value is not None}
    return Cue.model_validate({"action": action, "at": moment.at, "word": moment.word, **values})


def _moment(
    item: Mapping[str, Any], where: str, stretch: Stretch, words: Sequence[Word], notebook: Notebook
) -> _Moment | None:
    """None, and a note, where the cue names no word and no moment of the stretch."""
    named = item.get("word")
    if named is None and item.get("at") is not None:
        return _at_seconds(item["at"], where, stretch, words, notebook)
    index = _named_word(named, words) if isinstance(named, str) else None
    if index is not None:
        notebook.note("snapped", f"{where} names its word by its text")
    else:
        said = number(named, f"{where}.word", notebook)
        if said is None:
            return None
        if not isfinite(said) or not 0 <= round(said) < len(words):
            notebook.note("dropped", f"{where}: there is no word {shown(said)}; they are 0 to {len(words) - 1}")
            return None
        index = round(said)
        if index != said:
            notebook.note("snapped", f"{where}: word {shown(said)} is taken for {index}")
    word = words[index]
    if word_of(item.get("when")) != AFTER:
        return _Moment((word.start + word.end) / 2, stretch.words[index])
    pause = words[index + 1].start - word.end if index + 1 < len(words) else stretch.heard.end - word.end
    return _Moment(max(word.end + min(PAUSE_DELAY_SECONDS, max(pause, 0.0) / 2), 0.0), None)


def _named_word(text: str, words: Sequence[Word]) -> int | None:
    """The word with that text, where there is just one and it is not the text of a number."""
    wanted = _letters(text)
    found = [index for index, word in enumerate(words) if wanted and _letters(word.text) == wanted]
    return found[0] if len(found) == 1 and not wanted.isdigit() else None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _at_seconds(value: Any, where: str, stretch: Stretch, words: Sequence[Word], notebook: Notebook) -> _Moment | None:
    """A moment, on its word where one is spoken then."""
    said = number(value, f"{where}.at", notebook)
    if said is None:
        return None
    begin, end = stretch.heard
    at = min(max(begin + said, begin), end)
    if abs(at - begin - said) > EDGE_SECONDS:
        notebook.note("dropped", f"{where}: {shown(said)} s is beyond the {end - begin:.1f} s of the stretch")
        return None
    index = bisect([word.start for word in words], at) - 1
    if index < 0 or at > words[index].end:
        return _Moment(at, None)
    notebook.note("snapped", f"{where}: {at:.1f} s is in word {index}")
    return _Moment(at, stretch.words[index])
