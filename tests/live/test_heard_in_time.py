"""The lips of sound that comes in time: heard in pieces, in time for their frames, and none left out."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from avatar.types import HOP_SECONDS, SAMPLE_RATE_HZ, Floats, LiveProsody, VisemeTrack
from live.contract import SOUND_RATE_HZ, Samples
from live.utterance import HEARD_LEAD_SECONDS, HEARD_SAMPLES, Utterance, heard_samples
from models.visemes.stream import VisemeStream, visemes_of
from video_processor.motion.scene import filmed_hops


@dataclass
class Timed:
    """A floor whose clock is moved by hand; keeps the lips, and until when they are known."""

    fps: int = 25
    heard_lead: float = HEARD_LEAD_SECONDS
    head: float = 0.0
    end: float = 0.0
    known: float = np.inf
    tracks: list[tuple[float, VisemeTrack]] = field(default_factory=list)

    def play(self, samples: Samples, utterance: str, lead: float) -> float:
        at = self.end if self.end > self.head else self.head + lead
        self.known = min(self.known, at)
        self.end = at + len(samples) / SOUND_RATE_HZ
        return at

    def lips(self, track: VisemeTrack, at: float, prosody: LiveProsody, utterance: str) -> None:
        self.tracks.append((at, track))
        self.known = at + (len(track.opening) - 0.5) * HOP_SECONDS

    def shown(self, frame: int) -> float:
        """Until when lips are shown in a frame; its sound is given out."""
        self.head = (frame + 1) / self.fps
        return self.head - filmed_hops(self.fps) * HOP_SECONDS


def chirp(seconds: float) -> Floats:
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = 0.3 * np.sin(2 * np.pi * (150 + 60 * times) * times) * np.sin(9 * times) ** 2
    return np.asarray(sound, np.float32)


@pytest.mark.parametrize(("fps", "milliseconds"), [(25, 10), (25, 20), (25, 40), (30, 20), (50, 20)])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.55, 0.95])
def test_no_frame_waits_for_its_lips(fps: int, milliseconds: int, phase: float) -> None:
    floor = Timed(fps)
    utterance = Utterance("a", floor, streamed=True, heard_samples=heard_samples(fps, floor.heard_lead))
    size, sound, frame = SAMPLE_RATE_HZ * milliseconds // 1000, chirp(0.8), 0
    for piece in range(len(sound) // size):
        now = (4 + phase) / fps + piece * milliseconds / 1000
        while frame / fps <= now:
            assert floor.known >= floor.shown(frame) - 1e-9
            frame += 1
        utterance.push(sound[piece * size : (piece + 1) * size], SAMPLE_RATE_HZ)
    assert floor.tracks


@pytest.mark.parametrize(("fps", "lead", "samples"), [(25, 0.12, 640), (30, 0.12, 0), (50, 0.12, 0), (30, 0.24, 640)])
def test_pieces_are_long_where_frames_can_wait_for_them(fps: int, lead: float, samples: int) -> None:
    assert heard_samples(fps, lead) == samples


@pytest.mark.parametrize(("milliseconds", "heard"), [(10, 40), (20, 40), (30, 30), (100, 100)])
def test_sound_is_heard_in_pieces_of_a_frame_at_most(
    milliseconds: int, heard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    push = VisemeStream.push

    def counted(stream: VisemeStream, samples: Floats) -> VisemeTrack:
        lengths.append(len(samples))
        return push(stream, samples)

    monkeypatch.setattr(VisemeStream, "push", counted)
    utterance, sound = Utterance("a", Timed(), streamed=True), chirp(0.6)
    size = SAMPLE_RATE_HZ * milliseconds // 1000
    for first in range(0, len(sound), size):
        utterance.push(sound[first : first + size], SAMPLE_RATE_HZ)
    assert set(lengths) == {SAMPLE_RATE_HZ * heard // 1000}


def test_what_waits_to_be_heard_is_heard_at_the_end_and_before_a_gap() -> None:
    floor, size = Timed(), HEARD_SAMPLES // 2
    sound = chirp(1.1)[: 45 * size]
    utterance = Utterance("a", floor, streamed=True)
    for piece in range(45):
        if piece == 21:
            floor.head = 2.0
        utterance.push(sound[piece * size : (piece + 1) * size], SAMPLE_RATE_HZ)
    utterance.end()
    whole = visemes_of([sound])
    openings = np.concatenate([track.opening for _, track in floor.tracks])
    np.testing.assert_allclose(openings, whole.opening, atol=1e-5)
    times = np.concatenate([at + HOP_SECONDS * np.arange(len(track.opening)) for at, track in floor.tracks])
    rows = np.arange(len(whole.opening))
    wanted = np.where(rows < 42, HEARD_LEAD_SECONDS, 2.0 + HEARD_LEAD_SECONDS - 0.42) + HOP_SECONDS * rows
    np.testing.assert_allclose(times, wanted, atol=1e-9)


def test_sound_that_waits_is_not_that_of_a_buffer_used_again() -> None:
    floor, buffer, sound = Timed(), np.zeros(320, np.float32), chirp(0.6)
    utterance = Utterance("a", floor, streamed=True)
    for first in range(0, len(sound), 320):
        buffer[:] = sound[first : first + 320]
        utterance.push(buffer, SAMPLE_RATE_HZ)
    utterance.end()
    openings = np.concatenate([track.opening for _, track in floor.tracks])
    np.testing.assert_allclose(openings, visemes_of([sound]).opening, atol=1e-5)
