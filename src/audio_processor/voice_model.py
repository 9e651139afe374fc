"""What a learned model says of the voice in each window."""

from collections.abc import Callable, Sequence
from typing import Final

from avatar.emotions import expected
from avatar.types import EMOTION_LABELS, SAMPLE_RATE_HZ, EmotionLabel, EmotionReading, Floats, Span
from models.emotion.hubert import CLASSES, VOICE_MODEL, VoiceModel

UNKNOWN_SHARE: Final = 0.05
"""Of each label that the model was never taught: it cannot speak against it."""

LONGEST_SECONDS: Final = 4.0


def voice_model_readings(
    samples: Floats, windows: Sequence[Span], model: VoiceModel, *, check: Callable[[], None] = lambda: None
) -> tuple[EmotionReading, ...]:
    """`samples` are mono at 16 kHz. What `check`, called before each window, raises ends the work."""
    readings = []
    for start, end in windows:
        check()
        first = round(start * SAMPLE_RATE_HZ)
        last = min(round(end * SAMPLE_RATE_HZ), first + round(LONGEST_SECONDS * SAMPLE_RATE_HZ))
        scores = _spread(model.scores(samples[first:last]))
        readings.append(EmotionReading(VOICE_MODEL, scores, *expected(scores), 1.0))
    return tuple(readings)


def _spread(scores: dict[EmotionLabel, float]) -> dict[EmotionLabel, float]:
    known = 1.0 - UNKNOWN_SHARE * (len(EMOTION_LABELS) - len(CLASSES))
    return {label: known * scores[label] if label in CLASSES else UNKNOWN_SHARE for label in EMOTION_LABELS}
