"""A performance that a person hands in: checked, laid onto its speech, and what had to be changed for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from orchestrator.director.placing import placed
from orchestrator.given import checked_performance
from orchestrator.ranges import range_notes


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A `Performance` as JSON, as it will be played, and in words how it differs from what came."""

    performance: dict[str, Any]
    notes: tuple[str, ...]


def hand_in(given: Mapping[str, Any], speech: str | None) -> HandedIn:
    """`speech` is the artifact that `load_speech` reads; where it is None or has gone, cues keep their moments.

    Raises `InputError` for what is no performance.
    """
    what = "The performance"
    checked = checked_performance(given, what)
    notes = range_notes(given, checked, what)
    if speech is None or not Path(speech).is_file():
        return HandedIn(checked, notes)
    performance, moved = placed(Performance.model_validate(checked), load_speech(Path(speech)))
    return HandedIn(performance.model_dump(mode="json"), (*notes, *moved))
