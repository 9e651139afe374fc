from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.phonemes import viseme_track
from audio_processor.speech_emotion import emotion_windows, voice_readings
from audio_processor.tts import speak
from avatar.emotions import label_of, likeliest
from avatar.types import EMOTION_LABELS, AudioClip, EmotionReading, Prosody, Span, Speech
from tests.audio_processor.sounds import Said, silence


def voice(
    *,
    pitch: float = 155.0,
    level: float = -22.0,
    swing: float = 0.25,
    rate: float = 4.5,
    depth: float = 17.0,
    tilt: float = -14.0,
    seconds: float = 4.0,
) -> Speech:
    """A voice of syllables: `swing` octaves of melody, `depth` dB between syllables, `tilt` dB of treble over bass."""
    n = round(seconds * 100)
    t = np.arange(n) / 100
    beat = 0.5 + 0.5 * np.cos(2 * np.pi * rate * t)
    loudness = (level - depth * (1 - beat)).astype(np.float32)
    f0 = np.where(beat > 0.2, pitch * 2 ** (swing * np.sin(2 * np.pi * 0.7 * t)), 0.0).astype(np.float32)
    prosody = Prosody(loudness, f0, np.ones(n, bool), (Span(0.0, seconds),), (), rate, np.full(n, tilt, np.float32))
    return Speech(seconds, prosody, viseme_track([], n))


def joined(*parts: Speech) -> Speech:
    prosodies = [part.prosody for part in parts]
    starts = np.cumsum([0.0, *(part.duration for part in parts)])
    spans = tuple(Span(float(a), float(a + part.duration)) for a, part in zip(starts, parts, strict=False))
    prosody = Prosody(
        np.concatenate([p.loudness_db for p in prosodies]),
        np.concatenate([p.f0_hz for p in prosodies]),
        np.concatenate([p.speech for p in prosodies]),
        spans,
        (),
        4.5,
        np.concatenate([p.tilt_db for p in prosodies if p.tilt_db is not None]),
    )
    return Speech(float(starts[-1]), prosody, viseme_track([], len(prosody.f0_hz)))


CALM = {"pitch": 120.0, "level": -26.0, "swing": 0.1, "rate": 3.0, "depth": 6.0, "tilt": -20.0}
EXCITED = {"pitch": 300.0, "level": -14.0, "swing": 0.4, "rate": 6.0, "depth": 20.0, "tilt": -6.0}


def heard(speech: Speech) -> list[EmotionReading]:
    return [reading for reading in voice_readings(speech, emotion_windows(speech)) if reading]


def arousal(speech: Speech) -> float:
    return float(np.mean([reading.arousal for reading in heard(speech)]))


def test_an_excited_voice_is_more_aroused_than_a_calm_one() -> None:
    assert arousal(voice(**EXCITED)) > 0.4
    assert arousal(voice(**CALM)) < 0.0


@pytest.mark.parametrize(
    ("cue", "low", "high"),
    [("pitch", 120.0, 260.0), ("rate", 3.0, 6.0), ("depth", 6.0, 20.0), ("tilt", -20.0, -6.0)],
)
def test_each_cue_alone_raises_arousal(cue: str, low: float, high: float) -> None:
    assert arousal(voice(**{cue: high})) > arousal(voice(**{cue: low}))


def test_an_ordinary_voice_is_neutral() -> None:
    reading = heard(voice())[0]

    assert likeliest(reading.scores) == "neutral"
    assert abs(reading.arousal) < 0.3


@pytest.mark.parametrize(
    ("cues", "label"),
    [
        ({"pitch": 300.0, "swing": 0.5, "rate": 5.5, "tilt": -12.0}, "happy"),
        ({"pitch": 240.0, "depth": 24.0, "tilt": -3.0}, "angry"),
        ({"pitch": 110.0, "swing": 0.05, "rate": 2.8, "depth": 6.0, "tilt": -20.0}, "sad"),
    ],
)
def test_cues_together_name_a_feeling(cues: dict[str, float], label: str) -> None:
    assert {label_of(reading) for reading in heard(voice(**cues))} == {label}


def test_the_level_of_a_recording_alone_says_nothing() -> None:
    quiet, loud = (heard(voice(level=level))[0] for level in (-50.0, -12.0))

    assert quiet.scores == pytest.approx(loud.scores, abs=1e-4)
    assert quiet.arousal == pytest.approx(loud.arousal, abs=1e-4)


def test_a_voice_is_judged_against_its_own_habits() -> None:
    calm_parts = [voice(**CALM, seconds=4.0) for _ in range(8)]
    louder = voice(**{**CALM, "level": -12.0}, seconds=4.0)
    readings = heard(joined(*calm_parts, louder))

    assert readings[-1].arousal > np.mean([reading.arousal for reading in readings[:16]]) + 0.3


def test_a_voice_whose_tilt_is_unknown_is_judged_by_the_rest() -> None:
    speech = voice(**EXCITED)
    deaf = replace(speech, prosody=replace(speech.prosody, tilt_db=None))

    assert 0.2 < arousal(deaf) < arousal(speech)


def test_windows_cover_the_speech_in_order_and_last_about_two_seconds() -> None:
    spans = emotion_windows(joined(voice(seconds=5.0), voice(seconds=1.0)))

    assert spans[0].start == 0.0
    assert spans[-1].end == pytest.approx(6.0)
    assert all(0.9 <= span.end - span.start <= 3.0 for span in spans)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(spans))


def test_without_a_voice_nothing_is_said() -> None:
    speech = voice(seconds=2.0)
    whisper = replace(speech, prosody=replace(speech.prosody, f0_hz=np.zeros_like(speech.prosody.f0_hz)))

    assert voice_readings(whisper, emotion_windows(whisper)) == (None,)


def test_silence_has_no_windows(said: Said) -> None:
    speech = analyse_speech(AudioClip(silence(2), said.clip.source))

    assert emotion_windows(speech) == ()
    assert voice_readings(speech, ()) == ()


def test_a_high_fast_loud_engine_sounds_more_aroused_than_a_low_slow_soft_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for name, pitch, rate, gain in (("soft", 20, 110, 0.1), ("usual", 45, 160, 0.3), ("loud", 90, 240, 1.0)):
        monkeypatch.setattr("audio_processor.tts.PITCH", pitch)
        monkeypatch.setattr("audio_processor.tts.RATE_WPM", rate)
        spoken = speak("Look at the river, and at the boats that come and go.", folder=tmp_path / name)
        clip = decode_audio(spoken.path, tmp_path / name, max_minutes=1, max_megabytes=10)
        found.append(arousal(analyse_speech(AudioClip(gain * np.array(clip.samples), clip.source))))

    assert found == sorted(found)
    assert found[2] > found[0] + 0.3


def test_values_stay_in_range_on_real_speech(said: Said) -> None:
    readings = heard(analyse_speech(said.clip))

    assert readings
    for reading in readings:
        assert set(reading.scores) == set(EMOTION_LABELS)
        assert sum(reading.scores.values()) == pytest.approx(1.0)
        assert -1 <= reading.valence <= 1
        assert -1 <= reading.arousal <= 1
        assert 0 < reading.confidence <= 1
