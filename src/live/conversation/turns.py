"""From a microphone's sound to the turns of a person: when one begins, and when it is over."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import SAMPLE_RATE_HZ, Floats
from live.conversation.echo import Echo
from live.conversation.meters import VoiceMeter, level_db
from models.silero import FRAME_SAMPLES

FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ

LIKELY: Final = 0.5
SURE: Final = 0.7
STILL: Final = 0.25
"""Probability from which a frame may begin speech, from which while the avatar speaks, and from which it goes on."""

BEGIN_FRAMES, BEGIN_OF = 3, 4
"""Speech begins where so many of so many frames are likely: 96 to 128 ms. A click is shorter."""

DOUBT_FRAMES: Final = 3
"""While the avatar speaks, a likely frame and a sure one are a sign of speech, after 64 to 96 ms; where it has not
begun so many frames later, it was none.
"""

OVER_NOISE_DB: Final = 6.0
LEAST_DB: Final = -60.0
NOISE_RISE_DB: Final = 0.05
NOISE_RISE_IN_SPEECH_DB: Final = 0.01
NOISE_FALL: Final = 0.3
FIRST_NOISE_DB: Final = -55.0
"""Noise is what the level falls back to; it rises by so much a frame at most."""

BEFORE_SECONDS: Final = 0.35
AFTER_SECONDS: Final = 0.2
"""What is kept around speech: its first sound is quiet."""

USUAL_PAUSE_SECONDS: Final = 0.6
LEAST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.5, 0.9
PAUSE_GROWTH: Final = 1.5
"""A turn is over after the usual pause, or after so many times the longest pause that was none of its ends."""

HURRIED_PAUSE_SECONDS: Final = 0.4
"""Where the words are known to end a sentence."""

MOST_TURN_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class SpeechSensed:
    """While the avatar speaks, a person may have begun to: `SpeechBegan` or `SpeechDoubted` follows."""


@dataclass(frozen=True, slots=True)
class SpeechDoubted:
    """What was sensed was no speech."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """A person began to speak `seconds` ago."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """Nobody has spoken for a moment; `samples` (n,) at 16 kHz are the turn so far."""

    samples: Floats


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn is over: its `samples` (n,) at 16 kHz, after `silence` seconds; `cut` where it was too long."""

    samples: Floats
    silence: float
    cut: bool = False


