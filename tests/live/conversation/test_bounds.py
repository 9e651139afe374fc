"""What a conversation refuses, outlives and does not wait for."""

import threading
from collections.abc import Sequence

import pytest

from avatar.types import Floats
from live.conversation import conversation as conversation_module
from live.conversation.mind import MOST_WAITING_QUESTIONS
from live.conversation.recognising import Understood
from live.conversation.refusals import TooManyLinesError, TooManyQuestionsError
from live.conversation.talking import MOST_WAITING_LINES, Talking
from live.messages import Problem
from live.utterance import Utterance
from scripts.living.scripted import ScriptedCast, ScriptedRecogniser, ScriptedSpeaker, ScriptedTalker, say_a_turn
from tests.live.conversation.conftest import Open, Scene


def test_more_texts_than_may_wait_are_refused(opened: Open) -> None:
    talk = opened()
    for number in range(MOST_WAITING_LINES):
        talk.say(f"This is text number {number}, which takes a while to say.")
    with pytest.raises(TooManyLinesError, match="30") as refused:
        talk.say("One more.")
    assert refused.value.retryable
    assert talk.say("In place of them.", interrupt=True).over.wait(10)


class _Deaf(ScriptedRecogniser):
    """Understands nothing until it is `released`."""

    def __init__(self) -> None:
        super().__init__(["Hello."])
        self.began, self.released, self.ended = threading.Event(), threading.Event(), threading.Event()

    def recognise(self, samples: Floats, language: str | None, among: Sequence[str]) -> Understood:
        self.began.set()
        assert self.released.wait(20)
        self.ended.set()
        return super().recognise(samples, language, among)


def test_closing_does_not_wait_for_what_is_being_understood(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_module, "CLOSE_SECONDS", 0.1)
    recogniser = _Deaf()
    talk = opened(recogniser=recogniser, dialogue=ScriptedTalker(["Never."]))
    say_a_turn(talk, pace=8.0)
    assert recogniser.began.wait(10)
    for _ in range(MOST_WAITING_QUESTIONS - 1):
        talk.ask("And?")
    with pytest.raises(TooManyQuestionsError, match="20"):
        talk.ask("And?")
    talk.close()
    assert not recogniser.ended.is_set()
    recogniser.released.set()
    assert recogniser.ended.wait(10)


def test_a_line_that_cannot_be_ended_is_cut_and_the_next_is_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Utterance.end

    def end(utterance: Utterance) -> None:
        if utterance.name == "broken":
            raise ValueError("no end")
        real(utterance)

    monkeypatch.setattr(Utterance, "end", end)
    talking = Talking(scene.stage, ScriptedCast(ScriptedSpeaker()))
    broken, whole = talking.say("First.", id="broken"), talking.say("Second.", id="whole")
    assert broken.over.wait(10)
    assert whole.over.wait(10)
    assert whole.spoken() == "Second."
    assert "ValueError" in scene.watcher.wait_for(Problem, code="speech_failed").message
    talking.close()
