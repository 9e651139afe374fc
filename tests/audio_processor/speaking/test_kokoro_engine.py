"""The engine `kokoro` with a small network of random weights in the official layout."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from audio_processor.speaking.base import Speaker, SpokenPiece, Voice
from audio_processor.speaking.kokoro import Kokoro
from avatar.errors import InputError, MissingWeightsError
from avatar.settings import Settings
from models.kokoro.network import RATE_HZ
from models.loaded import LoadedNetworks
from models.weights import WeightStore
from tests.kokoro_files import kokoro_store

ENGLISH = "Good morning to everybody here. It is a wonderful day, isn't it, my friends?"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    return kokoro_store(tmp_path_factory.mktemp("kokoro"))


@pytest.fixture(scope="module")
def kokoro(store: WeightStore) -> Speaker:
    return Kokoro(Settings(), store, threads=1, networks=LoadedNetworks())


@pytest.fixture(scope="module")
def said(kokoro: Speaker) -> list[SpokenPiece]:
    return list(kokoro.speak(ENGLISH, language="en"))


def test_each_sentence_is_a_piece_that_tells_its_words(said: list[SpokenPiece]) -> None:
    assert [" ".join(word.text for word in piece.words) for piece in said] == [
        "Good morning to everybody here.",
        "It is a wonderful day, isn't it, my friends?",
    ]
    assert all(piece.rate == RATE_HZ and piece.samples.dtype == np.float32 for piece in said)


def test_sounds_follow_each_other_from_the_start_to_the_last(said: list[SpokenPiece]) -> None:
    for piece in said:
        assert piece.phonemes[0].start == 0
        assert all(a.end == b.start for a, b in zip(piece.phonemes, piece.phonemes[1:], strict=False))
        assert 0 < piece.phonemes[-1].end < piece.duration
        assert all(0 < word.start < word.end <= piece.phonemes[-1].end for word in piece.words)
    assert [phoneme.symbol for phoneme in said[0].phonemes[1:5]] == ["ɡ", "ˈʊ", "d", "m"]
    assert said[0].phonemes[-1].symbol in ("", "ɹ", "ɪɹ", "ˈɪɹ")


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "Hola, ¿qué tal?"), ("pt-BR", "Bom dia."), ("en-GB", "Good day."), ("fr", "Bonjour."), ("hi", "नमस्ते")],
)
def test_other_languages_are_spoken(kokoro: Speaker, language: str, text: str) -> None:
    piece = next(iter(kokoro.speak(text, language=language)))

    assert piece.duration > 0.3
    assert piece.phonemes


def test_chinese_is_spoken_with_the_english_words_in_it(kokoro: Speaker) -> None:
    pytest.importorskip("rjieba")
    (piece,) = kokoro.speak("今天我们用 Python 学习。", language="zh-CN")
    words = [word.text for word in piece.words]

    assert "Python" in words
    assert words[-1] == "学习。"
    assert "θ" in [phoneme.symbol for phoneme in piece.phonemes]


def test_a_voice_changes_the_sound_and_a_british_one_the_sounds(kokoro: Speaker) -> None:
    american, british = (
        next(iter(kokoro.speak("The car.", language="en", voice=Voice(name, ("en",)))))
        for name in ("af_heart", "bf_emma")
    )

    assert len(american.samples) != len(british.samples) or not np.allclose(american.samples, british.samples)
    assert [phoneme.symbol for phoneme in american.phonemes] != [phoneme.symbol for phoneme in british.phonemes]


def test_voices_are_listed_without_the_files(tmp_path: Path) -> None:
    kokoro = Kokoro(Settings(), WeightStore(tmp_path))

    assert kokoro.voices("en")[0].name == "af_heart"
    assert [voice.name[0] for voice in kokoro.voices("en-gb")] == ["b"] * 8
    assert {voice.name[0] for voice in kokoro.voices("en")} == {"a", "b"}
    assert all(kokoro.voices(language) for language in kokoro.capabilities.languages)
    assert kokoro.voices("zh")[0] == Voice("zf_xiaoxiao", ("zh",), "a woman")
    with pytest.raises(InputError, match="speaks no language 'tlh'"):
        kokoro.voices("tlh")


def test_without_the_files_the_cure_is_the_command(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="models download kokoro kokoro-voices"):
        next(Kokoro(Settings(), WeightStore(tmp_path)).speak("Hello.", language="en"))


@pytest.mark.parametrize("text", ["", "  ", "?!", "。。"])
def test_a_text_without_a_word_is_refused(kokoro: Speaker, text: str) -> None:
    for language in ("en", "zh"):
        with pytest.raises(InputError, match=r"(?i)text"):
            next(iter(kokoro.speak(text, language=language)))


def test_unknown_voices_and_languages_are_named(kokoro: Speaker) -> None:
    with pytest.raises(InputError, match=r"no voice 'am_onyx'.*af_heart"):
        next(iter(kokoro.speak("Hello.", language="en", voice=Voice("am_onyx", ("en",)))))
    with pytest.raises(InputError, match="speaks no language 'de'"):
        next(iter(kokoro.speak("Hallo.", language="de")))


def test_what_check_raises_ends_the_speech_between_two_pieces(kokoro: Speaker) -> None:
    class StoppedError(Exception):
        pass

    stopped = False

    def check() -> None:
        if stopped:
            raise StoppedError

    speech = kokoro.speak(ENGLISH, language="en", check=check)
    next(iter(speech))
    stopped = True
    with pytest.raises(StoppedError):
        next(iter(speech))


def test_the_network_is_loaded_once_and_used_by_many_threads(store: WeightStore) -> None:
    networks = LoadedNetworks()

    def speak(_: int) -> list[SpokenPiece]:
        return list(Kokoro(Settings(), store, threads=1, networks=networks).speak("Good morning.", language="en"))

    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(speak, range(4)))

    assert len(networks) == 2
    assert {len(pieces[0].samples) for pieces in spoken} == {len(spoken[0][0].samples)}
