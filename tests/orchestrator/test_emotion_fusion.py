import numpy as np
import pytest

from avatar.emotions import LEAST_SURE, shares
from avatar.types import EMOTION_LABELS, Emotion, EmotionLabel, EmotionReading, Span, TimedEmotion
from orchestrator.emotion_fusion import fused
from orchestrator.emotion_summary import overall, said_by_each

SPAN = Span(0.0, 2.0)


def reading(
    source: str, label: EmotionLabel, evidence: float = 3.0, *, confidence: float = 1.0, **affect: float
) -> EmotionReading:
    given = {"valence": 0.0, "arousal": 0.0, **affect}
    return EmotionReading(source, shares({label: evidence}), given["valence"], given["arousal"], confidence)


def test_where_nobody_says_anything_nothing_is_claimed() -> None:
    assert fused(SPAN, [None, None]) == TimedEmotion(SPAN, Emotion())


@pytest.mark.parametrize("label", EMOTION_LABELS)
@pytest.mark.parametrize("source", ["voice", "words", "voice_model"])
def test_a_sure_source_alone_is_believed(source: str, label: EmotionLabel) -> None:
    assert fused(SPAN, [reading(source, label, 4.0)]).emotion.label == label


def test_each_window_keeps_what_each_source_said() -> None:
    said = [reading("voice", "angry"), None, reading("face", "happy")]

    assert fused(SPAN, said).sources == (said[0], said[2])


def test_sources_that_agree_are_surer_than_one() -> None:
    voice, words = reading("voice", "sad", 1.5), reading("words", "sad", 1.5)

    assert fused(SPAN, [voice, words]).emotion.confidence > fused(SPAN, [voice]).emotion.confidence


def test_a_source_with_little_to_go_by_changes_little() -> None:
    voice = reading("voice", "angry")
    alone = fused(SPAN, [voice]).emotion
    doubted = fused(SPAN, [voice, reading("words", "happy", confidence=0.1)]).emotion

    assert doubted.label == "angry"
    assert doubted.confidence == pytest.approx(alone.confidence, abs=0.15)


def test_the_surer_of_two_that_differ_prevails() -> None:
    readings = [reading("voice", "happy", 1.0, confidence=0.4), reading("words", "sad", 3.0)]

    assert fused(SPAN, readings).emotion.label == "sad"


def test_a_portrait_alone_does_not_decide_what_the_speech_feels() -> None:
    calm_voice, smile = reading("voice", "neutral", 2.0), reading("face", "happy", 3.0)

    assert fused(SPAN, [calm_voice, smile]).emotion.label == "neutral"


def test_low_confidence_is_neutral() -> None:
    emotion = fused(SPAN, [reading("voice", "angry", 0.6, confidence=0.5, arousal=0.8)]).emotion

    assert emotion.label == "neutral"
    assert emotion.confidence < LEAST_SURE
    assert emotion.arousal > 0.2


def test_arousal_is_the_voices_and_valence_the_words() -> None:
    voice = reading("voice", "neutral", valence=0.8, arousal=0.8)
    words = reading("words", "neutral", valence=-0.8, arousal=-0.8)
    emotion = fused(SPAN, [voice, words]).emotion

    assert emotion.arousal > 0.2
    assert emotion.valence < -0.2


def test_values_stay_in_range_whatever_is_said() -> None:
    random = np.random.default_rng(3)
    labels = set()
    for _ in range(300):
        readings = [
            EmotionReading(
                source,
                shares(dict(zip(EMOTION_LABELS, random.normal(scale=3.0, size=7).tolist(), strict=True))),
                valence=float(random.uniform(-1, 1)),
                arousal=float(random.uniform(-1, 1)),
                confidence=float(random.random()),
            )
            for source in ("voice", "words", "face", "voice_model", "face_model")
        ]
        emotion = fused(SPAN, readings).emotion
        labels.add(emotion.label)
        assert -1 <= emotion.valence <= 1
        assert -1 <= emotion.arousal <= 1
        assert 0 <= emotion.confidence <= 1
    assert labels == set(EMOTION_LABELS)


def test_overall_weighs_by_length_and_confidence() -> None:
    short = TimedEmotion(Span(0, 1), Emotion("angry", -0.4, 0.8, 0.6))
    long = TimedEmotion(Span(1, 9), Emotion("happy", 0.4, 0.6, 0.6))
    unsure = TimedEmotion(Span(9, 10), Emotion("sad", -0.4, -0.9, 0.0))
    emotion = overall((short, long, unsure))

    assert emotion.label == "happy"
    assert emotion.valence == pytest.approx((8 * 0.4 - 0.4) / 9, abs=1e-3)
    assert 0 < emotion.confidence < 0.6
    assert overall(()) == Emotion()


def test_each_source_is_summed_up_over_the_whole_sound() -> None:
    first = fused(Span(0, 2), [reading("voice", "happy"), reading("face", "sad", confidence=0.5)])
    second = fused(Span(2, 4), [reading("voice", "angry"), None])
    voice, face = said_by_each((first, second))

    assert (voice.source, face.source) == ("voice", "face")
    assert voice.scores["happy"] == pytest.approx(voice.scores["angry"])
    assert voice.confidence == pytest.approx(1.0)
    assert face.scores["sad"] == pytest.approx(shares({"sad": 3.0})["sad"], abs=1e-3)
    assert face.confidence == pytest.approx(0.25)
    assert said_by_each(()) == ()
