"""Cues that a face can play: none twice, none against each other, none so near that they become a twitch."""

from bisect import bisect, insort
from collections.abc import Sequence
from typing import Final

from avatar.performance import Action, Cue
from orchestrator.director.problems import Notebook

SAME_SECONDS: Final = 0.35
"""Nearer to each other, two cues of one action are one."""
MEETING_SECONDS: Final = 0.4
"""Nearer to each other, contrary cues would cancel out."""

GROUPS: Final[tuple[tuple[tuple[Action, ...], float], ...]] = (
    (("nod", "shake", "turn", "tilt", "lean"), 0.6),
    (("brow_raise", "frown"), 0.7),
    (("blink", "wink"), 0.5),
    (("look",), 0.8),
    (("smile",), 1.0),
    (("eyes_wide", "squint"), 0.7),
    (("still",), 1.0),
)
"""What moves the same part of the face, and the least time between two of them, in seconds."""

CONTRARY: Final[tuple[tuple[frozenset[Action], frozenset[Action]], ...]] = (
    (frozenset({"smile"}), frozenset({"frown"})),
    (frozenset({"eyes_wide"}), frozenset({"blink", "wink"})),
    (frozenset({"still"}), frozenset({"nod", "shake", "turn", "tilt", "lean"})),
)
"""Beside those of one group."""

WINDOW_SECONDS, MOST_IN_WINDOW = 5.0, 5
"""So many cues at most within half of that before and after another one."""


def playable(cues: Sequence[Cue], notebook: Notebook) -> tuple[Cue, ...]:
    """Those that stay, by time; of two that cannot both be played the stronger one, of equals the first."""
    kept: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: -cue.intensity):
        near = _between(kept, cue.at - WINDOW_SECONDS, cue.at + WINDOW_SECONDS)
        reason = _reason(cue, near)
        if reason:
            notebook.note("dropped", f"{cue.action} at {cue.at:.1f} s {reason}")
        else:
            insort(kept, cue, key=lambda other: other.at)
    return tuple(kept)


def _between(kept: Sequence[Cue], start: float, end: float) -> Sequence[Cue]:
    return kept[bisect(kept, start, key=lambda cue: cue.at) : bisect(kept, end, key=lambda cue: cue.at)]


def _reason(cue: Cue, near: Sequence[Cue]) -> str:
    """Why it cannot be played beside those; empty where it can."""
    for other in near:
        apart = abs(other.at - cue.at)
        if other.action == cue.action and apart < SAME_SECONDS:
            return "is there twice"
        if apart < MEETING_SECONDS and _contrary(cue, other):
            return f"is contrary to {other.action}"
        if apart < _spacing(cue, other):
            return f"is too near to {other.action}"
    crowded = sum(abs(other.at - cue.at) < WINDOW_SECONDS / 2 for other in near) >= MOST_IN_WINDOW
    return "is one too many" if crowded else ""


def _spacing(cue: Cue, other: Cue) -> float:
    return next((gap for actions, gap in GROUPS if cue.action in actions and other.action in actions), 0.0)


def _contrary(cue: Cue, other: Cue) -> bool:
    pair = (cue.action, other.action)
    return any(
        (pair[0] in ones and pair[1] in others) or (pair[1] in ones and pair[0] in others) for ones, others in CONTRARY
    )
