"""What the seven labels mean, and how evidence for them becomes shares, valence and arousal.

Valence and arousal of the labels: J. Russell (1980), *A circumplex model of affect*, rounded to tenths.
"""

from collections.abc import Mapping
from math import exp
from typing import Final, NamedTuple

from avatar.types import EMOTION_LABELS, EmotionLabel, EmotionReading

LEAST_SURE: Final = 0.3
"""A label that is less sure is called neutral."""


class Affect(NamedTuple):
    """Valence and arousal, in -1..1."""

    valence: float
    arousal: float


AFFECT: Final[Mapping[EmotionLabel, Affect]] = {
    "neutral": Affect(0.0, 0.0),
    "happy": Affect(0.8, 0.4),
    "sad": Affect(-0.6, -0.4),
    "angry": Affect(-0.6, 0.7),
    "fearful": Affect(-0.6, 0.6),
    "disgusted": Affect(-0.6, 0.3),
    "surprised": Affect(0.1, 0.7),
}


def shares(evidence: Mapping[EmotionLabel, float]) -> dict[EmotionLabel, float]:
    """Of all seven labels, together 1: the softmax of their evidence in nepers, which is 0 where none is given."""
    known = {label: evidence.get(label, 0.0) for label in EMOTION_LABELS}
    highest = max(known.values())
    weights = {label: exp(value - highest) for label, value in known.items()}
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()}


def expected(scores: Mapping[EmotionLabel, float]) -> Affect:
    """The mean affect of the labels, by their shares."""
    return Affect(
        sum(share * AFFECT[label].valence for label, share in scores.items()),
        sum(share * AFFECT[label].arousal for label, share in scores.items()),
    )


def likeliest(scores: Mapping[EmotionLabel, float]) -> EmotionLabel:
    return max(scores, key=lambda label: scores[label])


def label_of(reading: EmotionReading) -> EmotionLabel:
    """What a source says in a word: `neutral` where no label is sure enough."""
    label = likeliest(reading.scores)
    return label if reading.scores[label] * reading.confidence >= LEAST_SURE else "neutral"
