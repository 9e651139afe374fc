"""What a live face attends to: at rest, listening, thinking or speaking."""

from typing import Final, Literal

from avatar.performance import Cue
from video_processor.motion.curves import random_stream
from video_processor.motion.live.eyes import Attention

State = Literal["idle", "listening", "thinking", "speaking"]

LIVELY: Final[dict[State, float]] = {"idle": 0.0, "listening": 0.1, "thinking": 0.2, "speaking": 0.6}
"""How far a face that says nothing is on the way from an idle one to a talking one."""

LISTENING_PULL: Final = 0.85
"""Share of the looks away that somebody who listens leaves out."""

NODS_APART_SECONDS: Final = (2.5, 6.5)
NOD_INTENSITY: Final = (0.2, 0.45)
NOD_SECONDS: Final = (0.5, 0.8)
SECOND_NOD_CHANCE: Final = 0.3
SECOND_NOD_INTENSITY: Final = 0.6
"""Of the first one's."""


class Attending:
    """The state of attention over time, and what comes with it."""

    def __init__(self, seed: int) -> None:
        self._random = random_stream(seed, "listening")
        self._coming: list[tuple[float, State]] = []
        self._next_nod = 0.0
        self.state: State = "idle"

    def attend(self, state: State, at: float) -> None:
        """The state from `at` on; what was to come after that does not."""
        self._coming = [*((start, what) for start, what in self._coming if start < at), (at, state)]

    def go_to(self, time: float) -> bool:
        """Whether the state has become another one at a time; times only grow."""
        before = self.state
        while self._coming and self._coming[0][0] <= time:
            self.state = self._coming.pop(0)[1]
        if self.state != before and self.state == "listening":
            self._next_nod = time + self._drawn(NODS_APART_SECONDS)
        return self.state != before

    def nods(self, time: float) -> list[Cue]:
        """The nods of somebody who listens that begin about now."""
        if self.state != "listening" or time < self._next_nod:
            return []
        self._next_nod = time + self._drawn(NODS_APART_SECONDS)
        seconds, intensity = self._drawn(NOD_SECONDS), self._drawn(NOD_INTENSITY)
        first = Cue(action="nod", at=time + seconds, intensity=intensity, duration=seconds)
        if self._random.random() >= SECOND_NOD_CHANCE:
            return [first]
        again = {"at": first.at + seconds, "intensity": SECOND_NOD_INTENSITY * intensity}
        return [first, first.model_copy(update=again)]

    def attention(self, gaze_contact: float, *, in_pause: bool) -> Attention:
        contact = gaze_contact
        if self.state == "listening":
            contact += LISTENING_PULL * (1.0 - contact)
        return Attention(contact, in_pause=in_pause, thinking=self.state == "thinking")

    def _drawn(self, within: tuple[float, float]) -> float:
        low, high = within
        return float(low + (high - low) * self._random.random())
