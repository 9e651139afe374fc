import threading
from pathlib import Path
from typing import Any

import pytest

from avatar.errors import WeightsError
from avatar.settings import core_count, load_settings
from live.conversation import opening
from live.conversation.opening import TalkingPartner, choose_dialogue, open_conversation
from live.conversation.persona import Persona
from live.conversation.refusals import ThreadInUseError
from live.messages import Caption, Notice, Say, StartStream, Turn
from live.plan import SessionPlan
from models.threads import limit_speech_threads, speech_threads
from tests.apart import run_apart
from tests.live.conversation.conftest import Scene
from tests.live.conversation.talk_server import speaks
from tests.orchestrator.director.scripted_model import scripted_model


def plan(**start: Any) -> SessionPlan:
    return SessionPlan(
        session="opened", start=StartStream(image="nova", **start), image="nova.png", name="Nova", direction="Cheerful."
    )


@pytest.mark.parametrize(
    ("settings", "name", "why"),
    [
        ({}, None, "No language model is set up."),
        ({"default_dialogue": "none"}, None, "DEFAULT_DIALOGUE is none."),
        ({"default_dialogue": "groq"}, None, "GROQ_API_KEY"),
        ({"default_dialogue": "oracle"}, None, "local, mistral, groq"),
        ({"mistral_api_key": "k"}, "mistral", "set up"),
        ({"mistral_api_key": "k", "groq_api_key": "k", "default_dialogue": "groq"}, "groq", "asked for"),
        ({"mistral_base_url": "http://127.0.0.1:1"}, "local", "set up"),
    ],
)
def test_who_answers_is_chosen_by_the_settings(settings: dict[str, str], name: str | None, why: str) -> None:
    chosen = choose_dialogue(load_settings(**settings))
    assert chosen.name == name
    assert why in chosen.why


def test_a_session_with_a_model_answers_with_a_voice(scene: Scene, tmp_path: Path) -> None:
    with scripted_model(speaks("[smile]Good day to you.")) as server:
        settings = load_settings(
            data_dir=tmp_path, mistral_base_url=server.url, default_transcriber="none", default_speaker="espeak"
        )
        partner = open_conversation(plan(), scene.stage, settings)
        assert (partner.speaker.name, partner.recogniser.name) == ("espeak", None)
        assert partner.dialogue.name is not None
        partner.conversation.ask("Hello!")
        assert scene.watcher.wait_for(Caption, text="Good day to you.").audible
        turn = scene.watcher.wait_for(Turn)
        partner.conversation.close()
        assert "Cheerful." in server.questions[0]["messages"][0]["content"]
    assert None not in (turn.first_token, turn.first_sentence, turn.first_sound, turn.first_frame)
    assert [cue.action for cue in scene.motion.cues] == ["smile"]


async def _say_and_ask(partner: Any) -> None:
    await partner.ask("Hello?")
    await partner.say(Say(text="This is said.", id="mine"))


def test_a_session_without_models_says_what_to_set_up(scene: Scene, tmp_path: Path) -> None:

    settings = load_settings(data_dir=tmp_path, default_transcriber="none", default_speaker="espeak")
    partner = open_conversation(plan(), scene.stage, settings)
    run_apart(_say_and_ask(partner))
    notice = scene.watcher.wait_for(Notice, code="no_dialogue")
    assert "MISTRAL_API_KEY" in notice.message
    assert scene.watcher.wait_for(Caption, utterance="mine").text == "This is said."
    partner.conversation.close()


def test_the_prompt_says_who_it_is_and_how_its_face_is_moved() -> None:
    persona = Persona("Ada", "A mathematician.")
    tools, marks, none = (persona.prompt(acting) for acting in ("tools", "marks", "none"))
    assert all("Ada" in text and "A mathematician." in text and "$" not in text for text in (tools, marks, none))
    assert "`cue`" in tools
    assert "[smile]" in marks
    assert "YOUR FACE" not in none


def test_what_is_told_while_nobody_watches_yet_is_kept_as_notes(scene: Scene, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, default_transcriber="none", default_speaker="espeak")
    partner = open_conversation(plan(voice="nobody"), scene.stage, settings)
    partner.conversation.close()
    assert len(partner.notes) == 1
    assert "no voice 'nobody'" in partner.notes[0]
    assert not scene.watcher.of(Notice)


def test_a_memory_belongs_to_a_caller_and_a_character(scene: Scene, tmp_path: Path) -> None:
    with scripted_model(speaks("Yes.")) as server:
        settings = load_settings(
            data_dir=tmp_path, mistral_base_url=server.url, default_transcriber="none", default_speaker="espeak"
        )

        def opened(caller: str, character: str) -> TalkingPartner:
            own = plan(thread="t").model_copy(update={"caller": caller, "character": character})
            return open_conversation(own, scene.stage, settings)

        partners = [opened("ann", "c1"), opened("ann", "c2"), opened("bob", "c1"), opened("ann:c1", "")]
        before = threading.active_count()
        with pytest.raises(ThreadInUseError):
            opened("ann", "c1")
        assert threading.active_count() <= before
        for partner in partners:
            partner.conversation.close()
        opened("ann", "c1").conversation.close()


def test_what_a_conversation_started_ends_where_its_opening_fails(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise WeightsError("A file is missing.")

    monkeypatch.setattr(opening, "Conversation", fails)
    with scripted_model(speaks("Yes.")) as server:
        settings = load_settings(
            data_dir=tmp_path, mistral_base_url=server.url, default_transcriber="none", default_speaker="espeak"
        )
        with pytest.raises(WeightsError):
            open_conversation(plan(thread="t"), scene.stage, settings)
        monkeypatch.undo()
        open_conversation(plan(thread="t"), scene.stage, settings).conversation.close()


def test_networks_that_speak_leave_cores_to_those_that_draw(scene: Scene, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, default_transcriber="none", default_speaker="espeak")
    open_conversation(plan(), scene.stage, settings).conversation.close()
    assert 1 <= speech_threads() <= opening.MOST_SPEECH_THREADS
    limit_speech_threads(0)
    assert speech_threads() == core_count()
