"""Plain words change what the rules play; words that nobody knows are named."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from avatar.performance import ControlParameters, Cue, Performance, Segment
from avatar.settings import Settings
from avatar.types import Choice, Speech
from orchestrator.director.choice import by_rules
from orchestrator.director.direction import UNDIRECTED, directed, read_direction
from orchestrator.director.rules import direct
from orchestrator.director.thinning import HEAD_SPACING_SECONDS
from orchestrator.director.vocabulary import EXAMPLES, MEANINGS
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine
from tests.video_processor.speech_factory import make_silence, make_speech

Requests = Callable[..., JobRequest]

NEUTRAL = Performance(controls=ControlParameters())


@pytest.fixture(scope="module")
def speech() -> Speech:
    return make_speech(60.0)


def controls_after(text: str) -> ControlParameters:
    return directed(NEUTRAL, read_direction(text)).controls


def nods(speech: Speech, text: str) -> list[Cue]:
    return [cue for cue in direct(speech, (), read_direction(text)).cues if cue.action == "nod"]


def test_no_direction_changes_nothing(speech: Speech) -> None:
    assert read_direction("") == read_direction("  ,.! ") == UNDIRECTED
    assert direct(speech, (), read_direction("")) == direct(speech, ())
    assert directed(NEUTRAL, UNDIRECTED) is NEUTRAL


@pytest.mark.parametrize(
    ("text", "parameter", "sign"),
    [
        ("cheerful", "smile", 1),
        ("Happily", "energy", 1),
        ("sad", "smile", -1),
        ("calm", "energy", -1),
        ("serious", "smile", -1),
        ("energetic", "head_motion", 1),
        ("warm", "gaze_contact", 1),
        ("smiling", "smile", 1),
        ("keep still", "head_motion", -1),
        ("keep the head still", "head_motion", -1),
        ("looks away", "gaze_contact", -1),
        ("look at the camera", "gaze_contact", 1),
        ("look down", "head_tilt", -1),
        ("chin up", "head_tilt", 1),
        ("blinks often", "blink_rate", 1),
        ("raised eyebrows", "eyebrow_raise", 1),
        ("mumbling", "mouth_openness", -1),
        ("do not smile", "smile", -1),
        ("without moving", "head_motion", -1),
        ("not so serious", "smile", 1),
        ("less energy", "energy", -1),
    ],
)
def test_known_words_move_their_parameter(text: str, parameter: str, sign: int) -> None:
    change = getattr(controls_after(text), parameter) - getattr(NEUTRAL.controls, parameter)
    assert change * sign > 0.04
    assert read_direction(text).unknown == ()


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("smile a little", "smile"),
        ("slightly warm", "warm"),
        ("warm", "very warm"),
        ("very warm", "extremely warm"),
        ("smiles sometimes", "smiles a lot"),
        ("kind of happy", "happy"),
        ("barely smiling", "faint smile"),
    ],
)
def test_measures_weigh_their_word(weaker: str, stronger: str) -> None:
    assert controls_after(weaker).smile < controls_after(stronger).smile


def test_a_measure_counts_for_its_own_word_only() -> None:
    both = controls_after("very calm, smile a little")
    assert both.smile == pytest.approx(controls_after("smile a little").smile)
    assert both.energy == pytest.approx(controls_after("very calm").energy)
    assert controls_after("no smile but energetic").energy == pytest.approx(controls_after("energetic").energy)


def test_a_feeling_gives_its_label_unless_it_is_denied() -> None:
    assert controls_after("very sad").emotion.label == "sad"
    assert controls_after("very sad").emotion.valence < -0.5
    assert controls_after("not sad").emotion.label == "neutral"
    assert controls_after("not sad").emotion.valence > 0.0


def test_every_known_form_is_understood_alone() -> None:
    for words in MEANINGS:
        assert read_direction(" ".join(words)).unknown == ()


def test_controls_stay_in_their_ranges_and_segments_change_too() -> None:
    half = Segment(start=0.0, end=1.0, controls=ControlParameters(smile=0.9))
    played = directed(NEUTRAL.model_copy(update={"segments": (half,)}), read_direction("extremely happy, smiles a lot"))
    assert played.controls.smile == played.segments[0].controls.smile == 1.0
    assert directed(NEUTRAL, read_direction("extremely tired, very calm, keep still")).controls.energy == 0.0


def test_nodding_a_lot_nods_more_and_deeper(speech: Speech) -> None:
    usual, many, none = nods(speech, ""), nods(speech, "nods a lot"), nods(speech, "never nods")
    assert len(many) > 1.4 * len(usual)
    assert max(cue.intensity for cue in many) > 1.3 * max(cue.intensity for cue in usual)
    assert none == []
    assert all(b.at - a.at > 0.4 * HEAD_SPACING_SECONDS for a, b in pairwise(many))


def test_keeping_still_quiets_every_head_movement(speech: Speech) -> None:
    def strength(text: str) -> float:
        cues = direct(speech, (), read_direction(text)).cues
        return sum(cue.intensity for cue in cues if cue.action in ("nod", "tilt", "turn"))

    assert strength("keep still") < 0.4 * strength("")
    assert strength("keep very still") < 0.01


def test_silence_is_directed_too() -> None:
    silence = make_silence(2.0)
    assert direct(silence, (), read_direction("smile")).controls.smile > direct(silence, ()).controls.smile


def test_unknown_words_are_named_once_and_fillers_are_not() -> None:
    direction = read_direction("Please be cheerful, sarcastic and whispery; she should look sarcastic")
    assert direction.notes == ("The rules know cheerful; not understood: sarcastic, whispery.",)
    assert read_direction("cheerful, nods a lot").notes == ()


def test_where_nothing_is_known_the_note_says_what_would_be(speech: Speech) -> None:
    found = by_rules(speech, (), "fröhlich", Choice("rules", "asked for"))
    assert found.performance == direct(speech, ())
    assert found.notes == (f"The rules know words such as {EXAMPLES}; not understood: fröhlich.",)
    assert all(read_direction(word).unknown == () for word in EXAMPLES.split(", "))


def test_a_long_list_of_unknown_words_is_cut() -> None:
    (note,) = read_direction(" ".join(f"word{n}" for n in range(40))).notes
    assert "word11, …." in note
    assert "word12" not in note


@pytest.mark.parametrize(
    "text", ["\x00", "''''", "don’t smile", "не улыбайся", "🙂", "a" * 500, "very", "not a lot less"]
)
def test_any_text_is_read(text: str) -> None:
    assert directed(NEUTRAL, read_direction(text)).controls.smile <= 0.0


def test_the_direction_reaches_the_result(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    plain = run_job(request_for(), settings)
    told = run_job(request_for(direction=" smile, quixotic "), settings)
    assert told.thread_id != plain.thread_id
    assert told.performance["controls"]["smile"] > plain.performance["controls"]["smile"]
    assert told.notes == ("The rules know smile; not understood: quixotic.",)
    brought = run_job(request_for(direction="smile", performance=plain.performance), settings)
    assert brought.performance == plain.performance
    assert brought.notes == ("The direction was not used: the performance came with the request.",)
