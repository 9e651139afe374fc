import threading
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import TranscriptionError
from avatar.types import SAMPLE_RATE_HZ
from live.contract import SOUND_RATE_HZ
from live.conversation.conversation import Conversation
from live.conversation.model import Called, Part, Said
from live.messages import Caption, Notice, Problem, Speaking, State, Turn
from orchestrator.director.chat import ChatError
from scripts.living.scripted import (
    ScriptedCast,
    ScriptedRecogniser,
    ScriptedSpeaker,
    ScriptedTalker,
    conversation,
    microphone,
    say_a_turn,
    silent,
    speaking,
)
from tests.live.conversation.conftest import Open, Scene

LONG = "This answer goes on and on, far longer than anybody would want to listen to it, and then it goes on some more."

HURRIED: Final = 8.0
"""A turn that is said while the avatar is silent has no pace of its own."""


def spoken_turn(talk: Conversation) -> None:
    say_a_turn(talk, pace=HURRIED)


def rests(scene: Scene, talk: Conversation) -> None:
    scene.watcher.wait(lambda: talk.state in ("idle", "listening") and not talk.talking.is_speaking)


def test_what_is_typed_is_answered_aloud(scene: Scene, opened: Open) -> None:
    talker = ScriptedTalker(["Good morning. How are you?"])
    opened(dialogue=talker).ask("Hello!")
    scene.watcher.wait_for(Speaking, on=False)
    users = [caption.text for caption in scene.watcher.of(Caption) if caption.who == "user"]
    assert users == ["Hello!"]
    scene.watcher.wait(lambda: talker.kept == ["Good morning. How are you?"])
    scene.watcher.wait_for(State, state="idle")
    assert [message.state for message in scene.watcher.of(State)] == ["thinking", "speaking", "idle"]
    scene.watcher.wait(lambda: scene.motion.attended == ["thinking", "speaking", "idle"])


def test_what_is_said_is_understood_and_answered(scene: Scene, opened: Open) -> None:
    recogniser, talker = ScriptedRecogniser(["What time is it?"]), ScriptedTalker(["It is noon."])
    spoken_turn(opened(recogniser=recogniser, dialogue=talker))
    scene.watcher.wait_for(Speaking, on=False)
    assert talker.asked == ["What time is it?"]
    assert 0.4 < recogniser.heard[0] < 1.1
    states = [message.state for message in scene.watcher.of(State)]
    assert states[:3] == ["listening", "thinking", "speaking"]


def test_a_turn_tells_when_each_step_was_over(scene: Scene, opened: Open) -> None:
    recogniser = ScriptedRecogniser(["Hello."], delay=0.05)
    spoken_turn(opened(recogniser=recogniser, dialogue=ScriptedTalker(["Good day to you."], first=0.05)))
    turn = scene.watcher.wait_for(Turn)
    steps = (
        turn.end_of_turn,
        turn.recognised,
        turn.first_token,
        turn.first_sentence,
        turn.first_sound,
        turn.first_frame,
    )
    assert list(steps) == sorted(steps)
    assert turn.recognised - turn.end_of_turn >= 50
    assert turn.first_token - turn.recognised >= 50
    assert not turn.interrupted


def test_somebody_who_speaks_while_the_avatar_does_stops_it(scene: Scene, opened: Open) -> None:
    recogniser = ScriptedRecogniser(["Stop."])
    talker = ScriptedTalker([LONG, "All right."], pause=0.1)
    talk = opened(recogniser=recogniser, dialogue=talker)
    microphone(talk.hear, silent(0.1), pace=HURRIED)
    talk.ask("Tell me a story.")
    scene.watcher.wait_for(Speaking, on=True)
    microphone(talk.hear, silent(0.6), speaking(0.3), pace=2.0)
    scene.watcher.wait_for(Speaking, on=False, cut=True)
    microphone(talk.hear, silent(0.8), pace=HURRIED)
    scene.watcher.wait(lambda: "All right." in talker.kept)
    assert talker.ended[0] is False
    assert LONG.startswith(talker.kept[0])
    assert 0 < len(talker.kept[0]) < len(LONG)
    assert scene.watcher.wait_for(Turn, turn=1, interrupted=True)


