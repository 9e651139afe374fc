"""Tells when the avatar begins to speak and ends."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from live.contract import SOUND_RATE_HZ, Samples
from live.messages import Speaking
from live.utterance import Utterance

LOUD: Final = 180.0
"""RMS of int16 from which streamed sound counts as speech: -45 dB of full scale."""

PAUSE_SECONDS: Final = 0.7
"""Streamed sound that is quiet so long has ended an utterance."""


class SpeakingWatch:
    """Looks at what is given out. Text that is spoken is one utterance; streamed sound is one from pause to pause."""

    def __init__(self) -> None:
        self._on: dict[str, float] = {}

    def heard(
        self, at: float, samples: Samples, sounding: Sequence[Utterance], over: Iterable[Utterance]
    ) -> list[Speaking]:
        """What is to be told of `samples`, which begin at `at`: beginnings and ends."""
        until = at + len(samples) / SOUND_RATE_HZ
        messages = []
        loud = any(utterance.streamed for utterance in sounding) and _is_loud(samples)
        for utterance in sounding:
            if utterance.streamed and not loud:
                continue
            if utterance.name not in self._on:
                messages.append(Speaking(on=True, at=at, utterance=utterance.name))
            self._on[utterance.name] = until
        quiet = [u.name for u in sounding if u.streamed and until - self._on.get(u.name, until) > PAUSE_SECONDS]
        ended = [name for name in [*quiet, *(utterance.name for utterance in over)] if name in self._on]
        return messages + [Speaking(on=False, at=self._on.pop(name), utterance=name) for name in ended]

    def cut(self, name: str, at: float) -> list[Speaking]:
        if self._on.pop(name, None) is None:
            return []
        return [Speaking(on=False, at=at, utterance=name, cut=True)]


def _is_loud(samples: Samples) -> bool:
    sound = samples.astype(np.float32)
    return float(sound.dot(sound)) > LOUD**2 * len(sound)
