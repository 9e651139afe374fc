"""One thing that is said: sound that comes in pieces becomes what is played, and the lips that go with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from audio_processor.live_prosody import LiveProsodyStream
from audio_processor.phonemes import viseme_track
from audio_processor.spoken_words import Phoneme
from avatar.types import HOP_SECONDS, SAMPLE_RATE_HZ, Floats, LiveProsody, VisemeTrack
from live.contract import SOUND_RATE_HZ, Samples
from live.resampling import EMPTY, Resampler
from models.visemes.stream import VisemeStream

HEARD_LEAD_SECONDS: Final = 0.12
"""Between sound's coming and its playing where it comes in time: its lips are known 92.5 ms after it, and a frame's
lips are those of half a frame before.
"""

CONTEXT_LEAD_SECONDS: Final = 0.025
"""So much more than what an engine must know past a frame: sound comes in pieces."""

KNOWN_LEAD_SECONDS: Final = 0.02

HEARD_SAMPLES: Final = round(0.04 * SAMPLE_RATE_HZ)
"""Lips are heard in pieces of a frame's length, where streamed sound comes in shorter ones."""

MELODY_SAMPLES: Final = round(0.04 * SAMPLE_RATE_HZ)
"""The melody is heard in pieces of a frame's length or more, however short those are in which the sound comes."""


def heard_samples(fps: int, lead: float) -> int:
    """The length of the pieces in which lips are heard, at 16 kHz, so that none comes too late for its frame.

    Frames of 40 ms are in step with such pieces and need nothing sooner; others need a longer lead, or else their lips
    are heard at once (0).
    """
    in_step = SAMPLE_RATE_HZ % (fps * HEARD_SAMPLES) == 0
    return HEARD_SAMPLES if in_step or lead >= HEARD_LEAD_SECONDS + HEARD_SAMPLES / SAMPLE_RATE_HZ else 0


class Floor(Protocol):
    """Where an utterance puts its sound and lips; safe for threads."""

    @property
    def heard_lead(self) -> float:
        """Seconds between streamed sound's coming and its playing."""
        ...

    def play(self, samples: Samples, utterance: str, lead: float) -> float:
        """The time from which the samples are heard."""
        ...

    def lips(self, track: VisemeTrack, at: float, prosody: LiveProsody, utterance: str) -> None:
        """`track` from `at` on; `prosody` is what has newly become known of the melody."""
        ...


