"""What voice, words and face say of an emotion becomes one: a logarithmic opinion pool.

C. Genest and J. Zidek (1986), *Combining probability distributions*: the shares of each source are raised to its
weight times its confidence and multiplied, so a source that has little to go by changes little.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log, prod
from typing import Final, NamedTuple

from avatar.emotions import LEAST_SURE, likeliest, shares
from avatar.types import EMOTION_LABELS, Emotion, EmotionLabel, EmotionReading, Span, TimedEmotion

LEAST_SHARE: Final = 0.01
NEUTRAL_PRIOR: Final = 0.2
"""Evidence for `neutral` before anything is heard or seen, in nepers over that of each other label."""

STILLNESS: Final = 0.15
"""Weight of a calm that nobody needs to say, against the weighted means of valence and arousal."""


class Weights(NamedTuple):
    """How much a source counts for the label, the valence and the arousal."""

    label: float
    valence: float
    arousal: float


WEIGHTS: Final[Mapping[str, Weights]] = {
    "voice": Weights(1.2, 0.4, 1.0),
    "words": Weights(1.0, 1.0, 0.3),
    "face": Weights(0.4, 0.4, 0.15),
    "voice_model": Weights(1.2, 0.8, 0.8),
    "face_model": Weights(0.5, 0.5, 0.2),
}
"""A portrait is one moment and not that of the speech, so it counts least; voices tell arousal, words valence."""


def fused(span: Span, readings: Iterable[EmotionReading | None]) -> TimedEmotion:
    """The emotion of a window. A source that says nothing is None."""
    heard = tuple(reading for reading in readings if reading is not None)
    if not heard:
        return TimedEmotion(span, Emotion())
    evidence: dict[EmotionLabel, float] = dict.fromkeys(EMOTION_LABELS, 0.0)
    evidence["neutral"] = NEUTRAL_PRIOR
    for reading in heard:
        for label in EMOTION_LABELS:
            share = max(reading.scores[label], LEAST_SHARE)
            evidence[label] += WEIGHTS[reading.source].label * reading.confidence * log(share)
    pooled = shares(evidence)
    known = 1.0 - prod(1.0 - min(1.0, WEIGHTS[reading.source].label) * reading.confidence for reading in heard)
    return TimedEmotion(span, _emotion(pooled, known, heard), heard)


def _emotion(pooled: Mapping[EmotionLabel, float], known: float, readings: Sequence[EmotionReading]) -> Emotion:
    label = likeliest(pooled)
    confidence = pooled[label] * known
    return Emotion(
        label if confidence >= LEAST_SURE else "neutral",
        round(_mean([(WEIGHTS[r.source].valence * r.confidence, r.valence) for r in readings]), 4),
        round(_mean([(WEIGHTS[r.source].arousal * r.confidence, r.arousal) for r in readings]), 4),
        round(confidence, 4),
    )


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    return sum(weight * value for weight, value in weighted) / (STILLNESS + sum(weight for weight, _ in weighted))
