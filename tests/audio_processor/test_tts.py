import subprocess
import sys
import time
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from audio_processor import tts
from audio_processor.tts import languages, speak, voices
from avatar.errors import InputError, SynthesisError
from tests.audio_processor.sounds import SENTENCE, Said

TEXTS = {
    "en": "The quick brown fox jumps over the lazy dog.",
    "de": "Zwölf Boxkämpfer jagen Viktor über den großen Deich.",
    "zh": "今天天气很好。我们去公园。",
    "ja": "こんにちは、せかい。",
    "ru": "Здравствуй, мир! Привет.",
    "hi": "नमस्ते दुनिया, आप कैसे हैं?",
    "ar": "السلام عليكم يا عالم",
    "pt_BR": "O menino comprou pão.",
    "fr-CA": "Un été à Montréal, c'est très beau.",
}


def test_the_words_are_those_of_the_text_in_order(said: Said) -> None:
    assert [word.text for word in said.spoken.words] == SENTENCE.split()


def test_words_do_not_overlap_and_lie_in_the_sound(said: Said) -> None:
    words = said.spoken.words
    ends = [0.0] + [word.end for word in words]

    assert all(end <= word.start < word.end for end, word in zip(ends, words, strict=False))
    assert words[-1].end <= said.clip.duration


def test_sounds_follow_each_other_without_gaps(said: Said) -> None:
    sounds = said.spoken.phonemes

    assert all(a.end == b.start for a, b in pairwise(sounds))
    assert all(sound.start < sound.end for sound in sounds)
    assert sounds[-1].end == pytest.approx(said.clip.duration, abs=0.02)
    assert sum(sound.symbol.startswith("b") for sound in sounds) == 4


def test_a_sentence_ends_in_a_pause(said: Said) -> None:
    stop = next(word for word in said.spoken.words if word.text == "laughed.")

    assert any(p.symbol == "" and p.start == pytest.approx(stop.end, abs=0.01) for p in said.spoken.phonemes)


def test_the_sound_is_a_mono_wav_at_22050_hz(said: Said) -> None:
    with wave.open(str(said.spoken.path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 22_050, 2)
        assert file.getnframes() / 22_050 == pytest.approx(said.clip.duration, abs=0.01)


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_other_languages_and_scripts_are_spoken_in_full(folder: Path, language: str, text: str) -> None:
    spoken = speak(text, language=language, folder=folder)

    said = "".join(word.text for word in spoken.words)
    assert said.replace(" ", "") == text.replace(" ", "")
    assert all(word.start < word.end for word in spoken.words)
    assert len({phoneme.symbol for phoneme in spoken.phonemes}) >= 8


def test_han_text_is_cut_into_words(folder: Path) -> None:
    words = speak("今天天气很好。", language="zh", folder=folder).words

    assert len(words) >= 4
    assert words[-1].text.endswith("。")


def test_a_short_word_joined_to_its_neighbour_gets_its_share_of_the_time(folder: Path) -> None:
    words = speak("one of the best days", folder=folder).words

    assert [word.text for word in words] == ["one", "of", "the", "best", "days"]
    assert all(word.end - word.start > 0.05 for word in words)


def test_signs_alone_belong_to_the_word_before(folder: Path) -> None:
    words = speak("Wait — now!", folder=folder).words

    assert [word.text for word in words] == ["Wait —", "now!"]


def test_markup_and_control_characters_are_only_text(folder: Path) -> None:
    plain = speak("one two three four", folder=folder / "plain")
    strange = speak("one\x01two\x00three\ud800four", folder=folder / "strange")
    tagged = speak('<voice name="de">one</voice> two', folder=folder / "tagged")

    assert [p.symbol for p in strange.phonemes if p.symbol] == [p.symbol for p in plain.phonemes if p.symbol]
    assert tagged.words[-1].text == "two"


@pytest.mark.parametrize("voice", [None, "f2"])
def test_the_same_request_gives_the_same_sound(tmp_path: Path, voice: str | None) -> None:
    first = speak("Breathe in, breathe out.", voice=voice, folder=tmp_path / "a")
    time.sleep(1.1)  # the engine's own seed is the clock, in whole seconds
    second = speak("Breathe in, breathe out.", voice=voice, folder=tmp_path / "b")

    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.words, first.phonemes) == (second.words, second.phonemes)


