import numpy as np
import pytest

from avatar.types import SAMPLE_RATE_HZ, Floats
from live.contract import TimedSound
from live.conversation.echo import LEARNING_FRAMES, Echo
from live.conversation.meters import PitchMeter
from live.conversation.turns import (
    FRAME_SECONDS,
    MOST_TURN_SECONDS,
    SpeechBegan,
    SpeechDoubted,
    SpeechPaused,
    SpeechSensed,
    TurnDetector,
    TurnEnded,
    TurnEvent,
)
from models.silero import FRAME_SAMPLES
from scripts.living.scripted import LoudMeter, silent, speaking


def heard(detector: TurnDetector, *sounds: Floats, step: int = 320) -> list[tuple[float, TurnEvent]]:
    """Each event with the seconds of sound that had come by then."""
    sound = np.concatenate(sounds)
    return [
        ((place + step) / SAMPLE_RATE_HZ, event)
        for place in range(0, len(sound), step)
        for event in detector.push(sound[place : place + step])
    ]


def kinds(events: list[tuple[float, TurnEvent]]) -> list[type[TurnEvent]]:
    return [type(event) for _, event in events]


def sung(seconds: float, loudness: float = 0.3) -> Floats:
    """A voice: a pitch that glides, with overtones, in syllables."""
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * (140 * times + 6 * np.sin(2 * np.pi * 1.5 * times))
    tone = sum(np.sin(k * phase) / k for k in range(1, 9)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * times))
    voice: Floats = np.asarray(loudness * tone / np.abs(tone).max(), np.float32)
    return voice


def test_a_turn_begins_soon_and_ends_after_a_pause() -> None:
    events = heard(TurnDetector(LoudMeter()), silent(0.5), speaking(1.0), silent(1.0))
    (began_at, began), (_, _), (ended_at, ended) = events
    assert isinstance(began, SpeechBegan)
    assert began_at - 0.5 <= 0.16
    assert isinstance(ended, TurnEnded)
    assert ended_at - 1.5 == pytest.approx(ended.silence, abs=0.1)
    assert 0.55 < ended.silence < 0.7


def test_a_turn_has_what_was_said_just_before_and_after() -> None:
    (_, ended) = heard(TurnDetector(LoudMeter()), silent(1.0), speaking(1.0), silent(1.0))[-1]
    assert isinstance(ended, TurnEnded)
    assert 1.3 < len(ended.samples) / SAMPLE_RATE_HZ < 1.8
    loud = np.flatnonzero(ended.samples)
    assert loud[0] > 0.2 * SAMPLE_RATE_HZ
    assert len(loud) == pytest.approx(SAMPLE_RATE_HZ, rel=0.01)


def test_clicks_are_no_speech() -> None:
    assert heard(TurnDetector(LoudMeter()), silent(0.3), *[speaking(0.03), silent(0.25)] * 4) == []


def test_a_short_pause_ends_nothing_and_makes_the_turn_more_patient() -> None:
    events = heard(TurnDetector(LoudMeter()), speaking(0.6), silent(0.5), speaking(0.6), silent(1.2))
    assert kinds(events) == [SpeechBegan, SpeechPaused, SpeechPaused, TurnEnded]
    ended = events[-1][1]
    assert isinstance(ended, TurnEnded)
    assert ended.silence > 0.7


def test_a_turn_whose_sentence_has_ended_is_over_sooner() -> None:
    detector = TurnDetector(LoudMeter())
    heard(detector, speaking(0.6), silent(0.3))
    detector.hurry()
    ((_, ended),) = heard(detector, silent(0.5))
    assert isinstance(ended, TurnEnded)
    assert ended.silence < 0.5


def test_a_turn_that_is_too_long_is_cut_and_the_next_begins() -> None:
    events = heard(TurnDetector(LoudMeter()), speaking(MOST_TURN_SECONDS + 1.0), step=1600)
    assert kinds(events) == [SpeechBegan, TurnEnded, SpeechBegan]
    assert isinstance(events[1][1], TurnEnded)
    assert events[1][1].cut


