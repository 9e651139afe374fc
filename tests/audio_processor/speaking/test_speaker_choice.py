from pathlib import Path

import pytest

from audio_processor.speaking import choice
from audio_processor.speaking.base import Voice
from audio_processor.speaking.choice import choose_speaker, engine_problem, engine_voices, speaker_of, voice_of
from avatar.errors import InputError, MissingExtraError, MissingWeightsError, NoSpeakerError
from avatar.settings import Settings
from models.weights import WeightStore
from tests.audio_processor.speaking.speaker_fakes import Hummer, engine, use_speakers

WEIGHTS = "wav2lip"
"""Any key of the registry whose file no test has."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(checkpoints_dir=tmp_path)


def test_espeak_is_what_is_always_there(settings: Settings) -> None:
    speaker, chosen = choose_speaker(settings, wish="espeak", language="zh")

    assert (speaker.capabilities.name, chosen.name, chosen.why) == ("espeak", "espeak", "it was asked for")
    assert speaker is speaker_of("espeak", settings)
    assert engine_problem("espeak", settings) == ""


def test_auto_takes_the_first_that_can_speak_and_tells_whom_it_passed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_speakers(
        monkeypatch,
        engine("absent", packages=("no-such-package",)),
        engine("weightless", weights=(WEIGHTS,)),
        engine("natural"),
    )

    speaker, chosen = choose_speaker(settings, language="en")

    assert speaker.capabilities.name == chosen.name == "natural"
    assert chosen.passed_over[0] == "absent: not installed: no-such-package"
    assert chosen.passed_over[1].startswith(f"weightless: lacks {WEIGHTS} (missing)")


@pytest.mark.parametrize(("language", "voice"), [("zh", None), ("en", "f2")])
def test_auto_goes_on_where_language_or_voice_is_not_to_be_had(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, language: str, voice: str | None
) -> None:
    use_speakers(monkeypatch, engine("natural"))

    _, chosen = choose_speaker(settings, language=language, voice=voice)

    assert chosen.name == "espeak"
    assert chosen.passed_over[0].startswith("natural: ")


def test_a_cloned_voice_needs_an_engine_that_clones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_speakers(monkeypatch, engine("natural"), engine("cloner", clones=True))
    own = Voice("me", ("en",), sample=tmp_path / "me.wav")

    assert choose_speaker(settings, language="en", voice=own)[1].name == "cloner"
    with pytest.raises(InputError, match="espeak clones no voices"):
        choose_speaker(settings, wish="espeak", language="en", voice=own)


def test_where_nobody_can_speak_the_error_tells_of_each(settings: Settings) -> None:
    with pytest.raises(NoSpeakerError, match=r"the language 'klingon'.*espeak: espeak-ng speaks no language") as caught:
        choose_speaker(settings, language="klingon")

    assert "docs/speech.md" in caught.value.cure


def test_a_named_engine_that_lacks_something_says_what_brings_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_speakers(
        monkeypatch,
        engine("absent", packages=("no-such-package",)),
        engine("weightless", weights=(WEIGHTS,)),
    )

    with pytest.raises(MissingExtraError, match=r"no-such-package.*pip install -e \"\.\[neural\]\""):
        choose_speaker(settings, wish="absent", language="en")
    settings = settings.model_copy(update={"allow_noncommercial_weights": True})
    with pytest.raises(MissingWeightsError, match=f"models download {WEIGHTS}"):
        choose_speaker(settings, wish="weightless", language="en")


@pytest.mark.parametrize("wish", ["nobody", "", "ESPEAK"])
def test_an_unknown_engine_is_refused_with_those_there_are(settings: Settings, wish: str) -> None:
    with pytest.raises(InputError, match=r"auto, .*espeak"):
        choose_speaker(settings, wish=wish, language="en")


def test_a_voice_is_found_by_its_name_in_any_case() -> None:
    speaker = Hummer("natural")

    assert voice_of(speaker, "en", "Bob") == Voice("bob", ("en",))
    assert voice_of(speaker, "en", None) is None
    with pytest.raises(InputError, match=r"natural has no voice 'carl'.*ann, bob"):
        voice_of(speaker, "en", "carl")


def test_every_engine_that_is_listed_can_be_asked_what_it_is(settings: Settings) -> None:
    store = WeightStore.of(settings)
    for name in choice.SPEAKERS:
        capabilities = speaker_of(name, settings).capabilities
        assert capabilities.name == name
        assert capabilities.languages
        for key in capabilities.weights:
            store.entry(key)


def test_the_voices_of_an_engine_are_listed_by_name_with_what_they_speak() -> None:
    assert [(voice.name, voice.languages) for voice in engine_voices(Hummer("natural"))] == [("ann", ()), ("bob", ())]
    assert engine_voices(Hummer("natural"), "zh") == ()
    assert engine_voices(Hummer("natural"), "en-gb")[0].name == "ann"
