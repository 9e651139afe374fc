"""What Kokoro reads: symbols from espeak-ng's sounds and from pinyin, and the pieces they are cut into."""

import re
from functools import lru_cache

import numpy as np
import pytest

from audio_processor.speaking.base import SpokenPiece
from audio_processor.speaking.kokoro import said_by_espeak
from audio_processor.speaking.kokoro_chinese import script_of_chinese, syllable_sounds
from audio_processor.speaking.kokoro_numerals import NUMBER, said_number
from audio_processor.speaking.kokoro_phonemes import script_of, symbols_of
from audio_processor.speaking.kokoro_script import (
    FEWEST_SYMBOLS,
    MOST_SYMBOLS,
    Script,
    ScriptSound,
    ScriptWord,
    pieces,
    timed,
)
from audio_processor.spoken_words import Phoneme
from avatar.errors import MissingExtraError
from avatar.types import Word


@lru_cache
def espeak(text: str, language: str) -> SpokenPiece:
    return said_by_espeak(text, language)


def read(text: str, language: str) -> str:
    return script_of(espeak(text, language), language).symbols


def flat(symbols: str, words: int = 1) -> Script:
    """One sound a symbol."""
    size = len(symbols) / words
    placed = [ScriptWord(f"w{i}", i * size, (i + 1) * size) for i in range(words)]
    return Script(tuple(ScriptSound(symbol, "" if symbol in ".,!? " else symbol) for symbol in symbols), tuple(placed))


@pytest.mark.parametrize(
    ("language", "text", "symbols"),
    [
        ("en-us", "Hello there, Dr. Smith! Who knew?", "həlˈO ðˈɛɹ, dˈɑktəɹ smˈɪθ! hˌu nˈu?"),
        ("en-us", "A bottle of furry fire (very nice) water.", "ə bˈɑTᵊl ʌv fˈɜɹi fˈIəɹ, vˈɛɹi nˈIs, wˈɔTəɹ."),
        ("en-gb", "The nurse heard four cars go home", "ðə nˈɜːs hˈɜːd fˈɔː kˈɑːz ɡˌQ hˈQm"),
        ("es", "Hola, ¿qué tal? Tengo perros.", "ˈola, kˈe tˈal? tˈɛŋɡo pˈeros."),
        ("fr-fr", "Bonjour, un bon vin blanc.", "bɔ̃ʒˈuʁ, œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃."),
        ("it", "Ciao, gnocchi", "ʧˈao, ɲˈokɪ"),
        ("hi", "नमस्ते दुनिया।", "nəmˈʌsteː dˈʊnɪjˌaː."),
    ],
)
def test_espeaks_sounds_become_kokoros_symbols(language: str, text: str, symbols: str) -> None:
    assert read(text, language) == symbols


def test_numbers_are_read_by_espeak() -> None:
    assert read("25 dogs", "en-us").startswith("twˈɛnti")
    assert read("3.5", "en-us") == "θɹˈipYntfˈIv"


def test_a_word_lies_where_its_sounds_do() -> None:
    script = script_of(espeak("Eight people, of the sea", "en-us"), "en-us")
    spoken = {
        word.text: "".join(s.symbols for s in script.sounds[round(word.start) : round(word.end)])
        for word in script.words
    }

    assert spoken == {"Eight": "ˈAt ", "people,": "pˈipᵊl", "of": "ʌv ", "the": "ðə ", "sea": "sˈi"}


def test_a_change_of_language_leaves_no_trace() -> None:
    assert symbols_of("(en)", "es") == ""
    piece = SpokenPiece(
        np.zeros(0, np.float32), 1, (Word("ja", 0, 1),), (Phoneme("(en)", 0, 0.4), Phoneme("j", 0.4, 1))
    )
    assert script_of(piece, "de").symbols == "j"


def test_a_piece_is_a_sentence_unless_it_is_very_short() -> None:
    long, short = "a" * FEWEST_SYMBOLS + ".", "no."

    assert [piece.symbols for piece in pieces(flat(long + long))] == [long, long]
    assert [piece.symbols for piece in pieces(flat(short + short + long + long))] == [short + short + long, long]
    assert [piece.symbols for piece in pieces(flat(long + short))] == [long + short]


