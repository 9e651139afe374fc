import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from avatar.settings import Settings, load_settings
from live.codes import code_of, error_named
from live.conversation.dialogue import Dialogue, open_dialogue
from live.conversation.endpoint_model import EndpointModel
from live.conversation.halt import Halt
from live.conversation.model import Called, Finished, Part, Said
from live.conversation.persona import Persona
from live.conversation.refusals import ThreadInUseError
from orchestrator.checkpoints import THREAD_LOCKS
from orchestrator.director.chat import ChatError, Message
from tests.live.conversation.talk_server import USAGE, asked, calls, speaks
from tests.orchestrator.director.scripted_model import (
    ScriptedModel,
    breaks_off,
    replies,
    says_nothing,
    scripted_model,
)

PERSONA = Persona("Nova", "You sell flowers.")


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    def made(server: ScriptedModel, **others: Any) -> Settings:
        return load_settings(mistral_base_url=server.url, data_dir=tmp_path, dialogue_timeout_seconds=5, **others)

    return made


Open = Callable[..., Dialogue]


@pytest.fixture
def opened(settings_for: Callable[..., Settings]) -> Iterator[Open]:
    made: list[Dialogue] = []

    def opening(server: ScriptedModel, *, thread: str = "t", lasting: bool = False, **others: Any) -> Dialogue:
        settings = settings_for(server, **others)
        made.append(open_dialogue(settings, EndpointModel(settings, "local"), PERSONA, thread=thread, lasting=lasting))
        return made[-1]

    yield opening
    for dialogue in made:
        dialogue.close()


def text_of(parts: list[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Said))


def test_an_answer_comes_part_by_part_with_what_it_took(opened: Open) -> None:
    with scripted_model(speaks("Good morning to you.")) as server:
        parts = list(opened(server).answer("Hello!", Halt()))
    assert text_of(parts) == "Good morning to you."
    assert len(parts) > 3
    last = parts[-1]
    assert isinstance(last, Finished)
    assert (last.tokens_in, last.tokens_out) == (USAGE["prompt_tokens"], USAGE["completion_tokens"])
    assert last.first_token_seconds is not None


def test_the_first_part_comes_before_the_last_is_written(opened: Open) -> None:
    gone_on = threading.Event()

    def waits(exchange: Any) -> None:
        exchange.open_stream()
        exchange.hear("First.")
        gone_on.wait(5)
        exchange.hear(" Second.", finish="stop")
        exchange.event("[DONE]")

    with scripted_model(waits) as server:
        parts = opened(server).answer("Go.", Halt())
        assert next(parts) == Said("First.")
        gone_on.set()
        assert text_of(list(parts)) == " Second."


def test_the_model_is_told_who_it_is_and_what_was_said(opened: Open) -> None:
    with scripted_model(speaks("Roses.")) as server:
        dialogue = opened(server)
        list(dialogue.answer("What do you sell?", Halt()))
        dialogue.keep("Roses.")
        list(dialogue.answer("In red?", Halt()))
        system = server.questions[0]["messages"][0]["content"]
        assert "Nova" in system
        assert "You sell flowers." in system
        assert asked(server.questions[1]) == [
            ("user", "What do you sell?"),
            ("assistant", "Roses."),
            ("user", "In red?"),
        ]


def test_only_what_was_heard_is_remembered(opened: Open) -> None:
    with scripted_model(speaks("One two three four five six.")) as server:
        dialogue = opened(server)
        list(dialogue.answer("Count.", Halt()))
        dialogue.keep("One two three")
        list(dialogue.answer("Unheard.", Halt()))
        dialogue.keep("")
        assert dialogue.messages() == [Message("user", "Count."), Message("assistant", "One two three")]


def test_the_memory_is_bounded(opened: Open) -> None:
    with scripted_model(speaks("Yes.")) as server:
        dialogue = opened(server, dialogue_turns=2)
        for number in range(4):
            list(dialogue.answer(f"{number}", Halt()))
            dialogue.keep("Yes.")
        assert [message.text for message in dialogue.messages() if message.role == "user"] == ["2", "3"]


