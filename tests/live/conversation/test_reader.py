from live.conversation.reader import SilentReader, seconds_of, spread_words


def test_reading_takes_as_long_as_speaking() -> None:
    (piece,) = SilentReader().speak("The quick brown fox jumps over the lazy dog.", language="en")
    assert 2.0 < piece.duration < 5.0
    assert not piece.samples.any()
    assert [word.text for word in piece.words][-1] == "dog."


def test_each_han_letter_is_a_word_and_takes_longer_than_a_latin_one() -> None:
    words = spread_words("你好 friend", 1.0)
    assert [word.text for word in words] == ["你", "好", "friend"]
    assert seconds_of("你好你好") > seconds_of("abcd")


def test_a_text_without_words_takes_a_pause_only() -> None:
    (piece,) = SilentReader().speak("  ", language="en")
    assert piece.words == ()
    assert piece.duration > 0.0
