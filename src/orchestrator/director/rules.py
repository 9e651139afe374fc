"""The director that needs no model: prosody, words and emotion become a performance by rules.

Stress raises brows or nods, a question raises brows and tilts, words of yes, no, greeting and the like are played, a
pause blinks and looks away, the end of a phrase settles, emotion over time becomes segments and comes up in the face.
Of all that could be played little is: cues keep their distances, so that nobody nods like a toy dog, and they vary, by
numbers drawn from the speech itself.
"""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from avatar.performance import Action, ControlParameters, Cue, Performance
from avatar.types import Speech, TimedEmotion
from orchestrator.director.direction import UNDIRECTED, Direction, directed
from orchestrator.director.feelings import feeling_ideas
from orchestrator.director.gestures import meaning_ideas, pause_ideas, question_ideas, sentence_ideas, stress_ideas
from orchestrator.director.moments import Moments
from orchestrator.director.moods import emotion_controls, emotion_segments, shown_smile
from orchestrator.director.thinning import HEAD_ACTIONS, Idea, apart, is_free, thinned
from orchestrator.director.variety import Variety

MANY_NODS: Final = 0.8
"""From here on every stroke is a nod."""
NO_NODS: Final = -0.5
NOD_GAIN: Final = 0.8
NOD_CROWDING: Final = 0.5
"""How much larger, and how much denser, nods are for each step of `Direction.nods`."""

SHOWN_TAKES: Final = 0.7
"""Share of a smile that a portrait leaves out which smiles already."""

STROKES: Final[Mapping[Action, float]] = {"nod": 0.5, "tilt": 0.28, "turn": 0.22}
"""How often each marks a stress."""
STROKE_SECONDS: Final[Mapping[Action, float]] = {"tilt": 1.0, "turn": 1.1}

SILENT: Final = ControlParameters(blink_rate=0.3, head_motion=0.2, gaze_contact=0.95, energy=0.3)


def direct(speech: Speech, emotions: tuple[TimedEmotion, ...], direction: Direction = UNDIRECTED) -> Performance:
    """The same performance for the same speech and direction; without speech a still face that blinks."""
    if speech.is_silent:
        return directed(Performance(controls=SILENT), direction)
    performance = Performance(
        controls=emotion_controls(emotions),
        segments=tuple(emotion_segments(emotions, speech.prosody.phrases)),
        cues=tuple(_cues(speech, emotions, direction.nods)),
    )
    return directed(performance, direction)


def _cues(speech: Speech, emotions: tuple[TimedEmotion, ...], nods: float) -> list[Cue]:
    moments, variety = Moments(speech), Variety(speech)
    ideas = [
        *question_ideas(moments, variety),
        *meaning_ideas(moments, variety),
        *feeling_ideas(moments, variety, emotions),
        *stress_ideas(moments, variety),
        *sentence_ideas(moments, variety),
        *pause_ideas(moments, variety),
    ]
    if nods <= NO_NODS:
        ideas = [idea for idea in ideas if idea.free or idea.cue.action != "nod"]
    heard = (idea for idea in ideas if idea.cue.at <= speech.duration)
    kept = thinned(heard, 1.0 + NOD_CROWDING * max(nods, 0.0))
    played = kept if nods >= MANY_NODS else _varied(kept, variety)
    smile = 1.0 - SHOWN_TAKES * shown_smile(emotions)
    gains = {"nod": 1.0 + NOD_GAIN * nods, "smile": smile}
    cues = [_played(idea.cue, gains.get(idea.cue.action, 1.0)) for idea in played]
    return [cue for cue in cues if nods > NO_NODS or cue.action != "nod"]


def _varied(ideas: Sequence[Idea], variety: Variety) -> Iterator[Idea]:
    """With some of the nods on stresses as tilts and turns; the first stays a nod, and a third in a row does not."""
    times: dict[Action, list[float]] = {}
    for idea in ideas:
        times.setdefault(idea.cue.action, []).append(idea.cue.at)
    before: list[Action] = []
    side = 0.0
    for idea in ideas:
        at, action = idea.cue.at, idea.cue.action
        if idea.free and before:
            fitting = {name: weight for name, weight in STROKES.items() if _fits(name, at, times, before[-2:])}
            action = variety.pick(fitting, "stroke", at) if fitting else "nod"
        if action in HEAD_ACTIONS:
            before.append(action)
        if action == idea.cue.action:
            yield idea
            continue
        side = variety.side("stroke side", at, side)
        insort(times.setdefault(action, []), at)
        length = variety.around(STROKE_SECONDS[action], "stroke length", at)
        cue = idea.cue.model_copy(update={"action": action, "duration": length, "direction": side})
        yield replace(idea, cue=cue)


def _fits(action: Action, at: float, times: Mapping[Action, Sequence[float]], before: Sequence[Action]) -> bool:
    if action == "nod":
        return list(before) != ["nod", "nod"]
    return before[-1] != action and is_free(times.get(action, ()), at, apart(action))


def _played(cue: Cue, gain: float) -> Cue:
    return cue.model_copy(update={"intensity": round(min(max(gain, 0.0) * cue.intensity, 1.0), 3)})
