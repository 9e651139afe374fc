"""Who recognises words: what is asked for, else the best that can work, else nobody, and why."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from audio_processor.transcription import registry
from audio_processor.transcription.registry import choose_transcriber
from audio_processor.transcription.sizes import SIZES, checkpoint, whisper_language
from avatar.errors import InputError, MissingExtraError
from models.sources import load_registry
from models.weights import WeightStore
from tests.audio_processor.whisper_checkpoint import entry


@pytest.fixture
def everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda _package: True)


def store_of(folder: Path, *sizes: str) -> WeightStore:
    """A store that has files of the right size under those names, and lists one more."""
    entries: list[dict[str, Any]] = []
    for size in (*sizes, "medium"):
        path = folder / f"{checkpoint(size).key}.pt"
        path.write_bytes(size.encode())
        entries.append(entry(path, checkpoint(size).key))
    (folder / "whisper-medium.pt").unlink()
    (folder / "weights.yaml").write_text(yaml.safe_dump({"files": entries}), encoding="utf-8")
    return WeightStore(folder, folder / "weights.yaml")


@pytest.mark.usefixtures("everything_installed")
def test_auto_takes_the_quickest_engine_and_the_most_able_checkpoint(tmp_path: Path) -> None:
    store = store_of(tmp_path, "tiny", "base.en", "small")
    assert choose_transcriber("auto", store).label == "faster-whisper small"
    assert choose_transcriber("whisper", store).label == "whisper small"
    assert choose_transcriber("auto", store, largest="base.en").label == "faster-whisper tiny"
    assert choose_transcriber("auto", store, largest="base.en", language="en").label == "faster-whisper base.en"
    assert choose_transcriber("none", store).label == "none"


@pytest.mark.usefixtures("everything_installed")
def test_without_a_checkpoint_nobody_recognises_words_and_it_says_how_to(tmp_path: Path) -> None:
    found = choose_transcriber("auto", store_of(tmp_path))
    assert found.choice.name == "none"
    assert "models download whisper-base" in found.choice.why
    assert len(found.choice.passed_over) == len(registry.ENGINES)
    with pytest.raises(InputError, match="no checkpoint up to large-v3 is here"):
        choose_transcriber("whisper", store_of(tmp_path))


def test_an_engine_that_is_not_installed_names_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda package: "faster" not in package)
    store = store_of(tmp_path, "tiny")
    found = choose_transcriber("auto", store)
    assert found.label == "whisper tiny"
    assert "faster-whisper: not installed" in found.choice.passed_over[0]
    with pytest.raises(MissingExtraError, match=r"environment\.py whisper"):
        choose_transcriber("faster-whisper", store)


@pytest.mark.parametrize(("wanted", "largest"), [("siri", "tiny"), ("auto", "huge")])
def test_unknown_names_are_refused_with_those_there_are(wanted: str, largest: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Choose one of"):
        choose_transcriber(wanted, store_of(tmp_path), largest=largest)


@pytest.mark.parametrize(("tag", "code"), [("en", "en"), ("pt-BR", "pt"), ("cmn", "zh"), ("zh_TW", "zh"), ("iw", "he")])
def test_language_tags_are_those_of_whisper(tag: str, code: str) -> None:
    assert whisper_language(tag) == code


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="no language 'tlh'"):
        whisper_language("tlh")


def test_every_official_checkpoint_is_in_the_registry_with_the_hash_of_its_address() -> None:
    files = {file.key: file for file in load_registry().files}
    for size in SIZES:
        file = files[checkpoint(size).key]
        address = file.source.model_dump()["url"]
        assert address.startswith("https://openaipublic.azureedge.net/main/whisper/models/")
        assert address.split("/")[-2] == file.sha256
        assert (file.licence, file.commercial, file.required) == ("MIT", True, False)


def test_the_registry_agrees_with_openai_whisper() -> None:
    whisper = pytest.importorskip("whisper", reason="openai-whisper is not installed")
    files = {file.key: file for file in load_registry().files}
    for size in SIZES:
        assert files[checkpoint(size).key].source.model_dump()["url"] == whisper._MODELS[size]
