"""Fewer cues: of what a face could do, what somebody would do."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from avatar.performance import Action, Cue

HEAD_ACTIONS: Final[tuple[Action, ...]] = ("nod", "shake", "tilt", "turn", "lean")

HEAD_SPACING_SECONDS: Final = 1.4
"""Least time between two cues that move the head."""
CROWD_SECONDS: Final = 10.0
HEAD_CROWD: Final = 4
"""Most cues that move the head in so long a stretch."""

SAME_SPACING_SECONDS: Final[Mapping[Action, float]] = {
    "nod": 2.0,
    "shake": 2.5,
    "tilt": 2.2,
    "turn": 4.0,
    "lean": 12.0,
    "brow_raise": 2.4,
    "frown": 5.0,
    "smile": 4.0,
    "eyes_wide": 6.0,
    "squint": 6.0,
    "look": 2.5,
    "blink": 4.0,
    "still": 1.0,
}
"""Least time between two of a kind."""

OPPOSED: Final[Mapping[Action, tuple[Action, ...]]] = {
    "brow_raise": ("frown", "squint"),
    "eyes_wide": ("frown", "squint"),
    "smile": ("frown",),
    "squint": ("brow_raise", "eyes_wide"),
    "frown": ("brow_raise", "eyes_wide", "smile"),
}
OPPOSED_SECONDS: Final = 1.5
"""What undoes each other keeps so far apart."""


@dataclass(frozen=True, slots=True)
class Idea:
    """A cue that somebody might play, and how much it matters, about 0..1.

    `free` ones mark a stress, for which another movement of the head would do as well.
    """

    cue: Cue
    weight: float
    free: bool = False


def thinned(ideas: Iterable[Idea], crowding: float = 1.0) -> list[Idea]:
    """The ideas that matter most and keep their distances, in the order of time; of equals the first given.

    With a `crowding` over 1 what moves the head may come so much denser.
    """
    kept: list[Idea] = []
    heads: list[float] = []
    same: dict[Action, list[float]] = {}
    for idea in sorted(ideas, key=lambda idea: -idea.weight):
        action, at = idea.cue.action, idea.cue.at
        density = crowding if action in HEAD_ACTIONS else 1.0
        if not is_free(same.get(action, ()), at, apart(action) / density):
            continue
        if any(not is_free(same.get(other, ()), at, OPPOSED_SECONDS) for other in OPPOSED.get(action, ())):
            continue
        if action in HEAD_ACTIONS:
            if not is_free(heads, at, HEAD_SPACING_SECONDS / density) or _crowd(heads, at) >= HEAD_CROWD * density:
                continue
            insort(heads, at)
        insort(same.setdefault(action, []), at)
        kept.append(idea)
    return sorted(kept, key=lambda idea: idea.cue.at)


def apart(action: Action) -> float:
    """Least seconds between two cues of that kind."""
    return SAME_SPACING_SECONDS.get(action, 0.0)


def is_free(taken: Sequence[float], at: float, seconds: float) -> bool:
    """Whether nothing of the sorted times is nearer than that."""
    place = bisect_left(taken, at)
    return all(abs(at - other) >= seconds for other in taken[max(place - 1, 0) : place + 1])


def _crowd(taken: Sequence[float], at: float) -> int:
    half = CROWD_SECONDS / 2.0
    return bisect_right(taken, at + half) - bisect_left(taken, at - half)