def test_another_voice_sounds_different(folder: Path) -> None:
    one, two = (speak("Hello.", voice=voice, folder=folder / voice) for voice in ("m1", "F1"))

    assert one.path.read_bytes() != two.path.read_bytes()


def test_a_finished_text_is_not_spoken_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = speak("Hello.", folder=folder)
    monkeypatch.setattr(tts, "_ask", lambda *_: pytest.fail("spoken again"))

    assert speak("Hello.", folder=folder) == first


def test_another_text_in_the_same_folder_is_spoken(folder: Path) -> None:
    speak("Hello.", folder=folder)

    assert [word.text for word in speak("Goodbye then.", folder=folder).words] == ["Goodbye", "then."]


def test_a_long_text_is_spoken_whole(folder: Path) -> None:
    text = "People talk about many things all day long, and nobody minds. " * 300

    spoken = speak(text, folder=folder)

    assert [word.text for word in spoken.words] == text.split()
    with wave.open(str(spoken.path)) as file:
        assert spoken.words[-1].end == pytest.approx(file.getnframes() / 22_050, abs=0.6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "text to speak is empty"),
        (" \n\t", "text to speak is empty"),
        ("... — !?", "nothing to say in the text '... — !\\?'"),
        ("word " * 30_000, "150,000 characters; at most 100,000"),
    ],
)
def test_texts_that_cannot_be_spoken_are_refused(folder: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        speak(text, folder=folder)

    assert caught.value.cure
    assert not folder.exists()


def test_an_unknown_language_is_refused_with_some_that_are_known(folder: Path) -> None:
    with pytest.raises(InputError, match=r"no language 'klingon'.*\ben\b.*\bzh\b"):
        speak("Hello.", language="klingon", folder=folder)


def test_an_unknown_voice_is_refused_with_some_that_are_known(folder: Path) -> None:
    with pytest.raises(InputError, match=r"no voice 'nobody'.*\bf2\b"):
        speak("Hello.", voice="nobody", folder=folder)


def test_languages_and_voices_are_listed() -> None:
    assert {"en", "en-us", "de", "zh", "cmn", "hi", "sw"} <= languages().keys()
    assert len(languages()) > 100
    assert {"f1", "m3", "Annie"} <= set(voices("de"))
    with pytest.raises(InputError, match="klingon"):
        voices("klingon")


@pytest.mark.parametrize(("tag", "code"), [("en", "en-us"), ("EN_gb", "en-gb"), ("de-AT", "de"), ("zh", "zh")])
def test_language_tags_are_understood(folder: Path, tag: str, code: str) -> None:
    assert speak("One, 2.", language=tag, folder=folder).language == code


def test_an_engine_that_dies_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices()
    monkeypatch.setattr(tts, "COMMAND", (sys.executable, "-c", "import os; os.abort()"))

    with pytest.raises(SynthesisError, match="ended with exit status"):
        speak("Hello.", folder=folder)

    assert list(folder.iterdir()) == []


def test_an_engine_that_hangs_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices()
    monkeypatch.setattr(tts, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(tts, "START_TIMEOUT_SECONDS", 0.2)

    with pytest.raises(SynthesisError, match="did not finish"):
        speak("Hello.", folder=folder)


def test_an_engine_that_is_not_there_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices()
    monkeypatch.setattr(tts, "COMMAND", ("/nowhere/python",))

    with pytest.raises(SynthesisError, match="could not be started"):
        speak("Hello.", folder=folder)


def test_what_the_engine_refuses_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tts._catalogue()
    monkeypatch.setattr(tts, "_catalogue", lambda: {**known, "languages": {"xx": ("Nothing", "no/where")}})

    with pytest.raises(SynthesisError, match="no voice 'no/where'"):
        speak("Hello.", language="xx", folder=folder)


def test_the_library_is_never_loaded_into_this_process() -> None:
    program = (
        "import sys, tempfile, pathlib; from audio_processor.tts import speak;"
        "speak('Hello.', folder=pathlib.Path(tempfile.mkdtemp()));"
        "assert 'espeakng_loader' not in sys.modules; assert 'audio_processor.espeak_process' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
