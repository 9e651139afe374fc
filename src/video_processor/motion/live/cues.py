"""Cues of a live face: each is played whole, from now on where its moment is too near."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import Action, Cue
from avatar.types import Floats
from video_processor.motion.blinks import (
    CLOSING_SECONDS,
    OPENING_SECONDS,
    SHUT_BEFORE_SECONDS,
    WINK_HOLD_SECONDS,
    cue_slowness,
)
from video_processor.motion.composition import stacked
from video_processor.motion.cues import (
    FACE_RISE,
    HEAD_CUES,
    HEAD_RISE,
    LONGEST_FALL_SECONDS,
    face_cues,
    head_cues,
    held,
    nod_seconds,
    only,
    rise_seconds,
    shake_seconds,
    side,
)
from video_processor.motion.curves import Clock
from video_processor.motion.gaze import Gaze, with_looks

LATEST_SECONDS: Final = 2.0
"""A cue whose moment is longer ago has lost its sense: it is not played."""

BLOCK_SECONDS: Final = 0.5
BLINKS: Final[tuple[Action, ...]] = ("blink", "wink")


@dataclass(frozen=True, slots=True)
class Acted:
    """What cues do in one frame: changes of the face (52,), of the pose (6,), and how `still` they hold it."""

    face: Floats
    pose: Floats
    still: float


NOTHING: Final = Acted(np.zeros(len(BLENDSHAPES), np.float32), np.zeros(6, np.float32), 0.0)


class LiveCues:
    """The cues that are going on or yet to come."""

    def __init__(self, fps: Fraction) -> None:
        self._fps, self._rate = fps, float(fps)
        self._cues: list[Cue] = []
        self._block: list[Acted] = []
        self._first = 0

    def add(self, cue: Cue, now: float) -> bool:
        """Whether the cue is played: one that is placed and not long past is, so that it begins at `now` or later."""
        if not cue.is_placed or cue.at < now - LATEST_SECONDS:
            return False
        at = max(cue.at, now + lead_seconds(cue))
        self._cues.append(cue.model_copy(update={"at": at, "direction": side(cue)}))
        self._block = []
        return True

    def cut(self, at: float) -> None:
        """Cues that begin at `at` or later are not played."""
        self._cues = [cue for cue in self._cues if cue.at - lead_seconds(cue) < at]
        self._block = []

    def acted(self, index: int) -> Acted:
        """What they do in a frame; indices only grow."""
        place = index - self._first
        if place >= len(self._block):
            self._make(index)
            place = 0
        return self._block[place] if self._block else NOTHING

    def lids(self) -> list[Cue]:
        """Those that shut an eye."""
        return only(self._cues, *BLINKS)

    def looking(self, own: Gaze[float], index: int) -> Gaze[float]:
        """The gaze, taken over where cues ask for a look."""
        looks = only(self._cues, "look")
        if not looks:
            return own
        curves = Gaze(np.array([own.yaw], np.float32), np.array([own.pitch], np.float32))
        found = with_looks(curves, looks, Clock(self._fps, 1, index))
        return Gaze(float(found.yaw[0]), float(found.pitch[0]))

    def _make(self, index: int) -> None:
        now = index / self._rate
        self._cues = [cue for cue in self._cues if now < cue.at + tail_seconds(cue)]
        self._first = index
        count = ceil(BLOCK_SECONDS * self._rate)
        if all(cue.at - lead_seconds(cue) > now + BLOCK_SECONDS for cue in self._cues):
            self._block = [NOTHING] * count
            return
        clock = Clock(self._fps, count, index)
        face, pose = stacked(face_cues(self._cues, clock), count), head_cues(self._cues, clock)
        still = held(only(self._cues, "still"), clock).tolist()
        self._block = [Acted(face[i], pose[i], still[i]) for i in range(count)]


def lead_seconds(cue: Cue) -> float:
    """From a cue's beginning to its moment."""
    if cue.action in BLINKS:
        return cue_slowness(cue) * (CLOSING_SECONDS + SHUT_BEFORE_SECONDS)
    if cue.action == "nod":
        return nod_seconds(cue)
    if cue.action == "shake":
        return shake_seconds(cue)
    return rise_seconds(cue, HEAD_RISE if cue.action in HEAD_CUES else FACE_RISE)


def tail_seconds(cue: Cue) -> float:
    """From a cue's moment to where nothing is left of it."""
    if cue.action in BLINKS:
        return cue_slowness(cue) * (WINK_HOLD_SECONDS + OPENING_SECONDS)
    if cue.action == "nod":
        return 2.0 * nod_seconds(cue)
    if cue.action == "shake":
        return shake_seconds(cue)
    return cue.duration + LONGEST_FALL_SECONDS
