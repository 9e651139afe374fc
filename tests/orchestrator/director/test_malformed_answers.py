"""Whatever a model writes: no exception, and a motion of finite numbers; over 1,000 answers."""

import json
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ACTIONS, ControlParameters, Performance
from avatar.types import EMOTION_LABELS, FaceMotion, Floats, RenderChunk, Size, Speech
from orchestrator.director.answer import TimedCue, TimedSegment, WordAnswer, WordCue, WordSegment
from orchestrator.director.placing import placed
from orchestrator.director.reading import read_answer
from orchestrator.director.salvage import UnusableAnswerError
from orchestrator.director.stretches import stretches
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.orchestrator.director.scripted_chat import answer_text
from tests.video_processor.speech_factory import make_speech
from video_processor.framing import frame_portrait
from video_processor.motion.synthesis import synthesise_motion
from video_processor.portrait import analyse_portrait
from video_processor.quality.gate import check_motion
from video_processor.renderers.puppet.engine import build_session

FPS = Fraction(25)
FRAMES = 25
REST = np.zeros(len(BLENDSHAPES), np.float32)
SPEECH = make_speech(2.0)
SPEECHES = (SPEECH, replace(SPEECH, transcript=None))
QUIET = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

GOOD = answer_text(
    [
        {"word": 1, "action": "nod", "intensity": 0.4},
        {"word": 2, "when": "after", "action": "look", "intensity": 0.5, "duration": 1.2, "direction": -1},
        {"word": 3, "action": "smile", "intensity": 0.3, "duration": 1.5},
    ],
    [{"first": 0, "last": 2, "controls": {"energy": 0.3, "smile": -0.2}}],
)

ODD_NUMBERS: st.SearchStrategy[Any] = st.sampled_from([0, -1, 2, 10**400, -(10**30), 1e308, -1e-320, 0.1, 3, 999])
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | ODD_NUMBERS
    | st.floats()
    | st.sampled_from(["0.5", "NaN", "", "-3", "nod", "happy", "1e999", "w1", "∞", "\ud800", "\x00"])
    | st.text(max_size=12)
)
FORMS: tuple[type[BaseModel], ...] = (WordAnswer, WordCue, TimedCue, WordSegment, TimedSegment, ControlParameters)
KEYS = [name for form in FORMS for name in form.model_fields]
NAMES = st.sampled_from(KEYS) | st.text(max_size=6)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)


# Of three levels; `st.recursive` draws and discards, and takes several times as long.
ANYTHING = SCALARS | nested(SCALARS | nested(SCALARS))
CUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTIONS) | SCALARS},
    optional={
        "word": st.integers(-2, 8) | SCALARS,
        "at": st.floats(-1, 4) | SCALARS,
        "when": st.sampled_from(["on", "after"]) | SCALARS,
        "intensity": SCALARS,
        "duration": SCALARS,
        "direction": SCALARS,
    },
)
CONTROLS = st.dictionaries(st.sampled_from([*ControlParameters.model_fields]), ANYTHING, max_size=10)
SEGMENTS = st.fixed_dictionaries(
    {"controls": CONTROLS | SCALARS},
    optional={name: st.integers(-2, 8) | SCALARS for name in ("first", "last", "start", "end")},
)
ANSWERS = st.fixed_dictionaries(
    {"controls": CONTROLS | ANYTHING},
    optional={
        "segments": st.lists(SEGMENTS | ANYTHING, max_size=8) | ANYTHING,
        "cues": st.lists(CUES | ANYTHING, max_size=16) | ANYTHING,
        "notes": ANYTHING,
    },
)


def played(text: str, speech: Speech) -> Performance | None:
    """The performance, where the answer has one. Only the one kind of error is let pass."""
    try:
        performance = read_answer(text, stretches(speech)[0], speech).performance
    except UnusableAnswerError:
        return None
    assert Performance.model_validate_json(performance.model_dump_json()) == performance
    assert placed(performance, speech) == (performance, ())
    assert len(performance.cues) <= 10 * speech.duration
    return performance


def motion_of(performance: Performance, speech: Speech, rest: Floats = REST, frames: int = FRAMES) -> FaceMotion:
    motion = synthesise_motion(speech, performance, fps=FPS, frames=frames, rest=rest, seed=1)
    check_motion(motion)
    assert np.isfinite(motion.blendshapes).all()
    assert np.isfinite(motion.pose).all()
    return motion


def mutated(text: str, chance: random.Random) -> str:
    """A good answer with one to four things done to it that language models do."""
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text) + 1)
        end = min(place + chance.randint(1, 12), len(text))
        junk = chance.choice(['"', "{", "}", "[", "]", ",", ":", "NaN", "null", "1e999", "-", "\\", "…", "0.5,", "\n"])
        text = chance.choice(
            [
                text[:place] + text[end:],
                text[:place] + junk + text[place:],
                text[:place] + text[place:end] * 3 + text[end:],
                text[:place],
                text.replace(chance.choice(["0.3", "1", "nod", "happy", "word", "cues"]), junk),
                f"```json\n{text}\n```",
                f"Sure! {text} Anything else?",
                text + text,
            ]
        )
    return text


@QUIET
@given(ANSWERS, st.sampled_from(SPEECHES))
def test_any_json_becomes_a_finite_motion_or_is_refused(answer: dict[str, Any], speech: Speech) -> None:
    performance = played(json.dumps(answer), speech)
    if performance is not None:
        motion_of(performance, speech)


@QUIET
@given(st.text(max_size=200) | ANYTHING.map(json.dumps) | st.binary(max_size=80).map(bytes.hex))
def test_any_text_is_read_or_refused(text: str) -> None:
    for speech in SPEECHES:
        performance = played(text, speech)
        if performance is not None:
            motion_of(performance, speech)


@pytest.mark.parametrize("seed", range(5))
def test_mutations_of_a_good_answer_become_finite_motions(seed: int) -> None:
    chance = random.Random(seed)
    made = 0
    for number in range(100):
        speech = SPEECHES[number % 2]
        performance = played(mutated(GOOD, chance), speech)
        if performance is not None:
            motion_of(performance, speech)
            made += 1
    assert made > 40


def test_extreme_answers_draw_real_frames() -> None:
    session = build_session(
        frame_portrait(analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48), Size(128, 128))
    )
    everything = [{"word": 1, "action": action, "intensity": 99, "duration": 99, "direction": 9} for action in ACTIONS]
    signs = [{name: sign * 1e9 for name in ControlParameters.model_fields if name != "emotion"} for sign in (-1, 1)]
    silence = np.zeros(16_000 * 2, np.float32)
    for label in EMOTION_LABELS[1:]:
        controls = {**signs[len(label) % 2], "emotion": {"label": label, "valence": 1e9, "arousal": -1e9}}
        performance = played(json.dumps({"controls": controls, "cues": everything}), SPEECH)
        assert performance is not None
        motion = motion_of(performance, SPEECH, session.portrait.rest)
        frames = list(session.render(RenderChunk(0, 0, FRAMES, motion, silence)))
        assert len(frames) == FRAMES
        assert all(frame.shape == (128, 128, 3) and frame.dtype == np.uint8 for frame in frames)
        assert all(frame.std() > 10 for frame in frames)
