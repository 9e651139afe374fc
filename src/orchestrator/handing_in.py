"""A performance that a person hands in: checked, laid onto its speech, and what had to be changed for that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from orchestrator.director.placing import placed
from orchestrator.given import checked_performance

MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A `Performance` as JSON, as it will be played, and in words how it differs from what came."""

    performance: dict[str, Any]
    notes: tuple[str, ...]


def hand_in(given: Mapping[str, Any], speech: str | None) -> HandedIn:
    """`speech` is the artifact that `load_speech` reads; where it is None or has gone, cues keep their moments.

    Raises `InputError` for what is no performance.
    """
    checked = checked_performance(given, "The performance")
    clamped = list(_clamped(given, checked, ""))
    shown = "; ".join(clamped[:MOST_NAMED]) + (f"; and {len(clamped) - MOST_NAMED} more" * (len(clamped) > MOST_NAMED))
    notes = (f"Values brought into their ranges: {shown}.",) if clamped else ()
    if speech is None or not Path(speech).is_file():
        return HandedIn(checked, notes)
    performance, moved = placed(Performance.model_validate(checked), load_speech(Path(speech)))
    return HandedIn(performance.model_dump(mode="json"), (*notes, *moved))


def _clamped(given: Any, kept: Any, where: str) -> Iterator[str]:
    """Every number that is another one now."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        for name in (name for name in given if name in kept):
            yield from _clamped(given[name], kept[name], f"{where}.{name}" if where else str(name))
    elif isinstance(given, Sequence) and isinstance(kept, Sequence) and not isinstance(given, str):
        for number, (item, kept_item) in enumerate(zip(given, kept, strict=False)):
            yield from _clamped(item, kept_item, f"{where}.{number}")
    elif isinstance(given, int | float) and isinstance(kept, int | float) and given != kept:
        yield f"{where} {given:g} to {kept:g}"