TurnEvent = SpeechSensed | SpeechDoubted | SpeechBegan | SpeechPaused | TurnEnded
PAUSED_FRAMES: Final = round(0.25 / FRAME_SECONDS)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Whether speech may begin in a frame, whether it may be its first and faint beginning, and whether it goes on."""

    likely: bool
    rising: bool
    is_still: bool


class TurnDetector:
    """Takes sound in pieces of any length. For one thread; `echo` may be fed by another.

    `resumptions` counts the times that somebody spoke on after a moment of silence.
    """

    def __init__(self, meter: VoiceMeter, echo: Echo | None = None) -> None:
        self._meter, self._echo = meter, echo or Echo()
        self._rest = np.zeros(0, np.float32)
        self._before: deque[Floats] = deque(maxlen=round(BEFORE_SECONDS / FRAME_SECONDS) + BEGIN_OF)
        self._recent: deque[bool] = deque(maxlen=BEGIN_OF)
        self._rising = False
        self._sensed: int | None = None
        self._noise_db = FIRST_NOISE_DB
        self._turn: list[Floats] | None = None
        self._quiet = 0
        self._pause = USUAL_PAUSE_SECONDS
        self.resumptions = 0

    @property
    def in_speech(self) -> bool:
        return self._turn is not None

    def hurry(self) -> None:
        """The words so far end a sentence: the turn need not wait for long."""
        self._pause = min(self._pause, HURRIED_PAUSE_SECONDS)

    def push(self, samples: Floats) -> list[TurnEvent]:
        """`samples` (n,) at 16 kHz in -1..1."""
        sound = np.concatenate([self._rest, np.asarray(samples, np.float32)])
        whole = len(sound) // FRAME_SAMPLES
        self._rest = sound[whole * FRAME_SAMPLES :]
        frames = sound[: whole * FRAME_SAMPLES].reshape(whole, FRAME_SAMPLES)
        return [event for frame in frames for event in self._hear(frame.copy())]

    def flush(self) -> list[TurnEvent]:
        """The microphone is off: a turn that has begun is over."""
        self._rest = np.zeros(0, np.float32)
        if self._turn is not None:
            return [self._ended(cut=True)]
        sensed, self._sensed, self._rising = self._sensed, None, False
        return [] if sensed is None else [SpeechDoubted()]

    def _hear(self, frame: Floats) -> Iterator[TurnEvent]:
        judged = self._judged(frame)
        if self._turn is not None:
            self._turn.append(frame)
            yield from self._go_on(is_still=judged.is_still)
            return
        self._before.append(frame)
        self._recent.append(judged.likely)
        if sum(self._recent) >= BEGIN_FRAMES:
            yield self._begun()
        else:
            yield from self._sense(judged)

    def _begun(self) -> SpeechBegan:
        begun = list(self._recent)
        ago = (len(begun) - begun.index(True)) * FRAME_SECONDS
        self._turn, self._quiet, self._pause = list(self._before), 0, USUAL_PAUSE_SECONDS
        self._before.clear()
        self._recent.clear()
        self._rising, self._sensed = False, None
        return SpeechBegan(ago)

    def _sense(self, judged: _Judged) -> Iterator[TurnEvent]:
        """The first signs of speech, while the avatar speaks."""
        before, self._rising = self._rising, judged.rising
        if self._sensed is not None:
            self._sensed += 1
            if self._sensed >= DOUBT_FRAMES:
                self._sensed = None
                yield SpeechDoubted()
        elif before and judged.likely:
            self._sensed = 0
            yield SpeechSensed()

    def _judged(self, frame: Floats) -> _Judged:
        probability, heard_db, avatar_db = self._meter(frame), level_db(frame), self._echo.avatar_db()
        self._follow_noise(heard_db)
        is_heard = heard_db > max(self._noise_db + OVER_NOISE_DB, LEAST_DB)
        is_person = is_heard and self._echo.is_person(heard_db, avatar_db)
        likely = is_person and probability > (LIKELY if avatar_db is None else SURE)
        if avatar_db is not None and not likely and self._turn is None:
            self._echo.learn(heard_db, avatar_db)
        rising = is_person and avatar_db is not None and probability > LIKELY
        return _Judged(likely, rising, is_person and probability > STILL)

    def _follow_noise(self, heard_db: float) -> None:
        difference = heard_db - self._noise_db
        rise = NOISE_RISE_DB if self._turn is None else NOISE_RISE_IN_SPEECH_DB
        self._noise_db += min(difference, rise) if difference > 0 else NOISE_FALL * difference

    def _go_on(self, *, is_still: bool) -> Iterator[TurnEvent]:
        assert self._turn is not None
        if is_still:
            resumed = self._quiet * FRAME_SECONDS
            self.resumptions += self._quiet > 0
            if resumed > LEAST_PAUSE_SECONDS / 2:
                self._pause = min(MOST_PAUSE_SECONDS, max(USUAL_PAUSE_SECONDS, PAUSE_GROWTH * resumed))
            self._quiet = 0
        else:
            self._quiet += 1
        if self._quiet * FRAME_SECONDS >= self._pause:
            yield self._ended(cut=False)
        elif len(self._turn) * FRAME_SECONDS >= MOST_TURN_SECONDS:
            yield self._ended(cut=True)
        elif self._quiet == PAUSED_FRAMES:
            yield SpeechPaused(np.concatenate(self._turn))

    def _ended(self, *, cut: bool) -> TurnEnded:
        assert self._turn is not None
        extra = max(0, self._quiet - round(AFTER_SECONDS / FRAME_SECONDS))
        samples = np.concatenate(self._turn[: len(self._turn) - extra])
        silence = self._quiet * FRAME_SECONDS
        self._turn, self._quiet = None, 0
        return TurnEnded(samples, silence, cut)