@pytest.mark.parametrize(("mark", "cut"), [(",", 300), (" ", 300), ("b", MOST_SYMBOLS)])
def test_a_long_sentence_is_cut_where_it_hurts_least(mark: str, cut: int) -> None:
    symbols = "a" * (300 - len(mark)) + mark + "a" * 300
    found = list(pieces(flat(symbols, words=6)))

    assert "".join(piece.symbols for piece in found) == symbols
    assert len(found[0].symbols) == cut
    assert [word.text for piece in found for word in piece.words] == [f"w{i}" for i in range(6)]
    assert all(0 <= word.start < len(piece.sounds) for piece in found for word in piece.words)


def test_times_are_those_of_the_symbols() -> None:
    script = Script(
        (ScriptSound("hˈ", "h"), ScriptSound("", "ɹ"), ScriptSound("A ", "eɪ"), ScriptSound(".", "")),
        (ScriptWord("hey", 0, 2), ScriptWord("you", 2, 3)),
    )
    words, phonemes = timed(script, np.array([0.1, 0.2, 0.3, 0.5, 0.6, 0.9], np.float32))

    assert words == (Word("hey", 0.1, 0.3), Word("you", 0.3, 0.6))
    assert phonemes == (
        Phoneme("", 0.0, 0.1),
        Phoneme("h", 0.1, 0.3),
        Phoneme("eɪ", 0.3, 0.6),
        Phoneme("", 0.6, 0.9),
    )


@pytest.mark.parametrize(
    ("pinyin", "symbols"),
    [
        *(("zhong1", "ꭧʊ→ŋ"), ("guo2", "kwo↗"), ("ni3", "ni↓"), ("shi4", "ʂɨ↘"), ("de5", "tɤ"), ("lü4", "ly↘")),
        *(("xue2", "ɕɥe↗"), ("yuan2", "ɥɛ↗n"), ("er4", "ɚ↘"), ("ci2", "ʦʰɨ↗"), ("rou4", "ɻou↘"), ("a1", "a→")),
    ],
)
def test_a_syllable_has_the_symbols_of_its_pinyin(pinyin: str, symbols: str) -> None:
    pytest.importorskip("pypinyin")

    assert "".join(sound.symbols for sound in syllable_sounds(pinyin)) == symbols


def test_the_readings_of_the_dictionary_have_symbols() -> None:
    pytest.importorskip("pypinyin")
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_tone3

    written = {one for all_ in PINYIN_DICT.values() for one in all_.split(",")}
    readings = [to_tone3(one, neutral_tone_with_five=True, v_to_u=True) for one in sorted(written)[::4]]

    assert len(readings) > 300
    assert all("".join(sound.symbols for sound in syllable_sounds(reading)) for reading in readings)


def test_chinese_is_cut_into_words_and_read_with_their_tones() -> None:
    pytest.importorskip("rjieba")
    script = script_of_chinese("银行说：2024年他们学习OpenAI，好吗？", lambda run: flat(run.lower()))

    assert script.symbols == "i↗nxa↗ŋ ʂwo→: ɚ↘li↗ŋɚ↘sɨ↘ njɛ↗n tʰa→mən ɕɥe↗ɕi↗ openai, xau↓ ma? "
    assert [word.text for word in script.words] == ["银行", "说：", "2024", "年", "他们", "学习", "w0，", "好", "吗？"]


def test_without_the_readings_of_chinese_the_cure_is_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio_processor.speaking.kokoro_chinese.importlib.util.find_spec", lambda name: None)

    with pytest.raises(MissingExtraError, match=r"pypinyin.*\.\[kokoro\]"):
        script_of_chinese("你好", flat)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        *(("0", "零"), ("10", "十"), ("15", "十五"), ("105", "一百零五"), ("110", "一百一十"), ("1005", "一千零五")),
        *(("10005", "一万零五"), ("20300", "二万零三百"), ("100,000", "十万"), ("3050000000", "三十亿五千万")),
        *(("3.14", "三点一四"), ("25%", "百分之二十五"), ("气温-3", "气温负三"), ("007", "零零七")),
        *(("2024年", "二零二四年"), ("2024", "二千零二十四"), ("1" * 17, "一" * 17), ("010-12", "零一零-十二")),
    ],
)
def test_numbers_are_said_as_in_mandarin(written: str, said: str) -> None:
    assert re.sub(NUMBER, said_number, written) == said
