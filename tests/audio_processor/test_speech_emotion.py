from itertools import pairwise

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.phonemes import viseme_track
from audio_processor.speech_emotion import detect_emotion, overall
from avatar.types import AudioClip, Emotion, Prosody, Span, Speech, TimedEmotion
from tests.audio_processor.sounds import Said, silence


def voice(
    *,
    pitch: float = 155.0,
    level: float = -22.0,
    swing: float = 0.25,
    rate: float = 4.5,
    depth: float = 17.0,
    seconds: float = 4.0,
) -> Speech:
    """A voice of syllables: `swing` octaves of melody, `depth` dB between syllables."""
    n = round(seconds * 100)
    t = np.arange(n) / 100
    beat = 0.5 + 0.5 * np.cos(2 * np.pi * rate * t)
    loudness = (level - depth * (1 - beat)).astype(np.float32)
    f0 = np.where(beat > 0.2, pitch * 2 ** (swing * np.sin(2 * np.pi * 0.7 * t)), 0.0).astype(np.float32)
    prosody = Prosody(loudness, f0, np.ones(n, bool), (Span(0.0, seconds),), (), rate)
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
    )
    return Speech(float(starts[-1]), prosody, viseme_track([], len(prosody.f0_hz)))


CALM = {"pitch": 120.0, "level": -26.0, "swing": 0.1, "rate": 3.0, "depth": 6.0}
EXCITED = {"pitch": 300.0, "level": -14.0, "swing": 0.4, "rate": 6.0, "depth": 20.0}


def test_an_excited_voice_is_more_aroused_than_a_calm_one() -> None:
    calm, excited = (overall(detect_emotion(voice(**cues))) for cues in (CALM, EXCITED))

    assert excited.arousal > 0.4
    assert calm.arousal < 0.0


@pytest.mark.parametrize(("cue", "low", "high"), [("pitch", 120.0, 260.0), ("rate", 3.0, 6.0), ("depth", 6.0, 20.0)])
def test_each_cue_alone_raises_arousal(cue: str, low: float, high: float) -> None:
    less, more = (overall(detect_emotion(voice(**{cue: value}))).arousal for value in (low, high))

    assert more > less


def test_an_ordinary_voice_is_neutral() -> None:
    emotion = overall(detect_emotion(voice()))

    assert emotion.label == "neutral"
    assert abs(emotion.arousal) < 0.3


def test_a_voice_is_judged_against_its_own_habits() -> None:
    calm_parts = [voice(**CALM, seconds=4.0) for _ in range(8)]
    louder = voice(**{**CALM, "level": -12.0}, seconds=4.0)
    emotions = detect_emotion(joined(*calm_parts, louder))

    usual = np.mean([e.emotion.arousal for e in emotions if e.span.end <= 32.0])
    assert emotions[-1].emotion.arousal > usual + 0.3


def test_windows_cover_the_speech_in_order_and_last_about_two_seconds() -> None:
    emotions = detect_emotion(joined(voice(seconds=5.0), voice(seconds=1.0)))

    spans = [e.span for e in emotions]
    assert spans[0].start == 0.0
    assert spans[-1].end == pytest.approx(6.0)
    assert all(0.9 <= span.end - span.start <= 3.0 for span in spans)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(spans))


def test_without_a_voice_nothing_is_claimed() -> None:
    clip = voice(seconds=2.0)
    whispered = joined(clip)
    unvoiced = Prosody(
        clip.prosody.loudness_db, np.zeros_like(clip.prosody.f0_hz), clip.prosody.speech, clip.prosody.phrases, (), 4.0
    )

    assert detect_emotion(whispered)[0].emotion.confidence > 0
    assert all(e.emotion == Emotion() for e in detect_emotion(Speech(2.0, unvoiced, clip.visemes)))


def test_silence_has_no_emotion(said: Said) -> None:
    speech = analyse_speech(AudioClip(silence(2), said.clip.source))

    assert detect_emotion(speech) == ()
    assert overall(()) == Emotion()


def test_values_stay_in_range_on_real_speech(said: Said) -> None:
    emotions = detect_emotion(analyse_speech(said.clip))

    assert emotions
    for timed in emotions:
        assert -1 <= timed.emotion.valence <= 1
        assert -1 <= timed.emotion.arousal <= 1
        assert 0 <= timed.emotion.confidence <= 0.75


def test_overall_weighs_by_length_and_confidence() -> None:
    short = TimedEmotion(Span(0, 1), Emotion("angry", -0.4, 0.8, 0.6))
    long = TimedEmotion(Span(1, 9), Emotion("happy", 0.4, 0.6, 0.6))
    unsure = TimedEmotion(Span(9, 10), Emotion("sad", -0.4, -0.9, 0.0))

    emotion = overall((short, long, unsure))

    assert emotion.label == "happy"
    assert emotion.valence == pytest.approx((8 * 0.4 - 0.4) / 9, abs=1e-3)
    assert 0 < emotion.confidence < 0.6
