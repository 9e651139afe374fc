"""How soon the avatar gives way to somebody who speaks: sound, and the lips of real motion, on a clock of the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np
import pytest

from audio_processor.spoken_words import Phoneme
from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.performance import ControlParameters
from avatar.types import SAMPLE_RATE_HZ, Floats
from live.contract import SOUND_RATE_HZ, TimedFrame
from live.conversation import echo
from live.conversation.turns import SpeechBegan, SpeechDoubted, SpeechSensed, TurnDetector, TurnEvent
from live.stage import Stage
from models.silero import FRAME_SAMPLES
from scripts.living.scripted import LoudMeter, silent, speaking
from tests.live.conversation.doubles import TinyDrawer, Watcher
from video_processor.motion.live import LiveMotion

LIPS: Final = [BLENDSHAPE_INDEX[name] for name in ("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight")]
PARTED: Final = 0.12
PIECE: Final = SAMPLE_RATE_HZ // 50
ALONE_SECONDS: Final = 36 * FRAME_SAMPLES / SAMPLE_RATE_HZ
"""From the start, in which the avatar speaks alone, and its echo is learned."""

VOWEL: Final = (Phoneme("b", 0.0, 0.04), Phoneme("a", 0.04, 3.0))
KNOCK: Final = 2 * FRAME_SAMPLES / SAMPLE_RATE_HZ


@dataclass
class Seen(Watcher):
    """Keeps the lips of every frame too."""

    lips: list[Floats] = field(default_factory=list)

    def frame(self, frame: TimedFrame) -> None:
        super().frame(frame)
        self.lips.append(frame.shapes[LIPS])


class Talk:
    """An avatar that says one vowel for 3 s. `events` are what a microphone brought, with their seconds."""

    def __init__(self, fps: int) -> None:
        self.now, self.fps, self.seen, self._echo = 0.0, fps, Seen(), echo.Echo()
        self.events: list[tuple[float, TurnEvent]] = []
        motion = LiveMotion(np.zeros(len(BLENDSHAPES), np.float32), fps=Fraction(fps), seed=1)
        self._stage = Stage(TinyDrawer(), motion, fps=fps, controls=ControlParameters())
        self._stage.add(self.seen)
        self._stage.add(self._echo)
        hum = 0.3 * np.sin(2 * np.pi * 220 * np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
        self._stage.utterance().push(hum.astype(np.float32), SAMPLE_RATE_HZ, VOWEL)

    def monotonic(self) -> float:
        return self.now

    def hear(self, *sounds: Floats) -> None:
        """A piece every 20 ms, and frames as their times come."""
        microphone, detector = np.concatenate(sounds), TurnDetector(LoudMeter(), self._echo)
        for place in range(0, len(microphone), PIECE):
            comes = (place + PIECE) / SAMPLE_RATE_HZ
            while (shown := len(self.seen.lips) / self.fps) < comes:
                self.now = shown
                self._stage.walk(1)
            self.now = comes
            for event in detector.push(microphone[place : place + PIECE]):
                self._heed(event)

    def _heed(self, event: TurnEvent) -> None:
        """As a conversation does."""
        self.events.append((self.now, event))
        if isinstance(event, SpeechSensed):
            self._stage.hush()
        elif isinstance(event, SpeechDoubted):
            self._stage.unhush()
        elif isinstance(event, SpeechBegan):
            self._stage.clear()

    @property
    def kinds(self) -> list[type[TurnEvent]]:
        return [type(event) for _, event in self.events]

    @property
    def loud(self) -> Floats:
        """The seconds at which something is heard."""
        return np.asarray(np.flatnonzero(np.abs(self.seen.heard()) > 0.005) / SOUND_RATE_HZ)

    def lips_at(self, *, parted: bool) -> Floats:
        """The beginnings of frames whose lips are, or are not."""
        shown = zip(self.seen.frames, self.seen.lips, strict=True)
        return np.array([at for at, lips in shown if bool(lips.max() > PARTED) == parted])


Open = Callable[[int], Talk]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    def opening(fps: int) -> Talk:
        talk = Talk(fps)
        monkeypatch.setattr(echo, "time", talk)
        return talk

    return opening


@pytest.mark.parametrize("fps", [25, 50])
def test_sound_and_lips_stop_within_130_ms_wherever_speech_begins(fps: int, opened: Open) -> None:
    for late in np.arange(4) * 0.0131:
        talk, begins = opened(fps), ALONE_SECONDS + float(late)
        talk.hear(silent(begins), speaking(0.3), silent(0.1))
        assert talk.kinds == [SpeechSensed, SpeechBegan]
        assert begins < talk.loud[-1] <= begins + 0.13
        assert begins < talk.lips_at(parted=True)[-1] + 1 / fps <= begins + 0.13


def test_what_only_seemed_to_be_speech_dips_the_voice_and_ends_nothing(opened: Open) -> None:
    talk = opened(25)
    talk.hear(silent(ALONE_SECONDS), speaking(KNOCK), silent(0.6))
    (sensed, _), (doubted, _) = talk.events
    assert talk.kinds == [SpeechSensed, SpeechDoubted]
    assert 0.03 < np.max(np.diff(talk.loud)) < doubted - sensed + 0.08
    assert np.sum(talk.loud > doubted) > 0.3 * SOUND_RATE_HZ
    closed = talk.lips_at(parted=False)
    dip = closed[closed > sensed]
    assert len(dip) > 0
    assert dip.max() < doubted + 0.12


def test_a_hush_that_nobody_ends_is_over_by_itself(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = opened(25)
    monkeypatch.setattr(Stage, "unhush", lambda _: None)
    talk.hear(silent(ALONE_SECONDS), speaking(KNOCK), silent(0.8))
    assert 0.25 < np.max(np.diff(talk.loud)) < 0.35
    assert talk.lips_at(parted=True)[-1] > ALONE_SECONDS + 0.7
