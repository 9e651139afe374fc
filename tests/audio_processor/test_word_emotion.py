from collections import Counter

import pytest

from audio_processor.lexicon.entries import plain
from audio_processor.word_emotion import LEXICONS, felt_words, lexicon_of, word_readings
from avatar.emotions import label_of, likeliest
from avatar.types import EmotionReading, Span, Transcript, Word


def transcript(language: str, text: str, *, letters: bool = False) -> Transcript:
    """A word, or a letter, every 0.3 s."""
    parts = list(text) if letters else text.split()
    words = tuple(Word(part, 0.3 * at, 0.3 * at + 0.25) for at, part in enumerate(parts))
    return Transcript(text, language, words, "test")


def read(language: str, text: str, *, letters: bool = False) -> EmotionReading:
    said = transcript(language, text, letters=letters)
    (reading,) = word_readings(said, (Span(0.0, 0.3 * len(said.words)),))
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en-us", "I am so happy to see you, what a wonderful day!", "happy"),
        ("en", "I hate you, this is outrageous.", "angry"),
        ("en", "We were terrified, full of fear.", "fearful"),
        ("de", "Ich bin sehr traurig, er ist gestorben.", "sad"),
        ("de", "Wir freuen uns und lachen!", "happy"),
        ("es", "Tengo mucho miedo, un terror horrible.", "fearful"),
        ("fr", "Je suis triste et je pleure.", "sad"),
        ("it", "Che schifo, disgustoso!", "disgusted"),
        ("pt-br", "Que surpresa incrível!", "surprised"),
    ],
)
def test_words_of_feeling_name_it(language: str, text: str, label: str) -> None:
    assert label_of(read(language, text)) == label


@pytest.mark.parametrize("language", ["zh", "cmn", "zh-tw"])
def test_a_language_without_spaces_is_read_too(language: str) -> None:
    assert label_of(read(language, "我今天非常高兴很快乐", letters=True)) == "happy"
    assert read(language, "我不高兴", letters=True).valence < 0


@pytest.mark.parametrize(
    ("language", "said", "denied"),
    [
        ("en", "I am happy about it", "I am not happy about it"),
        ("en", "this is great", "this isn’t great"),
        ("de", "das freut mich sehr", "das freut mich nicht"),
        ("fr", "je suis contente", "je ne suis pas contente"),
    ],
)
def test_a_denied_joy_is_none(language: str, said: str, denied: str) -> None:
    assert read(language, said).valence > 0.2
    assert read(language, denied).valence < 0
    assert likeliest(read(language, denied).scores) != "happy"


def test_a_denied_fear_is_a_comfort() -> None:
    assert read("en", "she was never afraid of it").valence > 0


def test_degree_changes_the_weight() -> None:
    slightly, plainly, very = (read("en", f"I am {degree} sad").scores["sad"] for degree in ("slightly", "now", "very"))

    assert slightly < plainly < very


def test_plain_talk_is_unsure_and_neutral() -> None:
    reading = read("en", "We will meet at ten in the office.")

    assert likeliest(reading.scores) == "neutral"
    assert (reading.valence, reading.arousal) == (0.0, 0.0)
    assert reading.confidence < 0.2


def test_each_window_has_its_own_words() -> None:
    said = transcript("en", "we love it we laugh and " + "one two three four " * 4 + "they hate it and scream")
    first, second = word_readings(said, (Span(0.0, 2.0), Span(6.0, 9.0)))

    assert first is not None
    assert second is not None
    assert (label_of(first), label_of(second)) == ("happy", "angry")


def test_without_words_or_lexicon_nothing_is_said() -> None:
    windows = (Span(0.0, 2.0), Span(2.0, 4.0))

    assert word_readings(None, windows) == (None, None)
    assert word_readings(transcript("fi", "olen iloinen"), windows) == (None, None)
    assert lexicon_of("xx") is None


@pytest.mark.parametrize("language", LEXICONS)
def test_lexicons_are_plain_and_say_nothing_twice(language: str) -> None:
    lexicon = LEXICONS[language]
    entries = [entry for words in lexicon.feelings.values() for entry in words.split()]
    changing = lexicon.denying | lexicon.strengthening | lexicon.weakening

    assert [entry for entry, count in Counter(entries).items() if count > 1] == []
    assert not changing & {entry.rstrip("*") for entry in entries}
    assert all(plain(entry.rstrip("*")) == entry.rstrip("*") for entry in [*entries, *changing])
    assert all(lexicon.spaced or not entry.endswith("*") for entry in entries)
    assert {"happy", "sad", "angry", "fearful", "disgusted", "surprised"} <= set(lexicon.feelings)


def test_the_longest_entry_decides() -> None:
    lexicon = LEXICONS["it"]

    assert lexicon.kind_of("stupido") == "angry"
    assert lexicon.kind_of("stupito") == "surprised"
    assert lexicon.kind_of("tavolo") is None


def test_feelings_come_with_their_times() -> None:
    (felt,) = felt_words(transcript("en", "then they laughed").words, LEXICONS["en"])

    assert felt.kind == "happy"
    assert felt.time == pytest.approx(0.725)
