import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from audio_processor.speaking.base import Voice
from audio_processor.speaking.espeak import EspeakSpeaker
from audio_processor.speaking.espeak_line import EspeakLine, espeak_line
from avatar.errors import InputError, SynthesisError

TEXTS = {
    "en": "Hello there, my friend. How are you today?",
    "es": "¡Hola! ¿Cómo estás hoy?",
    "zh": "你好！今天天气很好。",
}


@pytest.fixture(scope="module")
def line() -> Iterator[EspeakLine]:
    line = EspeakLine()
    yield line
    line.close()


@pytest.fixture
def speaker(line: EspeakLine) -> EspeakSpeaker:
    return EspeakSpeaker(line)


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_each_sentence_is_a_piece_with_its_words_and_sounds_in_order(
    speaker: EspeakSpeaker, language: str, text: str
) -> None:
    pieces = list(speaker.speak(text, language=language))

    assert len(pieces) == 2
    assert "".join(w.text for p in pieces for w in p.words).replace(" ", "") == text.replace(" ", "")
    for piece in pieces:
        assert piece.samples.dtype == np.float32
        assert 0.1 < np.abs(piece.samples).max() <= 1.0
        assert all(a.end <= b.start for a, b in pairwise(piece.words))
        assert all(a.end == pytest.approx(b.start, abs=0.002) for a, b in pairwise(piece.phonemes))
        assert piece.phonemes[-1].end == pytest.approx(piece.duration, abs=0.02)


def test_a_sentence_ends_in_the_pause_that_espeak_leaves_between_two(speaker: EspeakSpeaker) -> None:
    stopped, bare = (next(iter(speaker.speak(text, language="en"))) for text in ("I am fine.", "I am fine"))

    assert stopped.duration - bare.duration == pytest.approx(0.35, abs=0.01)
    assert stopped.phonemes[-1].symbol == ""
    assert not stopped.samples[-int(0.3 * stopped.rate) :].any()


def test_one_process_answers_all_requests(speaker: EspeakSpeaker, line: EspeakLine) -> None:
    list(speaker.speak("One.", language="en"))
    first = line.pid
    list(speaker.speak("Dos.", language="es"))

    assert first is not None
    assert line.pid == first


def test_callers_in_several_threads_each_get_their_own_words(speaker: EspeakSpeaker) -> None:
    texts = ["one apple", "two green pears", "three", "four more of these things"]
    heard: dict[str, list[str]] = {}

    def say(text: str) -> None:
        for _ in range(5):
            heard[text] = [word.text for piece in speaker.speak(text, language="en") for word in piece.words]

    threads = [threading.Thread(target=say, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == {text: text.split() for text in texts}


def test_a_process_that_was_killed_is_replaced(speaker: EspeakSpeaker, line: EspeakLine) -> None:
    list(speaker.speak("One.", language="en"))
    first = line.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    assert [word.text for piece in speaker.speak("Two.", language="en") for word in piece.words] == ["Two."]
    assert line.pid not in (None, first)


def test_a_process_that_hangs_is_ended() -> None:
    line = EspeakLine((sys.executable, "-c", "import time; time.sleep(60)"), patience=0.005)

    with pytest.raises(SynthesisError, match=r"did not answer within 0\.2 s and was ended"):
        line.ask({"action": "voices"})

    assert line.pid is None


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "input(); print('rubbish')", "input(); print('{\"bytes\": 9}\\nabc')"]
)
def test_a_process_that_dies_or_talks_rubbish_is_reported(program: str) -> None:
    line = EspeakLine((sys.executable, "-c", program))

    with pytest.raises(SynthesisError, match="ended while it spoke"):
        line.ask({"action": "voices"})

    assert line.pid is None


def test_a_program_that_is_not_there_is_reported() -> None:
    with pytest.raises(SynthesisError, match="could not be started"):
        EspeakLine(("/nowhere/python",)).ask({"action": "voices"})


def test_what_the_engine_refuses_is_reported_and_the_process_goes_on(line: EspeakLine) -> None:
    request = {"action": "speak", "text": "One", "rate_wpm": 160, "pitch": 45, "pitch_range": 60, "word_gap": 1}
    line.ask({**request, "voice": "gmw/en-US"})
    pid = line.pid

    with pytest.raises(SynthesisError, match="no voice 'no/where'"):
        line.ask({**request, "voice": "no/where"})

    assert line.pid == pid


def test_the_process_ends_with_the_program_that_started_it() -> None:
    program = (
        "import os; from audio_processor.speaking.espeak_line import EspeakLine; line = EspeakLine();"
        "line.ask({'action': 'voices'}); print(line.pid, flush=True); os._exit(1)"
    )
    parent = subprocess.run([sys.executable, "-c", program], check=False, stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout)

    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return  # it has ended already
    try:
        import select

        assert select.select([descriptor], [], [], 10.0)[0], "the process lives on"
    finally:
        os.close(descriptor)


def test_the_library_is_loaded_in_that_process_alone(speaker: EspeakSpeaker) -> None:
    program = (
        "import sys; from audio_processor.speaking.espeak import EspeakSpeaker;"
        "assert list(EspeakSpeaker().speak('Hello.', language='en'));"
        "assert 'espeakng_loader' not in sys.modules; assert 'audio_processor.espeak_process' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_another_voice_sounds_different_and_the_usual_one_has_a_name(speaker: EspeakSpeaker) -> None:
    known = {voice.name: voice for voice in speaker.voices("en-gb")}
    bare, usual, other = (
        next(iter(speaker.speak("Hello.", language="en-gb", voice=voice)))
        for voice in (None, known["default"], known["f2"])
    )

    assert next(iter(known)) == "default"
    assert len(bare.samples) == pytest.approx(len(usual.samples), abs=30)
    assert abs(len(bare.samples) - len(other.samples)) > 100


def test_a_part_with_nothing_to_say_is_left_out(speaker: EspeakSpeaker) -> None:
    pieces = list(speaker.speak("Hello. ... ?! Bye.", language="en"))

    assert [word.text for piece in pieces for word in piece.words] == ["Hello.", "Bye."]


@pytest.mark.parametrize(
    ("text", "language", "voice", "message"),
    [
        ("", "en", None, "empty"),
        ("Hello.", "klingon", None, "klingon"),
        ("Hello.", "en", Voice("nobody", ("en",)), "nobody"),
    ],
)
def test_what_cannot_be_spoken_is_refused_at_once(
    speaker: EspeakSpeaker, text: str, language: str, voice: Voice | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        speaker.speak(text, language=language, voice=voice)


def test_a_caller_may_stop_between_sentences(speaker: EspeakSpeaker) -> None:
    class Enough(Exception):  # noqa: N818 - not an error
        pass

    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise Enough

    pieces = speaker.speak("One. Two. Three.", language="en", check=check)
    assert [word.text for word in next(pieces).words] == ["One."]
    with pytest.raises(Enough):
        next(pieces)


def test_the_program_shares_one_line() -> None:
    assert espeak_line() is espeak_line()
