"""The desk that speaks for the service: networks compute in a process of their own, which may break."""

import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import numpy as np
import pytest

from audio_processor.speaking import choice
from avatar.errors import BusyError, InputError, SynthesisError
from avatar.settings import Settings, load_settings
from orchestrator.speaking_desk import SpeakingDesk
from orchestrator.speaking_process import speak_orders
from tests.audio_processor.speaking.speaker_fakes import SAMPLES_PER_LETTER, engine, put_file, use_speakers

KEY = "iris"


def speak_as_hummer(line: Connection, settings: Settings) -> None:
    """In the process: an engine with weights, without a network."""
    choice.SPEAKERS = {"hummer": engine("hummer", weights=(KEY,))}  # type: ignore[misc]
    speak_orders(line, settings)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("checkpoints")
    put_file(folder, KEY)
    with pytest.MonkeyPatch.context() as patch:
        use_speakers(patch, engine("hummer", weights=(KEY,)))
        yield load_settings(data_dir=folder / "data", checkpoints_dir=folder)


@pytest.fixture(scope="module")
def desk(settings: Settings) -> Iterator[SpeakingDesk]:
    """One for all tests: its process takes a while to start."""
    desk = SpeakingDesk(settings, speak_as_hummer, patience_seconds=60)
    yield desk
    desk.close()


def letters(desk: SpeakingDesk, text: str, **wishes: str) -> list[int]:
    return [len(piece.samples) // SAMPLES_PER_LETTER for piece in desk.utter(text, **wishes).pieces]  # type: ignore[arg-type]


def test_networks_speak_in_a_process_of_their_own(desk: SpeakingDesk) -> None:
    spoken = desk.utter("Hello there. How are you?", voice="bob")

    assert (spoken.choice.name, spoken.voice, spoken.language, spoken.rate) == ("hummer", "bob", "en", 16_000)
    pieces = list(spoken.pieces)
    assert [len(piece.samples) // SAMPLES_PER_LETTER for piece in pieces] == [12, 12]
    assert all(np.allclose(piece.samples, 0.4) for piece in pieces)
    assert all(len(piece.words) == 0 for piece in pieces)


def test_what_hums_for_one_caller_does_not_stop_the_others(desk: SpeakingDesk) -> None:
    long = desk.utter("One. Two. Three. Four. Five. Six.")
    assert next(long.pieces) is not None

    assert letters(desk, "Hello.") == [6]
    assert len(list(long.pieces)) == 5


def test_several_callers_are_each_told_their_own(desk: SpeakingDesk) -> None:
    texts = ["One.", "Two words.", "Three words here.", "Now these four words."]
    heard: dict[str, list[int]] = {}

    def hear(text: str) -> None:
        heard[text] = letters(desk, text)

    threads = [threading.Thread(target=hear, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == {text: [len(text)] for text in texts}


def test_a_process_that_dies_is_told_of_and_replaced(desk: SpeakingDesk) -> None:
    with pytest.raises(SynthesisError, match="has ended"):
        letters(desk, "Now crash.")

    assert letters(desk, "Hello.") == [6]


def test_a_process_that_is_not_heard_of_is_ended(desk: SpeakingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert letters(desk, "Hello.") == [6]
    monkeypatch.setattr(desk, "_patience", 0.3)

    with pytest.raises(SynthesisError, match=r"not heard of for 0\.3 s and was ended"):
        letters(desk, "Now hang.")


def test_an_engine_that_fails_costs_its_own_text_alone(desk: SpeakingDesk) -> None:
    spoken = desk.utter("One. Two. Three.")
    next(spoken.pieces)
    with pytest.raises(SynthesisError, match=r"RuntimeError: the network broke"):
        letters(desk, "Now raise.")

    assert len(list(spoken.pieces)) == 2


def test_a_caller_who_leaves_ends_the_work(desk: SpeakingDesk) -> None:
    hanging = desk.utter("Hello. Then hang for ever.")
    next(hanging.pieces)
    hanging.pieces.close()  # type: ignore[attr-defined]

    assert letters(desk, "Hello.") == [6]


def test_too_many_at_once_are_refused(settings: Settings) -> None:
    desk = SpeakingDesk(settings, speak_as_hummer, most=1)
    first = desk.utter("Uno. Dos.", language="es")
    assert first.choice.name == "espeak"
    next(first.pieces)

    with pytest.raises(BusyError, match="at once"):
        next(desk.utter("Tres.", language="es").pieces)
    assert len(list(first.pieces)) == 1
    assert len(list(desk.utter("Tres.", language="es").pieces)) == 1


def test_espeak_needs_no_such_process(settings: Settings) -> None:
    def no_process(_line: Connection, _settings: Settings) -> None:
        raise AssertionError("a process was started")

    desk = SpeakingDesk(settings, no_process)
    spoken = desk.utter("Hello.", wish="espeak", voice="F2")

    assert (spoken.choice.name, spoken.voice) == ("espeak", "f2")
    assert next(spoken.pieces).words[0].text == "Hello."
    assert desk._process._reader is None


@pytest.mark.parametrize(
    ("text", "wishes", "message"),
    [
        (" ", {}, "empty"),
        ("Hi", {"wish": "nobody"}, "no speaker 'nobody'"),
        ("Hi", {"language": "klingon"}, "klingon"),
        ("Hi", {"voice": "carl"}, "carl"),
    ],
)
def test_what_cannot_be_spoken_is_refused_at_once(
    desk: SpeakingDesk, text: str, wishes: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        desk.utter(text, **wishes)  # type: ignore[arg-type]