def test_a_lasting_thread_goes_on_after_it_was_closed(opened: Open) -> None:
    with scripted_model(speaks("Yes.")) as server:
        first = opened(server, thread="ada", lasting=True)
        list(first.answer("I am Ada.", Halt()))
        first.keep("Yes.")
        first.close()
        assert opened(server, thread="ada", lasting=True).messages()[0].text == "I am Ada."
        assert opened(server, thread="bob", lasting=True).messages() == []
        assert opened(server, thread="ada").messages() == []


def test_a_halt_ends_the_answer_and_closes_the_stream(opened: Open) -> None:
    closed = threading.Event()

    def drones(exchange: Any) -> None:
        exchange.open_stream()
        try:
            while not exchange.rest(0.01):
                exchange.hear("on and on ")
        except OSError:
            closed.set()

    with scripted_model(drones) as server:
        halt = Halt()
        parts = opened(server).answer("Talk.", halt)
        next(parts)
        halt.put_up()
        list(parts)
        assert closed.wait(5)


def test_a_halt_ends_an_answer_that_has_not_begun(opened: Open) -> None:
    with scripted_model(says_nothing) as server:
        halt = Halt()
        threading.Timer(0.1, halt.put_up).start()
        began = time.monotonic()
        assert list(opened(server).answer("Hello?", halt)) == []
        assert time.monotonic() - began < 4.0


def test_tools_are_offered_and_their_calls_come_whole(opened: Open) -> None:
    with scripted_model(calls(("cue", '{"action": "nod"}'), text="Yes. ")) as server:
        parts = list(opened(server, dialogue_cues="tools").answer("Right?", Halt()))
        assert [tool["function"]["name"] for tool in server.questions[0]["tools"]] == ["cue", "feel"]
    assert parts[:2] == [Said("Yes. "), Called("cue", '{"action": "nod"}')]


def test_a_model_that_only_called_tools_is_asked_for_its_words(opened: Open) -> None:
    with scripted_model(calls(("feel", '{"emotion": "happy"}')), speaks("How lovely.")) as server:
        parts = list(opened(server, dialogue_cues="tools").answer("I won!", Halt()))
        roles = [message["role"] for message in server.questions[1]["messages"]]
    assert parts[0] == Called("feel", '{"emotion": "happy"}')
    assert text_of(parts) == "How lovely."
    assert roles == ["system", "user", "assistant", "tool"]
    last = parts[-1]
    assert isinstance(last, Finished)
    assert last.tokens_in == 2 * USAGE["prompt_tokens"]


def test_a_server_that_refuses_tools_is_asked_without_them(opened: Open) -> None:
    with scripted_model(replies(400, {"error": "tools are not supported"}), speaks("Fine.")) as server:
        dialogue = opened(server, dialogue_cues="tools")
        assert text_of(list(dialogue.answer("Hello!", Halt()))) == "Fine."
        assert not dialogue.model.takes_tools
        list(dialogue.answer("Again!", Halt()))
        assert "tools" not in server.questions[-1]
        assert "[smile]" in server.questions[-1]["messages"][0]["content"]


def test_a_connection_that_broke_is_opened_again(opened: Open) -> None:
    with scripted_model(breaks_off, speaks("Here I am.")) as server:
        assert text_of(list(opened(server).answer("Hello?", Halt()))) == "Here I am."


@pytest.mark.parametrize(
    ("script", "reason", "cure"),
    [
        (replies(401, {"error": "no"}), "unauthorised", "MISTRAL_API_KEY"),
        (replies(404, {"error": "no such model"}), "unknown_model", "LOCAL_MODEL"),
        (replies(500, {"error": "out of memory"}), "server_error", "log"),
        (replies(200, "no stream at all"), "server_error", "log"),
    ],
)
def test_a_failure_tells_its_cure(opened: Open, script: Any, reason: str, cure: str) -> None:
    with scripted_model(script) as server, pytest.raises(ChatError) as failed:
        list(opened(server).answer("Hello?", Halt()))
    assert failed.value.reason == reason
    assert cure in failed.value.cure