def test_a_microphone_that_is_switched_off_ends_the_turn() -> None:
    detector = TurnDetector(LoudMeter())
    heard(detector, speaking(0.5))
    (ended,) = detector.flush()
    assert isinstance(ended, TurnEnded)
    assert detector.flush() == []


def test_the_size_of_the_pieces_does_not_matter() -> None:
    sound = (silent(0.5), speaking(0.7), silent(1.0))
    small, large = (heard(TurnDetector(LoudMeter()), *sound, step=step) for step in (160, 4000))
    assert kinds(small) == kinds(large)


def test_a_voice_has_a_pitch_that_moves_and_noise_a_hum_and_clicks_have_none() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = rng.normal(0, 0.2, SAMPLE_RATE_HZ).astype(np.float32)
    hum = (0.2 * np.sin(2 * np.pi * 150 * times)).astype(np.float32)
    clicks = np.zeros(SAMPLE_RATE_HZ, np.float32)
    clicks[::3000] = 0.8

    def share(sound: Floats) -> float:
        meter = PitchMeter()
        frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        return float(np.mean([meter(frame) > 0.5 for frame in frames]))

    assert share(sung(1.0)) > 0.7
    assert max(share(noise), share(hum), share(clicks)) < 0.1


def test_a_voice_is_a_turn_by_its_pitch_alone() -> None:
    events = heard(TurnDetector(PitchMeter()), silent(0.5), sung(1.0), silent(1.0))
    assert kinds(events) == [SpeechBegan, SpeechPaused, TurnEnded]
    assert events[0][0] - 0.5 <= 0.2


class TestWhileTheAvatarSpeaks:
    def speaking_avatar(self, loudness: float = 0.3) -> Echo:
        """An avatar whose sound was given out this moment."""
        echo = Echo()
        echo.sound(TimedSound(0.0, (speaking(0.2, loudness) * 32_767).astype(np.int16)))
        return echo

    def test_its_own_voice_is_no_person(self) -> None:
        detector = TurnDetector(LoudMeter(), self.speaking_avatar())
        assert heard(detector, speaking(0.7, 0.1)) == []

    def test_a_person_who_is_louder_is_heard_within_160_ms(self) -> None:
        detector = TurnDetector(LoudMeter(), self.speaking_avatar())
        learned = speaking(LEARNING_FRAMES * FRAME_SECONDS, 0.03)
        assert heard(detector, learned) == []
        (sensed, began, *_) = heard(detector, speaking(0.25, 0.3))
        assert [type(event) for _, event in (sensed, began)] == [SpeechSensed, SpeechBegan]
        assert sensed[0] <= 0.12
        assert began[0] <= 0.16

    def test_two_frames_that_are_loud_are_sensed_and_then_doubted(self) -> None:
        detector = TurnDetector(LoudMeter(), self.speaking_avatar())
        heard(detector, speaking(LEARNING_FRAMES * FRAME_SECONDS, 0.03))
        events = heard(detector, speaking(2 * FRAME_SECONDS, 0.3), silent(0.4), step=512)
        assert kinds(events) == [SpeechSensed, SpeechDoubted]
        assert events[1][0] - events[0][0] == pytest.approx(3 * FRAME_SECONDS)

    def test_a_sign_of_which_nothing_follows_is_forgotten_with_the_microphone(self) -> None:
        detector = TurnDetector(LoudMeter(), self.speaking_avatar())
        heard(detector, speaking(LEARNING_FRAMES * FRAME_SECONDS, 0.03))
        assert kinds(heard(detector, speaking(2 * FRAME_SECONDS, 0.3), step=512)) == [SpeechSensed]
        assert detector.flush() == [SpeechDoubted()]
        assert detector.flush() == []

    def test_it_is_forgotten_soon_after(self) -> None:
        echo = Echo()
        assert echo.avatar_db() is None
        assert echo.is_person(-30.0, None)
