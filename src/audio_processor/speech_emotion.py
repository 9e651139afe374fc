"""What a voice seems to feel, from how it speaks: louder, higher, faster and sharper than usual is aroused.

Directions and rough sizes of the cues: P. Juslin and P. Laukka (2003), *Communication of emotions in vocal
expression and music performance*, table 7. Arousal shows in a voice, valence hardly: it is kept small, and
fear, disgust and surprise are never claimed.
"""

from itertools import pairwise
from typing import Final, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, smooth
from audio_processor.nuclei import syllable_nuclei
from avatar.types import HOP_SECONDS, Emotion, EmotionLabel, Floats, Span, Speech, TimedEmotion

WINDOW_SECONDS: Final = 2.0
LEAST_VOICED_SECONDS: Final = 0.25
BASELINE_SECONDS: Final = 20.0
"""With this much speech a voice is judged half by its own habits, half by those of people at large."""

ATTACK_BLUR_SECONDS: Final = 0.03
LABEL_CONFIDENCE: Final = 0.35
"""Less confidence than this is called neutral."""

LABEL_VALENCE: Final = 0.05
SAD_AROUSAL: Final = -0.55
OVERALL_CONFIDENCE: Final = 0.25
MOST_CONFIDENCE: Final = 0.75
VOICED_FOR_CONFIDENCE_SECONDS: Final = 0.8


class _Cues(NamedTuple):
    """`level_db`: loud syllables. `pitch`, `range`: median, and 10th to 90th percentile, in semitones over 100 Hz.
    `rate`: syllables/s of speech. `attack`: 90th percentile of the level's rise, dB/s.
    """

    level_db: float
    pitch: float
    range: float
    rate: float
    attack: float


PEOPLE: Final = _Cues(level_db=0.0, pitch=7.5, range=7.0, rate=4.7, attack=180.0)
"""Cues of calm adult speech, men and women together; level has no meaning across recordings."""

SPREAD: Final = _Cues(level_db=5.0, pitch=5.0, range=3.5, rate=1.2, attack=45.0)
"""What is much for one voice."""

PEOPLE_SPREAD: Final = SPREAD._replace(pitch=8.0)
"""What is much among people, where a low voice may be a calm one or a man's."""

AROUSAL_WEIGHTS: Final = _Cues(level_db=0.35, pitch=0.45, range=0.1, rate=0.15, attack=0.35)
VALENCE_WEIGHTS: Final = _Cues(level_db=-0.05, pitch=0.15, range=0.1, rate=0.1, attack=-0.25)


class _Window(NamedTuple):
    span: Span
    cues: _Cues
    voiced_seconds: float


def detect_emotion(speech: Speech) -> tuple[TimedEmotion, ...]:
    """An emotion for each stretch of about 2 s of speech, in order; none where nobody speaks."""
    windows = _windows(speech)
    heard = [window for window in windows if window.voiced_seconds >= LEAST_VOICED_SECONDS]
    usual = np.mean([window.cues for window in heard], axis=0) if heard else np.array(PEOPLE)
    seconds = sum(window.span.end - window.span.start for window in heard)
    trust = seconds / (seconds + BASELINE_SECONDS)
    return tuple(TimedEmotion(window.span, _emotion(window, usual, trust)) for window in windows)


def overall(emotions: tuple[TimedEmotion, ...]) -> Emotion:
    """One emotion for all: means weighted by length and confidence, and the label that most of the
    weight bears, where that is sure enough.
    """
    weights = np.array([(e.span.end - e.span.start) * e.emotion.confidence for e in emotions])
    total = float(weights.sum())
    if total <= 0.0:
        return Emotion()
    valence, arousal = weights @ np.array([(e.emotion.valence, e.emotion.arousal) for e in emotions]) / total
    shares: dict[EmotionLabel, float] = dict.fromkeys(get_args(EmotionLabel), 0.0)
    for emotion, weight in zip(emotions, weights, strict=True):
        shares[emotion.emotion.label] += float(weight) / total
    label = max(shares, key=lambda name: shares[name])
    confidence = total / sum(e.span.end - e.span.start for e in emotions) * shares[label]
    told = label if confidence >= OVERALL_CONFIDENCE else "neutral"
    return Emotion(told, round(float(valence), 4), round(float(arousal), 4), round(confidence, 4))


def _windows(speech: Speech) -> list[_Window]:
    attack = np.maximum(np.diff(smooth(speech.prosody.loudness_db, ATTACK_BLUR_SECONDS), prepend=0.0), 0.0)
    nuclei = syllable_nuclei(speech.prosody.loudness_db, speech.prosody.f0_hz, speech.prosody.speech).frames
    windows = []
    for start, end in speech.prosody.phrases:
        count = max(1, round((end - start) / WINDOW_SECONDS))
        edges = np.linspace(start, end, count + 1)
        windows += [_window(speech, attack, nuclei, Span(float(a), float(b))) for a, b in pairwise(edges)]
    return windows


def _window(speech: Speech, attack: Floats, nuclei: NDArray[np.intp], span: Span) -> _Window:
    first, last = (
        round(span.start / HOP_SECONDS),
        max(round(span.end / HOP_SECONDS), round(span.start / HOP_SECONDS) + 1),
    )
    at = slice(first, last)
    speaking, f0_hz = speech.prosody.speech[at], speech.prosody.f0_hz[at]
    voiced = f0_hz > 0
    if voiced.sum() < frames_in(LEAST_VOICED_SECONDS):
        return _Window(span, PEOPLE, float(voiced.sum()) * HOP_SECONDS)
    semitones = 12.0 * np.log2(f0_hz[voiced] / 100.0)
    low, middle, high = np.percentile(semitones, (10, 50, 90))
    cues = _Cues(
        level_db=float(np.percentile(speech.prosody.loudness_db[at][voiced], 80)),
        pitch=float(middle),
        range=float(high - low),
        rate=float(((nuclei >= first) & (nuclei < last)).sum() / (speaking.sum() * HOP_SECONDS)),
        attack=float(np.percentile(attack[at][speaking], 90) / HOP_SECONDS),
    )
    return _Window(span, cues, float(voiced.sum()) * HOP_SECONDS)


def _emotion(window: _Window, usual: NDArray[np.float64], trust: float) -> Emotion:
    if window.voiced_seconds < LEAST_VOICED_SECONDS:
        return Emotion()
    own = (np.array(window.cues) - usual) / np.array(SPREAD)
    people = (np.array(window.cues) - np.array(PEOPLE)) / np.array(PEOPLE_SPREAD)
    people[0] = 0.0
    cues = np.clip(trust * own + (1.0 - trust) * people, -2.5, 2.5)
    arousal = float(np.tanh(cues @ np.array(AROUSAL_WEIGHTS)))
    valence = 0.5 * float(np.tanh(cues @ np.array(VALENCE_WEIGHTS)))
    certainty = min(1.0, window.voiced_seconds / VOICED_FOR_CONFIDENCE_SECONDS)
    confidence = MOST_CONFIDENCE * certainty * min(1.0, float(np.hypot(arousal, 2.0 * valence)))
    return Emotion(_label(arousal, valence, confidence), round(valence, 4), round(arousal, 4), round(confidence, 4))


def _label(arousal: float, valence: float, confidence: float) -> EmotionLabel:
    if confidence < LABEL_CONFIDENCE:
        return "neutral"
    if arousal > 0.0:
        return "happy" if valence > LABEL_VALENCE else "angry" if valence < -LABEL_VALENCE else "neutral"
    return "sad" if arousal < SAD_AROUSAL and valence < LABEL_VALENCE else "neutral"
