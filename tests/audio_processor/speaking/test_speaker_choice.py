from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from audio_processor.speaking import choice
from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.choice import SpeakerEngine, choose_speaker, engine_problem, speaker_of, voice_of
from avatar.errors import InputError, MissingExtraError, MissingWeightsError, NoSpeakerError
from avatar.settings import Settings
from models.weights import WeightStore

WEIGHTS = "wav2lip"
"""Any key of the registry whose file no test has."""


class Hummer:
    """Speaks English as a tone; and, where it `clones`, with any voice."""

    def __init__(self, name: str, *, weights: tuple[str, ...] = (), clones: bool = False) -> None:
        self._capabilities = SpeakerCapabilities(name, "A tone.", ("en",), 16_000, weights, "neural", clones)

    @property
    def capabilities(self) -> SpeakerCapabilities:
        return self._capabilities

    def voices(self, language: str) -> tuple[Voice, ...]:
        if language != "en":
            raise InputError(f"{self._capabilities.name} speaks no '{language}'.")
        return (Voice("ann", ("en",)), Voice("bob", ("en",)))

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        check()
        self.voices(language)
        yield SpokenPiece(np.full(160 * len(text), 0.1, np.float32), 16_000)


def engine(
    name: str, *, packages: tuple[str, ...] = (), weights: tuple[str, ...] = (), clones: bool = False
) -> SpeakerEngine:
    def build(_settings: Settings, _weights: WeightStore) -> Hummer:
        return Hummer(name, weights=weights, clones=clones)

    return SpeakerEngine(name, build, "MIT", packages)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(checkpoints_dir=tmp_path)


def listed(monkeypatch: pytest.MonkeyPatch, *engines: SpeakerEngine) -> Mapping[str, SpeakerEngine]:
    known = {one.name: one for one in (*engines, choice.SPEAKERS["espeak"])}
    monkeypatch.setattr(choice, "SPEAKERS", known)
    return known


def test_espeak_is_what_is_always_there(settings: Settings) -> None:
    speaker, chosen = choose_speaker(settings, wish="espeak", language="zh")

    assert (speaker.capabilities.name, chosen.name, chosen.why) == ("espeak", "espeak", "it was asked for")
    assert speaker is speaker_of("espeak", settings)
    assert engine_problem("espeak", settings) == ""


def test_auto_takes_the_first_that_can_speak_and_tells_whom_it_passed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(
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
    listed(monkeypatch, engine("natural"))

    _, chosen = choose_speaker(settings, language=language, voice=voice)

    assert chosen.name == "espeak"
    assert chosen.passed_over[0].startswith("natural: ")


def test_a_cloned_voice_needs_an_engine_that_clones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listed(monkeypatch, engine("natural"), engine("cloner", clones=True))
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
    listed(
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
