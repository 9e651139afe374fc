"""The rule director: what it hears becomes what it asks for, sparingly."""

from dataclasses import replace

import numpy as np
import pytest

from avatar.emotions import shares
from avatar.performance import Cue, Performance
from avatar.types import Emotion, EmotionReading, Emphasis, Span, Speech, TimedEmotion, Transcript, Word
from orchestrator.director.rules import direct
from orchestrator.director.thinning import HEAD_SPACING_SECONDS, Idea, thinned
from tests.video_processor.speech_factory import make_silence, make_speech, make_tone

HEAD_ACTIONS = ("nod", "shake", "tilt", "turn", "lean")


def spoken(
    phrases: tuple[Span, ...] = (Span(0.5, 3.0),),
    *,
    stresses: tuple[tuple[float, float], ...] = (),
    text: str = "",
    f0_hz: tuple[tuple[Span, float], ...] = (),
    seconds: float = 8.0,
) -> Speech:
    """Phrases of speech; words are spread over 0.5 s each from 0.5 s on."""
    tone = make_tone(seconds, 0.4)
    pitch = np.zeros_like(tone.prosody.f0_hz)
    for span, hertz in f0_hz:
        pitch[round(span.start * 100) : round(span.end * 100)] = hertz
    emphases = tuple(Emphasis(time, strength) for time, strength in stresses)
    words = tuple(Word(token.strip(".?!"), 0.5 + 0.5 * i, 1.0 + 0.5 * i) for i, token in enumerate(text.split()))
    return replace(
        tone,
        prosody=replace(tone.prosody, phrases=phrases, emphases=emphases, f0_hz=pitch),
        transcript=Transcript(text, "en", words, "test") if text else None,
    )


def cues_of(performance: Performance, *actions: str) -> list[Cue]:
    return [cue for cue in performance.cues if cue.action in actions]


def feeling(start: float, end: float, label: str, confidence: float = 0.9, **values: float) -> TimedEmotion:
    emotion = Emotion(label, confidence=confidence, **values)  # type: ignore[arg-type]
    return TimedEmotion(Span(start, end), emotion)


def test_stress_nods_and_raises_the_brows_at_its_time() -> None:
    performance = direct(spoken(stresses=((1.3, 0.9),)), ())

    assert [cue.at for cue in cues_of(performance, "nod")] == [1.3]
    assert [cue.at for cue in cues_of(performance, "brow_raise")] == [1.3]


def test_weak_stress_moves_nothing() -> None:
    assert cues_of(direct(spoken(stresses=((1.3, 0.1),)), ()), *HEAD_ACTIONS, "brow_raise") == []


def test_stronger_stress_asks_for_more() -> None:
    weak, strong = (cues_of(direct(spoken(stresses=((1.3, s),)), ()), "nod")[0] for s in (0.4, 1.0))

    assert strong.intensity > weak.intensity


@pytest.mark.parametrize("seed", range(3))
def test_head_cues_keep_their_distance_and_vary(seed: int) -> None:
    speech = make_speech(120.0, seed=seed)
    head = cues_of(direct(speech, ()), *HEAD_ACTIONS)
    times = np.array([cue.at for cue in head])

    assert np.diff(times).min() >= HEAD_SPACING_SECONDS
    assert 0.2 * len(speech.prosody.emphases) < len(head) < 0.7 * len(speech.prosody.emphases)
    assert {"nod", "tilt", "turn"} <= {cue.action for cue in head}
    assert {cue.direction for cue in head if cue.action == "tilt"} == {-1.0, 1.0}


def test_of_cues_too_near_each_other_the_strongest_stays() -> None:
    ideas = [Idea(Cue(action="nod", at=at), w) for at, w in ((1.0, 0.3), (1.5, 0.8), (2.0, 0.4), (3.5, 0.2))]

    assert [idea.cue.at for idea in thinned(ideas)] == [1.5, 3.5]


def test_question_mark_raises_brows_and_tilts_on_its_word_and_until_it_ends() -> None:
    performance = direct(spoken(text="Is it you? Yes it is."), ())
    tilts, brows = cues_of(performance, "tilt"), cues_of(performance, "brow_raise")

    assert [cue.at for cue in tilts] == [cue.at for cue in brows] == [pytest.approx(1.75, abs=0.02)]
    assert tilts[0].word == brows[0].word == 2
    assert min(cue.at + cue.duration for cue in (*tilts, *brows)) > 2.0 + 0.5


@pytest.mark.parametrize("text", ["¿Eres tú?", "هل أنت؟", "あなたですか？", "Είσαι εσύ\u037e"])
def test_question_marks_of_other_languages_count(text: str) -> None:
    assert len(cues_of(direct(spoken(text=text), ()), "tilt")) == 1


