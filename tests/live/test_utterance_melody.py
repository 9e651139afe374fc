"""The melody of what is said: heard in pieces, whatever the pieces in which the sound comes."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from audio_processor.live_prosody import LiveProsodyStream
from avatar.types import SAMPLE_RATE_HZ, Floats, LiveProsody, VisemeTrack
from live.contract import Samples
from live.utterance import MELODY_SAMPLES, Utterance


@dataclass
class Hall:
    """A floor that plays at once and keeps what becomes known of the melody."""

    heard_lead: float = 0.12
    melody: list[LiveProsody] = field(default_factory=list)
    played: int = 0

    def play(self, samples: Samples, utterance: str, lead: float) -> float:
        first, self.played = self.played, self.played + len(samples)
        return first / 48_000

    def lips(self, track: VisemeTrack, at: float, prosody: LiveProsody, utterance: str) -> None:
        self.melody.append(prosody)


def rising(seconds: float) -> Floats:
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (0.3 * np.sin(2 * np.pi * (120 + 40 * times) * times) * (0.6 + 0.4 * np.sin(20 * times))).astype(np.float32)


@pytest.mark.parametrize("milliseconds", [10, 20, 100])
def test_the_melody_is_that_of_the_whole_and_heard_a_few_times_a_second(
    milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    push = LiveProsodyStream.push

    def counted(stream: LiveProsodyStream, samples: Floats) -> LiveProsody:
        lengths.append(len(samples))
        return push(stream, samples)

    sound, hall = rising(1.5), Hall()
    whole = push(LiveProsodyStream(), sound)
    monkeypatch.setattr(LiveProsodyStream, "push", counted)
    utterance = Utterance("a", hall, streamed=True)
    piece = SAMPLE_RATE_HZ * milliseconds // 1000
    for first in range(0, len(sound), piece):
        utterance.push(sound[first : first + piece], SAMPLE_RATE_HZ)
    heard = [length for length in lengths if length]
    assert min(heard) >= MELODY_SAMPLES
    levels = np.concatenate([part.loudness_db for part in hall.melody])
    assert 0 <= len(whole.loudness_db) - len(levels) <= max(MELODY_SAMPLES, piece) / 160
    np.testing.assert_allclose(levels, whole.loudness_db[: len(levels)], atol=1e-3)
