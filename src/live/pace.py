"""How many messages a session takes: some at once, and so many a second for long."""

from typing import Final

MESSAGES_PER_SECOND: Final = 100.0
MOST_AT_ONCE: Final = 200


class Pace:
    """A bucket of permissions, which fills at `per_second` up to `most`. Times are seconds of any one clock."""

    def __init__(self, per_second: float = MESSAGES_PER_SECOND, most: int = MOST_AT_ONCE) -> None:
        self._per_second, self._most = per_second, most
        self._left, self._at = float(most), 0.0
        self._is_told = False

    def allows(self, now: float) -> bool:
        """Takes a permission, if one is left."""
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        if self._left > self._most / 2:
            self._is_told = False
        return True

    def is_first_refusal(self) -> bool:
        """Whether nobody has been told yet that messages come too fast, since they last came slowly."""
        first, self._is_told = not self._is_told, True
        return first