def test_without_marks_a_rising_voice_asks() -> None:
    rising = ((Span(2.4, 2.88), 150.0), (Span(2.88, 3.0), 200.0))

    assert [cue.at for cue in cues_of(direct(spoken(f0_hz=rising), ()), "tilt")] == [3.0]


@pytest.mark.parametrize(
    ("text", "f0_hz"),
    [
        ("", ((Span(2.4, 2.88), 150.0), (Span(2.88, 3.0), 155.0))),
        ("", ()),
        ("You are here.", ((Span(2.4, 2.88), 150.0), (Span(2.88, 3.0), 200.0))),
    ],
)
def test_statement_does_not_tilt(text: str, f0_hz: tuple[tuple[Span, float], ...]) -> None:
    assert cues_of(direct(spoken(text=text, f0_hz=f0_hz), ()), "tilt") == []


def test_pause_blinks_settles_and_looks_aside() -> None:
    performance = direct(spoken((Span(0.5, 3.0), Span(4.0, 7.9))), ())

    for action in ("blink", "still", "look"):
        (cue,) = cues_of(performance, action)
        assert 3.0 < cue.at < 4.0


def test_short_pause_only_blinks() -> None:
    performance = direct(spoken((Span(0.5, 3.0), Span(3.4, 7.9))), ())

    assert [cue.action for cue in performance.cues] == ["blink"]


def test_end_of_speech_settles_without_looking_aside() -> None:
    performance = direct(spoken(), ())

    assert [cue.action for cue in performance.cues] == ["blink", "still"]


def test_cue_knows_its_word() -> None:
    performance = direct(spoken(text="we see it", stresses=((1.2, 0.8),)), ())

    assert {cue.word for cue in cues_of(performance, "nod", "brow_raise")} == {1}
    assert {cue.word for cue in cues_of(performance, "blink", "still")} == {None}


def test_silence_is_a_calm_face_that_blinks() -> None:
    performance = direct(make_silence(5.0), ())

    assert performance.cues == ()
    assert performance.controls.blink_rate > 0.0
    assert performance.controls.head_motion < 0.5


def test_change_of_emotion_becomes_segments() -> None:
    emotions = (feeling(0.0, 5.0, "happy", valence=0.8), feeling(5.0, 10.0, "sad", valence=-0.7, arousal=-0.5))
    joy, grief = direct(spoken(), emotions).segments

    assert (joy.start, joy.end, grief.start, grief.end) == (0.0, 5.0, 5.0, 10.0)
    assert joy.controls.smile > 0.2 > grief.controls.smile
    assert joy.controls.emotion.label == "happy"
    assert grief.controls.energy < joy.controls.energy
    assert grief.controls.head_tilt < 0.0


def test_one_emotion_is_the_whole_clips() -> None:
    performance = direct(spoken(), (feeling(0.0, 3.0, "angry"), feeling(3.0, 6.0, "angry")))

    assert performance.segments == ()
    assert performance.controls.emotion.label == "angry"


def test_passing_emotion_joins_the_one_before() -> None:
    emotions = (feeling(0.0, 4.0, "happy"), feeling(4.0, 4.8, "fearful"), feeling(4.8, 9.0, "sad"))

    assert [s.controls.emotion.label for s in direct(spoken(), emotions).segments] == ["happy", "sad"]


def test_unsure_emotion_is_not_shown() -> None:
    assert direct(spoken(), (feeling(0.0, 6.0, "angry", 0.1),)).controls.emotion.label == "neutral"


def test_surer_emotion_shows_more() -> None:
    smiles = [direct(spoken(), (feeling(0.0, 6.0, "happy", c),)).controls.smile for c in (0.3, 0.6, 1.0)]

    assert smiles[0] < smiles[1] < smiles[2]


def test_a_portrait_that_smiles_is_given_less_of_a_smile() -> None:
    joy = feeling(0.0, 6.0, "happy", valence=0.8)
    calm = EmotionReading("face", shares({"neutral": 4.0}), 0.0, 0.0, 1.0)
    beaming = replace(calm, scores=shares({"happy": 4.0}))
    emotions = (joy, replace(joy, sources=(calm,)), replace(joy, sources=(beaming,)))
    smiles = [direct(spoken(), (emotion,)).controls.smile for emotion in emotions]

    assert smiles[0] > smiles[1] > 0.8 * smiles[0]
    assert 0.0 < smiles[2] < 0.3 * smiles[0]


def test_same_speech_gives_the_same_performance() -> None:
    speech, emotions = make_speech(60.0), (feeling(0.0, 30.0, "happy"), feeling(30.0, 60.0, "neutral"))

    assert direct(speech, emotions) == direct(speech, emotions)
    assert [cue.at for cue in direct(speech, emotions).cues] == sorted(cue.at for cue in direct(speech, emotions).cues)
