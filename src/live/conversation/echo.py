"""How loud the avatar's own voice may come back by the microphone: what is no louder is not a person."""

import threading
import time
from collections import deque
from typing import Final

import numpy as np

from live.contract import TimedFrame, TimedSound
from live.conversation.meters import SILENCE_DB, level_db
from live.messages import ServerMessage

WINDOW_SECONDS: Final = 0.8
"""Sound that was given out is heard, and comes back, within so long."""

LEAST_DB: Final = -50.0
"""Quieter sound of the avatar does not come back."""

LEARNING_FRAMES: Final = 12
"""So many frames of 32 ms, with the avatar speaking, tell how loud it comes back; nobody can interrupt in them."""

MARGIN_DB: Final = 8.0
RISE, FALL = 0.3, 0.03
FULL_SCALE_DB: Final = 90.3
"""Of int16."""


class Echo:
    """A viewer of the stage that follows what the avatar says, and compares what the microphone hears meanwhile."""

    wants_pictures: Final = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._played: deque[tuple[float, float]] = deque()
        self._coupling_db = SILENCE_DB
        self._learned = 0

    def sound(self, sound: TimedSound) -> None:
        loud = level_db(sound.samples.astype(np.float32)) - FULL_SCALE_DB
        now = time.monotonic()
        with self._lock:
            if loud > LEAST_DB:
                self._played.append((now, loud))
            while self._played and self._played[0][0] < now - WINDOW_SECONDS:
                self._played.popleft()

    def frame(self, frame: TimedFrame) -> None:
        """It sees nothing."""

    def tell(self, message: ServerMessage) -> None:
        """It heeds nothing."""

    def avatar_db(self) -> float | None:
        """The loudest of the avatar that may be heard at the moment; None where it is quiet."""
        oldest = time.monotonic() - WINDOW_SECONDS
        with self._lock:
            return max((loud for at, loud in self._played if at >= oldest), default=None)

    def is_person(self, heard_db: float, avatar_db: float | None) -> bool:
        """Whether what is heard is louder than the avatar's own voice would come back."""
        if avatar_db is None:
            return True
        return self._learned >= LEARNING_FRAMES and heard_db > avatar_db + self._coupling_db + MARGIN_DB

    def learn(self, heard_db: float, avatar_db: float) -> None:
        """A frame in which the avatar alone is heard."""
        seen = heard_db - avatar_db
        self._learned += 1
        if self._learned == 1:
            self._coupling_db = seen
        else:
            self._coupling_db += (RISE if seen > self._coupling_db else FALL) * (seen - self._coupling_db)
