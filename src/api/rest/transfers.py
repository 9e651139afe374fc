"""How far a download is, and how fast it goes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from avatar.errors import AvatarError
from models.downloads import Transfer

RATE_SECONDS: Final = 5.0
"""The rate is that of so many last seconds."""

STEP_SECONDS: Final = 0.25
"""What is heard within it counts once."""

Clock = Callable[[], float]


class GivenUpError(Exception):
    """Somebody has cancelled the download; it unwinds the code that receives it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`done` of `total` bytes, 0 where nobody tells the total; `rate` in bytes a second, None before it is known.

    One that has `begun` receives, one that has not waits for its turn.
    """

    begun: bool
    done: int
    total: int
    rate: float | None

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate and self.total > self.done else None


@dataclass(slots=True)
class Fetching:
    """The download of what comes from one place. Safe for threads."""

    keys: tuple[str, ...]
    clock: Clock = time.monotonic
    failure: AvatarError | None = None
    has_ended: bool = False
    given_up: threading.Event = field(default_factory=threading.Event)
    _heard: tuple[tuple[float, Transfer], ...] = ()

    @property
    def is_under_way(self) -> bool:
        return not (self.has_ended or self.given_up.is_set())

    def tell(self, transfer: Transfer) -> None:
        """What has arrived. Raises `GivenUpError` where nobody wants more of it."""
        if self.given_up.is_set():
            raise GivenUpError
        now, heard = self.clock(), self._heard
        if heard and (transfer.name != heard[-1][1].name or transfer.done < heard[-1][1].done):
            heard = ()
        if len(heard) > 1 and now - heard[-2][0] < STEP_SECONDS:
            heard = heard[:-1]
        self._heard = (*(entry for entry in heard if entry[0] >= now - RATE_SECONDS), (now, transfer))

    @property
    def standing(self) -> Standing:
        heard = self._heard
        if not heard:
            return Standing(begun=False, done=0, total=0, rate=None)
        (since, first), (_, last) = heard[0], heard[-1]
        passed = self.clock() - since
        rate = (last.done - first.done) / passed if passed > 0 and len(heard) > 1 else None
        return Standing(begun=True, done=last.done, total=last.total, rate=rate)
