from pathlib import Path

import pytest

from audio_processor.speaking.base import Speaker, Voice
from audio_processor.speaking.choice import choose_speaker
from avatar.errors import NoSpeakerError
from avatar.settings import Settings, load_settings
from avatar.types import Choice
from live.conversation import voices as voices_module
from live.conversation.talking import Talking
from live.conversation.voices import Voices
from live.messages import Caption, Notice
from tests.live.conversation.conftest import Scene


@pytest.fixture
def settings() -> Settings:
    return load_settings(default_speaker="espeak")


def test_the_language_follows_the_text(settings: Settings) -> None:
    voices = Voices(settings)
    texts = ("Hello, how are you today?", "¿Cómo estás hoy?", "你今天好吗？", "1, 2, 3.")
    assert [voices.language(text, None) for text in texts] == ["en", "es", "zh", "zh"]


def test_a_language_that_is_given_holds(settings: Settings) -> None:
    assert Voices(settings, language="es").language("Hello, how are you?", None) == "es"
    assert Voices(settings).language("Hello, how are you?", "de") == "de"
    assert Voices(settings, first="es").language("1, 2, 3.", "auto") == "es"


def test_each_language_has_a_voice_of_the_same_engine(settings: Settings) -> None:
    voices = Voices(settings, wish="espeak", voice="f3")
    engaged = [voices.engage(language, None) for language in ("en", "zh", "es")]
    assert {one.speaker.capabilities.name for one in engaged} == {"espeak"}
    assert all(one.audible and one.voice is not None and one.voice.name == "f3" for one in engaged)


def test_an_unknown_voice_is_told_once_and_the_usual_one_speaks(settings: Settings) -> None:
    told: list[Notice] = []
    voices = Voices(settings, wish="espeak", voice="nobody", tell=told.append)
    assert voices.engage("en", None).audible
    assert voices.engage("en", None).audible
    assert [notice.code for notice in told] == ["other_voice"]
    assert "nobody" in told[0].message


def test_without_an_engine_what_is_said_is_shown(
    scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise NoSpeakerError("Nothing here can speak 'en'.", cure="Bring an engine.")

    monkeypatch.setattr(voices_module, "choose_speaker", nobody)
    talking = Talking(scene.stage, Voices(settings, tell=scene.stage.tell))
    line = talking.say("Nobody.")
    caption = scene.watcher.wait_for(Caption)
    assert not caption.audible
    assert scene.watcher.wait_for(Notice, code="no_speaker").cure == "Bring an engine."
    assert not scene.watcher.heard().any()
    assert line.over.wait(5)
    assert line.ends_at - caption.at > 0.5
    talking.close()


def test_a_recorded_voice_is_asked_of_any_engine_that_clones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Voice | str | None]] = []

    def noted(settings: Settings, *, wish: str, language: str, voice: Voice | str | None) -> tuple[Speaker, Choice]:
        asked.append((wish, voice))
        return choose_speaker(settings, wish=wish, language=language, voice=voice)

    monkeypatch.setattr(voices_module, "choose_speaker", noted)
    told: list[Notice] = []
    sample = Voice("Ada", (), sample=Path("/nowhere/ada.wav"))
    engaged = Voices(settings, wish="espeak", sample=sample, tell=told.append).engage("en", None)
    assert asked[0] == ("auto", sample)
    assert engaged.audible
    if engaged.voice != sample:
        assert [notice.code for notice in told] == ["other_voice"]
        assert "Ada" in told[0].message
    Voices(settings, wish="espeak", voice="f3", sample=sample).engage("en", None)
    assert asked[-1] == ("espeak", "f3")