def test_the_avatars_own_voice_does_not_interrupt_it(scene: Scene, opened: Open) -> None:
    talk = opened(recogniser=ScriptedRecogniser(["Echo."]), dialogue=ScriptedTalker([LONG]))
    over = threading.Event()

    def leak() -> None:
        """The microphone hears the avatar a tenth of a second later, at a third of its loudness."""
        while not over.is_set():
            heard = scene.watcher.heard()[-SOUND_RATE_HZ // 5 :][: SOUND_RATE_HZ // 10]
            talk.hear((0.3 * heard[::3]).astype(np.float32), SAMPLE_RATE_HZ)
            over.wait(0.1)

    thread = threading.Thread(target=leak)
    scene.watcher.wait(lambda: len(scene.watcher.sounds) > 5)
    thread.start()
    talk.ask("Speak.")
    ended = scene.watcher.wait_for(Speaking, on=False)
    over.set()
    thread.join()
    assert not ended.cut
    assert not scene.motion.hushes


def test_a_click_does_not_interrupt(scene: Scene, opened: Open) -> None:
    talk = opened(recogniser=ScriptedRecogniser(["Click."]), dialogue=ScriptedTalker(["Quite a long sentence, that."]))
    talk.ask("Speak.")
    scene.watcher.wait_for(Speaking, on=True)
    microphone(talk.hear, speaking(0.03), silent(0.2), speaking(0.03), silent(0.2))
    assert not scene.watcher.wait_for(Speaking, on=False).cut


def test_what_was_not_answered_yet_is_answered_with_what_follows(scene: Scene, opened: Open) -> None:
    recogniser = ScriptedRecogniser(["I would like", "a cup of tea."])
    talker = ScriptedTalker(["Never heard.", "Here you are."], first=0.5)
    talk = opened(recogniser=recogniser, dialogue=talker)
    spoken_turn(talk)
    scene.watcher.wait(lambda: talker.asked == ["I would like"])
    spoken_turn(talk)
    scene.watcher.wait(lambda: "Here you are." in talker.kept)
    assert talker.asked == ["I would like", "I would like a cup of tea."]


def test_noise_after_a_question_does_not_lose_it(scene: Scene, opened: Open) -> None:
    talker = ScriptedTalker(["Never heard.", "Yes."], first=0.5)
    talk = opened(recogniser=ScriptedRecogniser(["Are you there?", ""]), dialogue=talker)
    spoken_turn(talk)
    scene.watcher.wait(lambda: talker.asked == ["Are you there?"])
    spoken_turn(talk)
    scene.watcher.wait(lambda: "Yes." in talker.kept)
    assert talker.asked == ["Are you there?", "Are you there?"]


def test_what_is_no_speech_is_not_answered(scene: Scene, opened: Open) -> None:
    recogniser, talker = ScriptedRecogniser([""]), ScriptedTalker(["What?"])
    talk = opened(recogniser=recogniser, dialogue=talker)
    spoken_turn(talk)
    scene.watcher.wait_for(State, state="thinking")
    rests(scene, talk)
    assert talker.asked == []
    assert scene.watcher.of(Caption) == []


def test_a_question_that_is_typed_takes_the_place_of_the_answer(scene: Scene, opened: Open) -> None:
    talker = ScriptedTalker([LONG, "Short."])
    talk = opened(dialogue=talker)
    talk.ask("One.")
    scene.watcher.wait_for(Speaking, on=True)
    talk.ask("Two.")
    scene.watcher.wait(lambda: "Short." in talker.kept)
    assert talker.asked == ["One.", "Two."]


def test_clearing_while_it_thinks_gives_the_answer_up(scene: Scene, opened: Open) -> None:
    talker = ScriptedTalker(["Too late."], first=5.0)
    talk = opened(dialogue=talker)
    talk.ask("Hello?")
    scene.watcher.wait(lambda: talker.asked == ["Hello?"])
    talk.clear()
    scene.watcher.wait_for(State, state="idle")
    assert talker.ended == [False]
    assert scene.watcher.of(Speaking) == []


def test_without_a_dialogue_what_is_asked_is_not_spoken_back(scene: Scene, opened: Open) -> None:
    talk = opened()
    talk.ask("Hello?")
    notice = scene.watcher.wait_for(Notice, code="no_dialogue")
    assert notice.cure == "Set one up."
    talk.say("But this is said.")
    scene.watcher.wait_for(Speaking, on=False)
    assert [caption.text for caption in scene.watcher.of(Caption) if caption.who == "avatar"] == ["But this is said."]


def test_without_a_recogniser_sound_is_told_of_once_and_typing_works(scene: Scene, opened: Open) -> None:
    talk = opened(dialogue=ScriptedTalker(["Hello."]))
    spoken_turn(talk)
    talk.ask("Hello?")
    scene.watcher.wait_for(Speaking, on=False)
    assert [notice.code for notice in scene.watcher.of(Notice)] == ["no_recogniser"]


def test_a_dialogue_that_fails_is_told_with_its_cure(scene: Scene, opened: Open) -> None:
    failure = ChatError("The server is gone.", reason="refused", cure="Start it.")
    talk = opened(dialogue=ScriptedTalker([failure, "Back again."]))
    talk.ask("Hello?")
    problem = scene.watcher.wait_for(Problem, code="dialogue_failed")
    assert (problem.cure, problem.retryable, problem.fatal) == ("Start it.", True, False)
    talk.ask("And now?")
    assert scene.watcher.wait_for(Caption, text="Back again.")


def test_a_recogniser_that_fails_is_told(scene: Scene, opened: Open) -> None:
    failing = ScriptedRecogniser([""], fails=TranscriptionError("It broke.", cure="Type."))
    spoken_turn(opened(recogniser=failing, dialogue=ScriptedTalker(["Hello."])))
    assert scene.watcher.wait_for(Problem, code="recogniser_failed").cure == "Type."


def test_each_language_is_answered_in_its_own_voice(scene: Scene, opened: Open) -> None:
    speaker = ScriptedSpeaker()
    answers = ["Hello.", "Hola.", "你好。"]
    cast = ScriptedCast(speaker, dict(zip(answers, ("en", "es", "zh"), strict=True)))
    talk = opened(cast=cast, dialogue=ScriptedTalker([*answers]))
    for answer in answers:
        talk.ask("?")
        scene.watcher.wait_for(Caption, text=answer)
    assert speaker.voices_used == ["en-voice", "es-voice", "zh-voice"]
    said = [caption.language for caption in scene.watcher.of(Caption) if caption.who == "avatar"]
    assert said == ["en", "es", "zh"]


def test_marks_and_calls_move_the_face_and_are_not_said(scene: Scene, opened: Open) -> None:
    answer: list[Part] = [
        Said("[happy]Yes, [nod 0.4]of"),
        Called("cue", '{"action": "wink", "word": "course"}'),
        Said(" course. "),
    ]
    opened(dialogue=ScriptedTalker([answer])).ask("May I?")
    caption = scene.watcher.wait_for(Caption, text="Yes, of course.")
    scene.watcher.wait_for(State, state="idle")
    nod, wink = scene.motion.cues
    _, of, course = caption.words
    assert (nod.action, nod.intensity, wink.action) == ("nod", 0.4, "wink")
    assert of.start <= nod.at <= of.end
    assert course.start <= wink.at <= course.end
    assert scene.motion.directed[0].emotion.label == "happy"


def test_nothing_of_it_runs_once_it_is_closed(scene: Scene, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    talk = conversation(
        scene.stage,
        tmp_path,
        recogniser=ScriptedRecogniser(["Hello."]),
        dialogue=ScriptedTalker([LONG], pause=0.05),
    )
    talk.hear(silent(0.1), SAMPLE_RATE_HZ)
    talk.ask("Speak.")
    scene.watcher.wait_for(Speaking, on=True)
    talk.close()
    assert set(threading.enumerate()) <= before
