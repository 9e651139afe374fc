"""The sound that waits to be played, and whose it is."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import Floats
from live.contract import SOUND_RATE_HZ, Samples

FADE_SAMPLES: Final = SOUND_RATE_HZ // 100
"""What is cut off ends in 10 ms, so that it does not click."""

RISE_SAMPLES: Final = SOUND_RATE_HZ // 20
"""What was hushed comes back in 50 ms."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples that play from sample `first` on."""

    first: int
    samples: Samples
    utterance: str

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


@dataclass(frozen=True, slots=True)
class Given:
    """What was given out: the samples from sample `first` on, and whose sound is in them, in order."""

    first: int
    samples: Samples
    utterances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Hush:
    """Sound gives way from sample `begin` on, and comes back from `end` on."""

    begin: int
    end: int

    @property
    def over(self) -> int:
        return self.end + RISE_SAMPLES

    def gain(self, first: int, count: int) -> Floats:
        """(count,) in 0..1, of the samples from `first` on."""
        at = np.arange(first, first + count, dtype=np.float32)
        falling, rising = 1.0 - (at - self.begin) / FADE_SAMPLES, (at - self.end) / RISE_SAMPLES
        return np.asarray(np.clip(np.maximum(falling, rising), 0.0, 1.0), np.float32)


class Playout:
    """Sound on the media clock, in samples. `head` is what is given out next, `end` where nothing waits any more.

    The last `kept` samples that were given out can be looked at again. For one thread at a time.
    """

    def __init__(self, kept: int = 0) -> None:
        self.head = 0
        self._past: Samples = np.zeros(kept, np.int16)
        self._pieces: deque[_Piece] = deque()
        self._hush: _Hush | None = None

    @property
    def end(self) -> int:
        return self._pieces[-1].end if self._pieces else self.head

    @property
    def waiting_seconds(self) -> float:
        return (self.end - self.head) / SOUND_RATE_HZ

    def append(self, samples: Samples, utterance: str, lead: int) -> int:
        """The sample at which these play: right after what waits of the same utterance.

        Otherwise after what waits at all, and at least `lead` samples from now.
        """
        goes_on = bool(self._pieces) and self._pieces[-1].utterance == utterance
        first = self.end if goes_on else max(self.end, self.head + lead)
        if len(samples):
            self._pieces.append(_Piece(first, samples, utterance))
        return first

    def take(self, count: int) -> Given:
        """The next `count` samples; silence where there are none."""
        first, stop = self.head, self.head + count
        out, heard = self._waiting(first, count)
        self.head = stop
        if kept := len(self._past):
            self._past = np.concatenate([self._past, out])[-kept:]
        while self._pieces and self._pieces[0].end <= stop:
            self._pieces.popleft()
        if self._hush is not None and self._hush.over <= stop:
            self._hush = None
        return Given(first, out, tuple(heard))

    def around(self, first: int, count: int) -> Samples:
        """`count` samples from sample `first` on, as they were given out and as they wait; silence beyond these."""
        given = max(0, min(count, self.head - first))
        begin = first - self.head + len(self._past)
        known = self._past[max(0, begin) : max(0, begin + given)]
        before = np.concatenate([np.zeros(given - len(known), np.int16), known])
        return np.concatenate([before, self._waiting(first + given, count - given)[0]])

    def _waiting(self, first: int, count: int) -> tuple[Samples, list[str]]:
        """Samples from `first` on, not before `head`, and whose sound is in them."""
        stop, out = first + count, np.zeros(count, np.int16)
        heard: list[str] = []
        for piece in self._pieces:
            if piece.first >= stop:
                break
            begin, end = max(piece.first, first), min(piece.end, stop)
            if begin >= end:
                continue
            out[begin - first : end - first] = piece.samples[begin - piece.first : end - piece.first]
            if piece.utterance not in heard:
                heard.append(piece.utterance)
        return self._hushed(out, first), heard

    def _hushed(self, samples: Samples, first: int) -> Samples:
        hush = self._hush
        if hush is None or first >= hush.over or first + len(samples) <= hush.begin or not samples.any():
            return samples
        return np.asarray(np.rint(samples * hush.gain(first, len(samples))), np.int16)

    def hush(self, samples: int) -> None:
        """Lets nothing be heard of the next `samples`, but for a fade; they pass all the same. A hush that holds
        already holds no longer than it would have.
        """
        if self._hush is None or self.head >= self._hush.end:
            self._hush = _Hush(self.head, self.head + samples)

    def unhush(self) -> None:
        """What is given out from now on is heard again."""
        if self._hush is not None and self.head < self._hush.end:
            self._hush = _Hush(self._hush.begin, self.head)

    def clear(self) -> tuple[str, ...]:
        """Drops what waits, but for a fade of what is playing; names whose sound was dropped."""
        dropped = tuple(dict.fromkeys(piece.utterance for piece in self._pieces))
        playing = self._pieces[0] if self._pieces and self._pieces[0].first <= self.head else None
        self._pieces.clear()
        if playing is not None:
            rest = self._hushed(playing.samples[self.head - playing.first :][:FADE_SAMPLES], self.head)
            fade = np.linspace(1.0, 0.0, len(rest), dtype=np.float32)
            self._pieces.append(_Piece(self.head, np.rint(rest * fade).astype(np.int16), playing.utterance))
        self._hush = None
        return dropped

    def waits_for(self, utterance: str) -> bool:
        return any(piece.utterance == utterance for piece in self._pieces)
