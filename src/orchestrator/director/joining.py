"""The performances of stretches become one: each plays its own part, and the controls glide over the borders."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from avatar.performance import ControlParameters, Cue, DirectedEmotion, Performance, Segment
from orchestrator.director.stretches import Stretch

BLEND_SECONDS: Final = 2.0
"""How long the controls take over a border, half of it on either side."""
BLEND_STEPS: Final = 3
"""Steps in between; the motion eases each of them."""
LEAST_DIFFERENCE: Final = 0.02
"""Less than this in every control is no step."""
TWICE_SECONDS: Final = 0.6
"""Nearer to each other across a border, cues of one action are one."""


class Part(NamedTuple):
    """A stretch and its performance, in the time of the whole sound."""

    stretch: Stretch
    performance: Performance


def joined(parts: Sequence[Part]) -> Performance:
    """One performance for all stretches, which follow one another from 0 on."""
    if len(parts) == 1:
        return parts[0].performance
    pieces: list[Segment] = []
    for part in parts:
        own = _flat(part)
        pieces = _blended(pieces, own) if pieces else own
    return Performance(
        controls=_mean(pieces),
        segments=tuple(_merged(pieces)),
        cues=tuple(_cues(parts)),
    )


def _flat(part: Part) -> list[Segment]:
    """Who holds when in the stretch's own part, without gap or overlap."""
    at, end = part.stretch.own
    pieces: list[Segment] = []
    for segment in sorted(part.performance.segments, key=lambda segment: segment.start):
        first, last = max(segment.start, at), min(segment.end, end)
        if last <= first:
            continue
        if first > at:
            pieces.append(Segment(start=at, end=first, controls=part.performance.controls))
        pieces.append(Segment(start=first, end=last, controls=segment.controls))
        at = last
    if at < end:
        pieces.append(Segment(start=at, end=end, controls=part.performance.controls))
    return pieces


def _blended(before: Sequence[Segment], after: Sequence[Segment]) -> list[Segment]:
    """Both, with steps in between where their controls differ."""
    left, right = before[-1], after[0]
    if _alike(left.controls, right.controls):
        return [*before, *after]
    border = right.start
    half = min(BLEND_SECONDS, left.end - left.start, right.end - right.start) / 2.0
    step = 2.0 * half / BLEND_STEPS
    steps = [
        Segment(
            start=border - half + number * step,
            end=border - half + (number + 1) * step,
            controls=_between(left.controls, right.controls, (number + 1) / (BLEND_STEPS + 1)),
        )
        for number in range(BLEND_STEPS)
    ]
    steps[-1] = steps[-1].model_copy(update={"end": border + half})
    return [
        *before[:-1],
        left.model_copy(update={"end": steps[0].start}),
        *steps,
        right.model_copy(update={"start": steps[-1].end}),
        *after[1:],
    ]


def _between(first: ControlParameters, second: ControlParameters, share: float) -> ControlParameters:
    """`share` of the way from the first to the second; the label is the nearer one's."""
    return _weighted([(1.0 - share, first), (share, second)])


def _mean(pieces: Sequence[Segment]) -> ControlParameters:
    return _weighted([(piece.end - piece.start, piece.controls) for piece in pieces])


def _weighted(found: Sequence[tuple[float, ControlParameters]]) -> ControlParameters:
    """The mean of every number, and the label with the most weight."""
    total = sum(weight for weight, _ in found) or 1.0
    labels: dict[str, float] = {}
    for weight, controls in found:
        labels[controls.emotion.label] = labels.get(controls.emotion.label, 0.0) + weight

    def mean(name: str, of: Sequence[tuple[float, ControlParameters | DirectedEmotion]]) -> float:
        return round(float(sum(weight * getattr(values, name) for weight, values in of)) / total, 4)

    emotions = [(weight, controls.emotion) for weight, controls in found]
    emotion: dict[str, Any] = {"label": max(labels, key=lambda label: labels[label])}
    emotion |= {name: mean(name, emotions) for name in ("valence", "arousal")}
    names = [name for name in ControlParameters.model_fields if name != "emotion"]
    return ControlParameters.model_validate({**{name: mean(name, found) for name in names}, "emotion": emotion})


def _alike(first: ControlParameters, second: ControlParameters) -> bool:
    one, other = first.model_dump(), second.model_dump()
    felt, meant = one.pop("emotion"), other.pop("emotion")
    pairs = [(one[name], other[name]) for name in one]
    pairs += [(felt[name], meant[name]) for name in ("valence", "arousal")]
    return felt["label"] == meant["label"] and all(abs(a - b) < LEAST_DIFFERENCE for a, b in pairs)


def _merged(pieces: Sequence[Segment]) -> list[Segment]:
    """Neighbours with the same controls become one; none of no length."""
    kept: list[Segment] = []
    for piece in pieces:
        if piece.end <= piece.start:
            continue
        if kept and kept[-1].controls == piece.controls:
            kept[-1] = kept[-1].model_copy(update={"end": piece.end})
        else:
            kept.append(piece)
    return kept


def _cues(parts: Sequence[Part]) -> list[Cue]:
    """Each stretch's in its own part, by time; of two of one action across a border the stronger one."""
    kept: list[Cue] = []
    last = len(parts) - 1
    for number, (stretch, performance) in enumerate(parts):
        start = stretch.own.start if number else float("-inf")
        end = stretch.own.end if number < last else float("inf")
        for cue in sorted(performance.cues, key=lambda cue: cue.at):
            if not start <= cue.at < end:
                continue
            twin = _twin(cue, kept) if cue.at - start < TWICE_SECONDS else None
            if twin is None:
                kept.append(cue)
            elif cue.intensity > kept[twin].intensity:
                kept[twin] = cue
    return sorted(kept, key=lambda cue: cue.at)


def _twin(cue: Cue, kept: Sequence[Cue]) -> int | None:
    """The index of a cue of the same action just before."""
    for index in range(len(kept) - 1, -1, -1):
        if cue.at - kept[index].at >= TWICE_SECONDS:
            return None
        if kept[index].action == cue.action:
            return index
    return None