def test_a_server_that_says_nothing_is_given_up(opened: Open) -> None:
    with scripted_model(says_nothing) as server:
        settings = {"dialogue_timeout_seconds": 0.2}
        model = EndpointModel(load_settings(mistral_base_url=server.url, **settings), "local")
        with pytest.raises(ChatError, match="has said nothing") as failed:
            list(model.answer([Message("user", "Hello?")], (), Halt()))
        model.close()
    assert failed.value.reason == "timeout"


def test_a_failed_turn_leaves_the_thread_as_it_was(opened: Open) -> None:
    with scripted_model(speaks("Yes."), replies(401, {"error": "no"}), speaks("Again.")) as server:
        dialogue = opened(server)
        list(dialogue.answer("First.", Halt()))
        dialogue.keep("Yes.")
        with pytest.raises(ChatError):
            list(dialogue.answer("Second.", Halt()))
        list(dialogue.answer("Third.", Halt()))
        dialogue.keep("Again.")
        assert [message.text for message in dialogue.messages()] == ["First.", "Yes.", "Third.", "Again."]


def test_a_thread_without_a_name_does_not_grow(opened: Open) -> None:
    with scripted_model(speaks("Yes.")) as server:
        dialogue = opened(server)
        for number in range(4):
            list(dialogue.answer(f"{number}", Halt()))
            dialogue.keep("Yes." if number % 2 else "")
        memory = dialogue._memory
        assert len(list(memory.list(None))) == 1
        assert len({key[0] for key in cast(InMemorySaver, memory).blobs}) == 1
        assert [message.text for message in dialogue.messages() if message.role == "user"] == ["1", "3"]


def test_a_lasting_thread_is_for_one_conversation_at_a_time(opened: Open) -> None:
    with scripted_model(speaks("Yes.")) as server:
        first = opened(server, thread="ada", lasting=True)
        with pytest.raises(ThreadInUseError, match="Another session"):
            opened(server, thread="ada", lasting=True)
        first.close()
        opened(server, thread="ada", lasting=True)


HOLDER: Final = """
import sys
from avatar.settings import load_settings
from orchestrator.checkpoints import held_thread, open_checkpoints

settings = load_settings(data_dir=sys.argv[1])
with open_checkpoints(settings) as memory, held_thread(memory, settings, "ada") as held:
    print(held, flush=True)
    sys.stdin.read()
"""


def test_a_lasting_thread_of_another_process_is_refused_until_that_has_ended(opened: Open, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with (
        scripted_model(speaks("Yes.")) as server,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with pytest.raises(ThreadInUseError) as refused:
            opened(server, thread="ada", lasting=True)
        assert (code_of(refused.value), refused.value.retryable) == ("thread_in_use", True)
        assert error_named("ThreadInUseError") is ThreadInUseError
        opened(server, thread="bob", lasting=True)
        other.kill()
        other.wait()
        opened(server, thread="ada", lasting=True)


def test_lasting_threads_are_forgotten_in_time(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_model(speaks("Yes.")) as server:
        for thread in ("talk:ada", "job"):
            dialogue = opened(server, thread=thread, lasting=True)
            list(dialogue.answer("I am Ada.", Halt()))
            dialogue.keep("Yes.")
            dialogue.close()
        again = opened(server, thread="talk:ada", lasting=True)
        assert again.messages()
        again.close()
        later = time.time() + 2 * 86_400
        monkeypatch.setattr(time, "time", lambda: later)
        for lock in (tmp_path / THREAD_LOCKS).iterdir():
            os.utime(lock, (later - 3 * 86_400,) * 2)
        assert opened(server, thread="talk:ada", lasting=True, retention_days=1).messages() == []
        assert len(list((tmp_path / THREAD_LOCKS).iterdir())) == 1
        assert opened(server, thread="job", lasting=True).messages()


def test_a_connection_that_cannot_be_closed_does_not_keep_the_rest(opened: Open) -> None:
    class Stuck:
        async def aclose(self) -> None:
            raise OSError("gone")

    with scripted_model(speaks("Yes.")) as server:
        dialogue = opened(server, thread="ada", lasting=True)
        cast(Any, dialogue.model)._client = Stuck()
        dialogue.close()
        opened(server, thread="ada", lasting=True)