@dataclass
class Utterance:
    """What is said under one name. One thread at a time pushes.

    `streamed` sound comes in time, as from a microphone, and its lips are heard in pieces of `heard_samples`; other
    sound comes as fast as it is made.
    """

    name: str
    floor: Floor
    streamed: bool = False
    text: str = ""
    language: str = ""
    on_cut: Callable[[], None] = lambda: None
    heard_samples: int = HEARD_SAMPLES
    cut: bool = False
    ended: bool = False
    _player: Resampler | None = None
    _hearer: Resampler | None = None
    _rate: int = 0
    _stream: VisemeStream | None = None
    _rows: int = 0
    _runs: list[tuple[int, float]] = field(default_factory=list)
    _pushed: int = 0
    _melody: LiveProsodyStream = field(default_factory=LiveProsodyStream)
    _unheard: Floats = field(default_factory=lambda: EMPTY)
    _unsung: Floats = field(default_factory=lambda: EMPTY)

    def push(self, samples: Floats, rate: int, phonemes: Sequence[Phoneme] = ()) -> float:
        """Adds sound (n,), mono in [-1, 1] at `rate` Hz, and tells from when it is heard.

        `phonemes`, with times from the start of these samples, are the lips; without them the lips are heard. What
        comes after a cut is dropped.
        """
        if self.cut or self.ended:
            return 0.0
        self._take_rate(rate)
        assert self._player is not None
        assert self._hearer is not None
        sound = self._hearer.push(samples)
        if phonemes:
            at = self._play(np.concatenate([self._player.push(samples), self._player.flush()]), KNOWN_LEAD_SECONDS)
            rows = max(1, round(len(samples) / rate / HOP_SECONDS))
            self.floor.lips(viseme_track(tuple(phonemes), rows), at, self._melody.push(sound), self.name)
            return at
        at = self._play(self._player.push(samples), self.floor.heard_lead if self.streamed else KNOWN_LEAD_SECONDS)
        self._hear(sound)
        return at

    def end(self) -> None:
        """Nothing more comes."""
        if self.ended:
            return
        if not self.cut and self._player is not None and self._hearer is not None:
            self._play(self._player.flush(), KNOWN_LEAD_SECONDS)
            self._hear(self._hearer.flush())
            self._hear_waiting()
            if self._stream is not None:
                self._show(self._stream.flush(), EMPTY)
        self.ended = True

    def _take_rate(self, rate: int) -> None:
        if rate != self._rate:
            self._rate = rate
            self._player, self._hearer = Resampler(rate, SOUND_RATE_HZ), Resampler(rate, SAMPLE_RATE_HZ)

    def _play(self, sound: Floats, lead: float) -> float:
        """Notes a new run wherever the sound does not follow what came before, since it came too late."""
        samples = np.rint(np.minimum(np.maximum(sound, -1.0), 1.0) * 32_767).astype(np.int16)
        at = self.floor.play(samples, self.name, lead)
        begun = self._pushed / SOUND_RATE_HZ
        if not self._runs or abs(self._runs[-1][1] + begun - self._runs[-1][0] / SOUND_RATE_HZ - at) > HOP_SECONDS:
            self._hear_waiting()
            self._runs.append((self._pushed, at))
            self._melody, self._unsung = LiveProsodyStream(at), EMPTY
        self._pushed += len(samples)
        return at

    def _hear(self, sound: Floats) -> None:
        """Waits for more where another piece like this still belongs to what is heard at once."""
        self._unheard = np.concatenate([self._unheard, sound])
        if not self.streamed or len(self._unheard) + len(sound) > self.heard_samples:
            self._hear_waiting()

    def _hear_waiting(self) -> None:
        sound, self._unheard = self._unheard, EMPTY
        if len(sound):
            self._stream = self._stream or VisemeStream()
            self._show(self._stream.push(sound), sound)

    def _show(self, track: VisemeTrack, sound: Floats) -> None:
        """Rows go to the time at which their own sound is heard."""
        self._unsung = np.concatenate([self._unsung, sound])
        rows, first = len(track.opening), self._rows
        if not rows:
            return
        self._rows += rows
        prosody = self._prosody()
        for begin, end, at in self._placed(first, first + rows):
            self.floor.lips(_part(track, begin - first, end - first), at, prosody, self.name)
            if end < first + rows:
                prosody = self._melody.push(EMPTY)

    def _prosody(self) -> LiveProsody:
        """What has become known of the melody since the last time; nothing where little sound has come since."""
        if len(self._unsung) < MELODY_SAMPLES:
            return self._melody.push(EMPTY)
        sound, self._unsung = self._unsung, EMPTY
        return self._melody.push(sound)

    def _placed(self, first: int, stop: int) -> list[tuple[int, int, float]]:
        """Stretches of rows, and the time of each one's first."""
        begins = [round(samples / SOUND_RATE_HZ / HOP_SECONDS) for samples, _ in self._runs]
        placed = []
        for i, (row, (_, at)) in enumerate(zip(begins, self._runs, strict=True)):
            until = begins[i + 1] if i + 1 < len(begins) else stop
            low, high = max(first, row), min(stop, until)
            if low < high:
                placed.append((low, high, at + (low - row) * HOP_SECONDS))
        while len(self._runs) > 1 and begins[1] <= first:
            self._runs.pop(0)
            begins.pop(0)
        return placed


def _part(track: VisemeTrack, begin: int, end: int) -> VisemeTrack:
    """Some rows of a track."""
    if begin == 0 and end == len(track.opening):
        return track
    return VisemeTrack(*(getattr(track, name)[begin:end] for name in VisemeTrack.__dataclass_fields__))
