"""Emotion over time becomes control parameters."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Any, Final

from avatar.performance import ControlParameters, DirectedEmotion, Segment
from avatar.types import HOP_SECONDS, Emotion, Span, TimedEmotion

SHORTEST_SEGMENT_SECONDS: Final = 1.5
LONGEST_GAP_SECONDS: Final = 2.0
"""Moods with less between them follow each other; else the clip's own parameters hold in between."""
NEAREST_GAP_SECONDS: Final = 0.7
"""How far a change of mood may lie from the pause in which the face changes."""
LEAST_CONFIDENCE: Final = 0.2
"""Below this an emotion's label is not shown; its valence and arousal still colour the face."""

DEFAULTS: Final = ControlParameters()
LOOKS: Final[dict[str, dict[str, float]]] = {
    "happy": {"smile": 0.35, "gaze_contact": 0.05, "head_motion": 0.1, "eyebrow_raise": 0.1},
    "sad": {"smile": -0.1, "gaze_contact": -0.2, "head_motion": -0.15, "head_tilt": -0.3, "blink_rate": -0.05},
    "angry": {"eyebrow_raise": -0.2, "gaze_contact": 0.15, "head_motion": 0.1, "head_tilt": -0.15, "blink_rate": -0.1},
    "fearful": {"eyebrow_raise": 0.2, "gaze_contact": -0.15, "blink_rate": 0.2, "head_tilt": -0.1},
    "disgusted": {"smile": -0.15, "gaze_contact": -0.1, "head_tilt": 0.1},
    "surprised": {"eyebrow_raise": 0.35, "gaze_contact": 0.1, "head_tilt": 0.15},
}
"""What a sure emotion adds to the default control parameters."""

SEEN_IN: Final = ("face", "face_model")
"""Sources that tell what the portrait itself shows."""


def emotion_controls(emotions: Sequence[TimedEmotion]) -> ControlParameters:
    """The whole clip's parameters: from its mean valence and arousal, with the label that lasts longest."""
    total = sum(_length(e.span) for e in emotions)
    if total <= 0.0:
        return DEFAULTS
    lasting: dict[str, float] = {}
    for timed in emotions:
        label = timed.emotion.label
        lasting[label] = lasting.get(label, 0.0) + _length(timed.span) * timed.emotion.confidence
    longest = max(lasting, key=lambda label: lasting[label])
    same = [e for e in emotions if e.emotion.label == longest]
    return controls_for(_mean(same), shown_smile(emotions))


def emotion_segments(emotions: Sequence[TimedEmotion], phrases: Sequence[Span] = ()) -> Iterator[Segment]:
    """One segment for each stretch of an emotion, short ones joined to the one before; none where nothing changes.

    A face changes from one to the next at once, between two phrases where there is such a place nearby.
    """
    merged = _merged(sorted(emotions, key=lambda e: e.span.start))
    if len(merged) < 2:
        return
    gaps = [(before.end + after.start) / 2.0 for before, after in pairwise(phrases)]
    smile, start = shown_smile(emotions), merged[0].span.start
    for timed, after in zip_longest(merged, merged[1:]):
        end = timed.span.end
        joined = after is not None and after.span.start - end < LONGEST_GAP_SECONDS
        if after is not None and joined:
            end = _gap_near(gaps, (end + after.span.start) / 2.0, start)
        yield Segment(start=start, end=end, controls=controls_for(timed.emotion, smile))
        start = end if joined or after is None else after.span.start


def _gap_near(gaps: Sequence[float], time: float, start: float) -> float:
    """The middle of the pause nearest to a change at `time`, or that itself where none is near."""
    gap = min(gaps, key=lambda gap: abs(gap - time), default=time)
    return round(gap, 3) if abs(gap - time) <= NEAREST_GAP_SECONDS and gap > start + HOP_SECONDS else time


def shown_smile(emotions: Sequence[TimedEmotion]) -> float:
    """How surely the portrait itself smiles, 0..1: the most that a source sees in it."""
    seen = (reading for timed in emotions for reading in timed.sources if reading.source in SEEN_IN)
    return max((reading.scores["happy"] * reading.confidence for reading in seen), default=0.0)


def controls_for(emotion: Emotion, shown: float = 0.0) -> ControlParameters:
    """How somebody who feels this looks, as far as it is sure; no smile is added to one that is `shown` already."""
    label = emotion.label if emotion.confidence >= LEAST_CONFIDENCE else "neutral"
    added = {name: change * emotion.confidence for name, change in LOOKS.get(label, {}).items()}
    if added.get("smile", 0.0) > 0.0:
        added["smile"] *= 1.0 - shown
    values: dict[str, Any] = {name: getattr(DEFAULTS, name) + change for name, change in added.items()}
    values["energy"] = 0.5 + 0.35 * emotion.arousal
    values["expression_intensity"] = 0.35 + 0.35 * emotion.confidence
    values["emotion"] = DirectedEmotion(label=label, valence=emotion.valence, arousal=emotion.arousal)
    return ControlParameters.model_validate(values)


def _merged(emotions: Sequence[TimedEmotion]) -> list[TimedEmotion]:
    merged: list[TimedEmotion] = []
    for timed in emotions:
        before = merged[-1] if merged else None
        if before and (before.emotion.label == timed.emotion.label or _length(timed.span) < SHORTEST_SEGMENT_SECONDS):
            merged[-1] = _joined(before, timed)
        else:
            merged.append(timed)
    return merged


def _joined(first: TimedEmotion, second: TimedEmotion) -> TimedEmotion:
    emotion = _mean([first, second]) if first.emotion.label == second.emotion.label else first.emotion
    return TimedEmotion(Span(first.span.start, max(first.span.end, second.span.end)), emotion)


def _mean(emotions: Sequence[TimedEmotion]) -> Emotion:
    """The mean over time of emotions with one label."""
    weights = [_length(e.span) for e in emotions]
    total = sum(weights) or 1.0

    def over(values: Sequence[float]) -> float:
        return sum(w * v for w, v in zip(weights, values, strict=True)) / total

    return Emotion(
        emotions[0].emotion.label,
        over([e.emotion.valence for e in emotions]),
        over([e.emotion.arousal for e in emotions]),
        over([e.emotion.confidence for e in emotions]),
    )


def _length(span: Span) -> float:
    return max(span.end - span.start, 0.0)
