"""How well labelled voices and faces are told, and that the measuring itself is fair."""

from pathlib import Path

import numpy as np
import pytest

from avatar.types import EMOTION_LABELS, Emotion, EmotionLabel
from scripts.measuring.emotions import (
    LABELS,
    VOICE_LABELS,
    Voice,
    balanced_accuracy,
    face_figures,
    heard,
    pictures,
    recordings,
    seen,
    voice_figures,
)
from tests.face_models import face_tracker


@pytest.fixture(scope="module")
def voices(samples: Path) -> list[Voice]:
    return heard(recordings(samples / "emotion_speech"))


@pytest.mark.parametrize("label", EMOTION_LABELS)
def test_one_answer_to_all_fails(label: EmotionLabel) -> None:
    voices = [Voice(name, "someone", Emotion(label)) for name in [*VOICE_LABELS, "fear", "boredom"]]

    assert balanced_accuracy([(name, label) for name in LABELS]) == pytest.approx(1 / 7)
    assert not any(figure.met for figure in voice_figures(voices).figures)


def test_right_answers_pass_whatever_their_number() -> None:
    told: tuple[str, EmotionLabel] = ("anger", "sad")
    pairs = [(name, LABELS[name]) for name in LABELS for _ in range(1 + len(name))]

    assert balanced_accuracy(pairs) == 1.0
    assert balanced_accuracy([*pairs, *[told] * 6]) == pytest.approx(1 - 0.5 / 7)


@pytest.mark.samples
def test_acted_voices_are_told_by_arousal_and_feeling(voices: list[Voice]) -> None:
    for figure in voice_figures(voices).figures:
        assert figure.met, f"{figure.name}: {figure.value:.3f}"


@pytest.mark.samples
def test_acted_anger_and_joy_sound_more_aroused_than_sadness_and_boredom(voices: list[Voice]) -> None:
    found = {
        name: np.array([voice.emotion.arousal for voice in voices if voice.label == name])
        for name in ("anger", "happiness", "sadness", "boredom")
    }
    excited = np.concatenate([found["anger"], found["happiness"]])
    calm = np.concatenate([found["sadness"], found["boredom"]])

    assert min(found["anger"].mean(), found["happiness"].mean()) > max(found["sadness"].mean(), found["boredom"].mean())
    assert np.mean(excited[:, None] > calm[None]) > 0.9


@pytest.mark.samples
def test_no_answer_is_given_to_most_voices(voices: list[Voice]) -> None:
    told = [voice.emotion.label for voice in voices if voice.label in VOICE_LABELS]

    assert {"neutral", "happy", "sad", "angry"} <= set(told)
    assert max(told.count(label) for label in set(told)) < 0.5 * len(told)


@pytest.mark.samples
def test_faces_are_told_as_people_labelled_them(samples: Path) -> None:
    for figure in face_figures(seen(pictures(samples / "emotion_faces", face_tracker()))).figures:
        assert figure.met, f"{figure.name}: {figure.value:.3f}"
