from collections.abc import Iterator

import numpy as np
import pytest

from avatar.performance import Cue, DirectedEmotion
from live.contract import SOUND_RATE_HZ
from live.conversation.marks import Feeling
from live.conversation.talking import Talking
from live.messages import Caption, Problem, Speaking
from scripts.living.scripted import ScriptedCast, ScriptedSpeaker
from tests.live.conversation.conftest import Scene


@pytest.fixture
def speaker() -> ScriptedSpeaker:
    return ScriptedSpeaker()


@pytest.fixture
def talking(scene: Scene, speaker: ScriptedSpeaker) -> Iterator[Talking]:
    made = Talking(scene.stage, ScriptedCast(speaker))
    yield made
    made.close()


def test_a_text_is_heard_and_told_with_its_captions(scene: Scene, talking: Talking) -> None:
    line = talking.say("Hello there, friend. How are you?", id="greeting")
    assert line.over.wait(5)
    on = scene.watcher.wait_for(Speaking, on=True)
    off = scene.watcher.wait_for(Speaking, on=False)
    assert (on.utterance, off.utterance, off.cut) == ("greeting", "greeting", False)
    first, second = scene.watcher.of(Caption)
    assert (first.text, second.text) == ("Hello there, friend.", "How are you?")
    assert first.audible
    assert [word.text for word in second.words] == ["How", "are", "you?"]
    assert on.at <= first.at < second.at < off.at
    assert line.spoken() == "Hello there, friend. How are you?"


def test_captions_are_told_when_their_words_are_heard(scene: Scene, talking: Talking) -> None:
    talking.say("One two three four five. Six seven eight.")
    scene.watcher.wait_for(Caption, text="Six seven eight.")
    late = scene.watcher.of(Caption)[1]
    assert scene.watcher.frames[-1] >= late.at - 0.1


def test_the_sound_has_no_gap_between_sentences(scene: Scene, talking: Talking, speaker: ScriptedSpeaker) -> None:
    line = talking.say("The first sentence goes on for a while. The second one follows it at once.")
    assert line.over.wait(5)
    loud = np.flatnonzero(np.abs(scene.watcher.heard()) > 0.01)
    assert np.max(np.diff(loud)) < SOUND_RATE_HZ // 50
    assert len(speaker.asked) == 2


def test_lines_are_spoken_in_the_order_in_which_they_were_said(scene: Scene, talking: Talking) -> None:
    last = [talking.say(text) for text in ("First.", "Second.", "Third.")][-1]
    assert last.over.wait(5)
    assert [caption.text for caption in scene.watcher.of(Caption)] == ["First.", "Second.", "Third."]
    spoken = [message.utterance for message in scene.watcher.of(Speaking) if message.on]
    assert len(set(spoken)) == 3


def test_lines_of_the_same_name_are_told_apart(talking: Talking) -> None:
    first, second = talking.say("One.", id="same"), talking.say("Two.", id="same")
    assert first.name == "same"
    assert second.name != "same"


def test_clearing_stops_what_is_said_and_drops_the_rest(scene: Scene, talking: Talking) -> None:
    line = talking.say("A long sentence that goes on and on until somebody has had enough of it and stops it there.")
    waiting = talking.say("Never said.")
    scene.watcher.wait_for(Speaking, on=True)
    scene.watcher.wait(lambda: scene.stage.now >= 0.4)
    talking.clear()
    assert line.over.is_set()
    assert waiting.over.is_set()
    assert scene.watcher.wait_for(Speaking, on=False).cut
    assert 0 < len(line.spoken()) < len(line.text)
    assert line.text.startswith(line.spoken())
    assert waiting.spoken() == ""
    assert not talking.is_speaking


def test_a_stage_that_is_cleared_by_others_ends_the_line_too(scene: Scene, talking: Talking) -> None:
    line = talking.say("A long sentence that goes on and on until somebody has had enough of it and stops it there.")
    scene.watcher.wait_for(Speaking, on=True)
    scene.stage.clear()
    assert line.over.wait(5)
    assert line.cut_at is not None


def test_interrupting_speaks_in_place_of_what_is_said(scene: Scene, talking: Talking) -> None:
    first = talking.say("A long sentence that goes on and on until somebody has had enough of it.")
    scene.watcher.wait_for(Speaking, on=True)
    second = talking.say("Stop.", interrupt=True)
    assert second.over.wait(5)
    assert first.cut_at is not None
    assert second.spoken() == "Stop."


def test_a_streamed_text_is_heard_before_it_has_ended(scene: Scene, talking: Talking) -> None:
    line = talking.begin()
    line.add("The first sentence is whole. The sec")
    scene.watcher.wait_for(Speaking, on=True)
    line.add("ond one is not.")
    line.end()
    assert line.over.wait(5)
    assert line.spoken() == "The first sentence is whole. The second one is not."


def test_cues_peak_on_their_words(scene: Scene, talking: Talking) -> None:
    talking.say("Yes, I agree. No, never.", cues=[Cue(action="nod", word=0), Cue(action="shake", word=4)])
    scene.watcher.wait_for(Caption, text="No, never.")
    scene.watcher.wait(lambda: len(scene.motion.cues) == 2)
    nod, shake = scene.motion.cues
    words = [word for caption in scene.watcher.of(Caption) for word in caption.words]
    assert words[0].start <= nod.at <= words[0].end
    assert words[4].start <= shake.at <= words[4].end


def test_a_cue_after_the_last_word_comes_at_the_end(scene: Scene, talking: Talking) -> None:
    line = talking.begin()
    line.add("That was it. ")
    line.mark(Cue(action="smile", word=0))
    line.end()
    assert line.over.wait(5)
    scene.watcher.wait(lambda: len(scene.motion.cues) == 1)
    assert scene.motion.cues[0].at == pytest.approx(line.ends_at)


def test_a_feeling_holds_until_the_line_is_over(scene: Scene, talking: Talking) -> None:
    happy = DirectedEmotion(label="happy", valence=0.8, arousal=0.4)
    line = talking.begin()
    line.mark(Feeling(happy, 0.9))
    line.add("How lovely.")
    line.end()
    assert line.over.wait(5)
    scene.watcher.wait(lambda: len(scene.motion.directed) == 2)
    during, after = scene.motion.directed
    assert (during.emotion.label, during.expression_intensity) == ("happy", 0.9)
    assert after.emotion.label == "neutral"


def test_a_sentence_that_an_engine_cannot_say_is_told_and_shown(
    scene: Scene, talking: Talking, speaker: ScriptedSpeaker
) -> None:
    speaker.fails = ("Zzz.",)
    talking.say("Zzz. Fine.")
    problem = scene.watcher.wait_for(Problem, code="speech_failed")
    assert problem.cure == "Say something else."
    assert not scene.watcher.wait_for(Caption, text="Zzz.").audible
    assert scene.watcher.wait_for(Caption, text="Fine.").audible


def test_an_engine_without_word_times_has_captions_too(
    scene: Scene, talking: Talking, speaker: ScriptedSpeaker
) -> None:
    speaker.tells_words = False
    talking.say("No times here.")
    assert [word.text for word in scene.watcher.wait_for(Caption).words] == ["No", "times", "here."]
