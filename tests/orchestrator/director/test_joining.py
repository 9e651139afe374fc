"""Stretches become one performance: no cue twice, no jump at a border."""

from itertools import pairwise

import pytest

from avatar.performance import ControlParameters, Cue, DirectedEmotion, Performance, Segment
from avatar.types import Span
from orchestrator.director.joining import BLEND_SECONDS, Part, joined
from orchestrator.director.stretches import Stretch


def part(number: int, start: float, end: float, smile: float, *cues: Cue, segments: tuple[Segment, ...] = ()) -> Part:
    heard = Span(max(start - 2.5, 0.0), end + 2.5)
    controls = ControlParameters(smile=smile)
    return Part(
        Stretch(number, Span(start, end), heard, range(0)),
        Performance(controls=controls, segments=segments, cues=cues),
    )


def cue(at: float, intensity: float = 0.5, action: str = "nod") -> Cue:
    return Cue.model_validate({"action": action, "at": at, "intensity": intensity})


def smile_at(performance: Performance, at: float) -> float:
    holding = [segment for segment in performance.segments if segment.start <= at < segment.end]
    assert len(holding) == 1
    return holding[0].controls.smile


def test_one_stretch_is_left_as_it_is() -> None:
    only = part(0, 0.0, 30.0, 0.5, cue(29.9))

    assert joined([only]) == only.performance


def test_controls_glide_over_a_border() -> None:
    performance = joined([part(0, 0.0, 30.0, 0.0), part(1, 30.0, 60.0, 0.8)])
    values = [smile_at(performance, 28.0 + 0.1 * step) for step in range(40)]

    assert values == sorted(values)
    assert max(b - a for a, b in pairwise(values)) == pytest.approx(0.2)
    assert smile_at(performance, 30.0 - BLEND_SECONDS / 2 - 0.01) == 0.0
    assert smile_at(performance, 30.0 + BLEND_SECONDS / 2 + 0.01) == 0.8
    assert performance.controls.smile == pytest.approx(0.4, abs=0.02)


def test_segments_cover_the_whole_without_gap_or_overlap() -> None:
    inner = (
        Segment(start=25.0, end=32.0, controls=ControlParameters(smile=-0.4)),
        Segment(start=10.0, end=12.0, controls=ControlParameters(smile=0.9)),
    )
    performance = joined([part(0, 0.0, 30.0, 0.0, segments=inner), part(1, 30.0, 55.0, 0.4), part(2, 55.0, 80.0, 0.4)])
    segments = performance.segments

    assert (segments[0].start, segments[-1].end) == (0.0, 80.0)
    assert all(before.end == after.start for before, after in pairwise(segments))
    assert smile_at(performance, 11.0) == 0.9
    assert smile_at(performance, 26.0) == -0.4
    assert segments[-1].start == 31.0


def test_alike_neighbours_make_one_segment() -> None:
    performance = joined([part(0, 0.0, 30.0, 0.4), part(1, 30.0, 60.0, 0.4)])

    assert [(s.start, s.end) for s in performance.segments] == [(0.0, 60.0)]


def test_the_label_changes_in_the_middle_of_a_border() -> None:
    sad = ControlParameters(emotion=DirectedEmotion(label="sad", valence=-0.6))
    happy = ControlParameters(emotion=DirectedEmotion(label="happy", valence=0.6))
    first, second = part(0, 0.0, 20.0, 0.0), part(1, 20.0, 60.0, 0.0)
    performance = joined(
        [
            first._replace(performance=Performance(controls=sad)),
            second._replace(performance=Performance(controls=happy)),
        ]
    )
    labels = [segment.controls.emotion.label for segment in performance.segments]

    assert labels == ["sad", "sad", "sad", "happy", "happy"]
    assert performance.controls.emotion.label == "happy"


def test_each_stretch_plays_its_own_part_and_no_cue_is_there_twice() -> None:
    first = part(0, 0.0, 30.0, 0.0, cue(5.0), cue(29.8, 0.4), cue(31.0))
    second = part(1, 30.0, 60.0, 0.0, cue(28.0), cue(30.2, 0.6), cue(30.3, action="blink"), cue(59.99))

    cues = joined([first, second]).cues
    assert [(c.at, c.action) for c in cues] == [(5.0, "nod"), (30.2, "nod"), (30.3, "blink"), (59.99, "nod")]


def test_the_last_stretch_plays_to_the_very_end() -> None:
    assert joined([part(0, 0.0, 30.0, 0.0), part(1, 30.0, 60.0, 0.0, cue(60.0))]).cues == (cue(60.0),)
