"""The emotions of a whole sound in one, and what each source said on the whole."""

from collections.abc import Sequence
from typing import Final

from avatar.emotions import likeliest
from avatar.types import EMOTION_LABELS, Emotion, EmotionLabel, EmotionReading, TimedEmotion

LEAST_CONFIDENCE: Final = 0.25
"""Less than this, over the whole sound, is called neutral."""

Weighted = tuple[float, EmotionReading]


def overall(emotions: Sequence[TimedEmotion]) -> Emotion:
    """One emotion for all: means weighted by length and confidence, and the label that most of the
    weight bears, where that is sure enough.
    """
    weighted = [(_seconds(timed) * timed.emotion.confidence, timed.emotion) for timed in emotions]
    total = sum(weight for weight, _ in weighted)
    if total <= 0.0:
        return Emotion()
    parts: dict[EmotionLabel, float] = dict.fromkeys(EMOTION_LABELS, 0.0)
    for weight, emotion in weighted:
        parts[emotion.label] += weight / total
    label = likeliest(parts)
    confidence = total / sum(_seconds(timed) for timed in emotions) * parts[label]
    return Emotion(
        label if confidence >= LEAST_CONFIDENCE else "neutral",
        round(sum(weight * emotion.valence for weight, emotion in weighted) / total, 4),
        round(sum(weight * emotion.arousal for weight, emotion in weighted) / total, 4),
        round(confidence, 4),
    )


def said_by_each(emotions: Sequence[TimedEmotion]) -> tuple[EmotionReading, ...]:
    """One reading for each source that said anything: means weighted by length and confidence."""
    said: dict[str, list[Weighted]] = {}
    for timed in emotions:
        for reading in timed.sources:
            said.setdefault(reading.source, []).append((_seconds(timed) * reading.confidence, reading))
    whole = sum(_seconds(timed) for timed in emotions)
    return tuple(_joined(readings, whole) for readings in said.values() if sum(w for w, _ in readings) > 0.0)


def _joined(weighted: Sequence[Weighted], whole_seconds: float) -> EmotionReading:
    total = sum(weight for weight, _ in weighted)
    return EmotionReading(
        source=weighted[0][1].source,
        scores={
            label: round(sum(weight * reading.scores[label] for weight, reading in weighted) / total, 4)
            for label in EMOTION_LABELS
        },
        valence=round(sum(weight * reading.valence for weight, reading in weighted) / total, 4),
        arousal=round(sum(weight * reading.arousal for weight, reading in weighted) / total, 4),
        confidence=round(total / whole_seconds, 4),
    )


def _seconds(timed: TimedEmotion) -> float:
    return timed.span.end - timed.span.start
