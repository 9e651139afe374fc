"""The director that needs no model: prosody, words and emotion become a performance by rules.

Stress raises brows or nods, a question raises brows and tilts, words of yes, no, greeting and the like are played, a
pause blinks and looks away, the end of a phrase settles, emotion over time becomes segments and comes up in the face.
Of all that could be played little is: cues keep their distances, so that nobody nods like a toy dog, and they vary, by
numbers drawn from the speech itself.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from avatar.performance import Action, ControlParameters, Cue, Performance
from avatar.types import Speech, TimedEmotion
from orchestrator.director.direction import UNDIRECTED, Direction, directed
from orchestrator.director.feelings import feeling_ideas
from orchestrator.director.gestures import meaning_ideas, pause_ideas, question_ideas, sentence_ideas, stress_ideas
from orchestrator.director.moments import Moments
from orchestrator.director.moods import emotion_controls, emotion_segments
from orchestrator.director.thinning import Idea, apart, is_free, thinned
from orchestrator.director.variety import Variety

MANY_NODS: Final = 0.8
"""From here on every stroke is a nod."""
NO_NODS: Final = -0.5
NOD_GAIN: Final = 0.8
NOD_CROWDING: Final = 0.5
"""How much larger, and how much denser, nods are for each step of `Direction.nods`."""

STROKES: Final[dict[Action, float]] = {"nod": 0.5, "tilt": 0.28, "turn": 0.22}
"""How often each marks a stress."""
STROKE_SECONDS: Final[dict[Action, float]] = {"tilt": 1.0, "turn": 1.1}

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
    return [_nodding(idea.cue, nods) for idea in played if nods > NO_NODS or idea.cue.action != "nod"]


def _varied(ideas: Sequence[Idea], variety: Variety) -> Iterator[Idea]:
    """With some of the nods on stresses as tilts and turns; the first stays a nod."""
    times: dict[Action, list[float]] = {}
    for idea in ideas:
        times.setdefault(idea.cue.action, []).append(idea.cue.at)
    before: Action | None = None
    side = 0.0
    for idea in ideas:
        if not idea.free:
            yield idea
            continue
        at = idea.cue.at
        fitting = {
            action: weight
            for action, weight in STROKES.items()
            if action == "nod" or (action != before and is_free(times.setdefault(action, []), at, apart(action)))
        }
        action = variety.pick(fitting, "stroke", at) if before else "nod"
        before = action
        if action == "nod":
            yield idea
            continue
        side = variety.side("stroke side", at, side)
        insort(times[action], at)
        length = variety.around(STROKE_SECONDS[action], "stroke length", at)
        cue = idea.cue.model_copy(update={"action": action, "duration": length, "direction": side})
        yield replace(idea, cue=cue)


def _nodding(cue: Cue, nods: float) -> Cue:
    if cue.action != "nod":
        return cue
    return cue.model_copy(update={"intensity": round(min(cue.intensity * (1.0 + NOD_GAIN * nods), 1.0), 4)})
