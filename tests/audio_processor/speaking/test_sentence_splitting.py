from typing import Any

import pytest

from audio_processor.speaking import sentences as splitting
from audio_processor.speaking.sentences import FIRST_LEAST, FIRST_MOST, MOST, SentenceSplitter, sentences

CASES = [
    ["He was happy!", "Really?", "Yes."],
    ["Dr. Smith paid $3.14 in the U.S. yesterday.", "He left."],
    ["It ended at 5 p.m.", "Then we left."],
    ["I live near the U.S. Army base."],
    ["We read J. K. Rowling, e.g. Harry Potter.", "See example.com for v. 1.2.3."],
    ['"Stop!" he said.', '"Go!"', "She went (at once.)", "So did I."],
    ["¡Hola!", "¿Cómo estás?", "El Sr. López vive aquí."],
    ["Wait... what?", "Hmm...", "Then fine."],
    ["Guten Tag, Herr Dr. Weiß.", "Es ist z.B. heute schön."],
]
WIDE = [
    ["你好！", "今天天气很好。", "“真的吗？”", "他问。"],
    ["这个价格是3.5元。", "对吧?", "我觉得好。"],
    ["こんにちは。", "「元気ですか？」", "はい！！"],
]
LINES = [("1. First item\n2. Second item", ["1. First item", "2. Second item"]), ("One\n\ntwo", ["One", "two"])]


def told(text: str) -> list[str]:
    """Letter by letter, as it may come from a model."""
    splitter = SentenceSplitter()
    return [piece for letter in text for piece in splitter.push(letter)] + splitter.flush()


@pytest.mark.parametrize("expected", CASES)
def test_sentences_end_where_a_reader_stops(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize("expected", WIDE)
def test_sentences_without_spaces_end_at_their_stops(expected: list[str]) -> None:
    assert sentences("".join(expected)) == expected


@pytest.mark.parametrize("expected", CASES)
def test_it_makes_no_difference_in_what_parts_short_sentences_come(expected: list[str]) -> None:
    assert told(" ".join(expected)) == expected


def test_a_stop_may_be_followed_by_the_next_question_without_a_space() -> None:
    assert sentences("Hola.¿Qué tal?¡Bien!") == ["Hola.", "¿Qué tal?", "¡Bien!"]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_new_line_ends_a_sentence(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
    assert told(text) == expected


def test_a_line_that_was_wrapped_goes_on() -> None:
    assert sentences("This is one\nsentence. This is\nanother.") == ["This is one\nsentence.", "This is\nanother."]


def test_a_sentence_is_given_when_the_next_begins() -> None:
    splitter = SentenceSplitter()

    assert splitter.push("Hello the") == []
    assert splitter.push("re.") == []
    assert splitter.push(" How") == ["Hello there."]
    assert splitter.push(" are you?") == []
    assert splitter.flush() == ["How are you?"]


def test_the_first_piece_of_a_long_sentence_ends_early_at_a_comma() -> None:
    splitter = SentenceSplitter()
    text = "Well, I think that the answer is long, because there are many things, and none of them is simple"
    pieces = [piece for word in text.split() for piece in splitter.push(f"{word} ")]

    assert pieces == ["Well, I think that the answer is long,"]
    assert FIRST_LEAST <= len(pieces[0]) <= FIRST_MOST
    assert splitter.flush() == ["because there are many things, and none of them is simple"]


def test_a_long_sentence_without_any_comma_is_cut_between_words() -> None:
    words = [f"word{i}" for i in range(200)]
    pieces = told(" ".join(words))

    assert " ".join(pieces).split() == words
    assert len(pieces[0]) <= FIRST_MOST
    assert all(len(piece) <= MOST for piece in pieces)
    assert all(len(piece) > MOST / 2 for piece in pieces[1:-1])


def test_a_long_chinese_sentence_is_cut_at_its_commas() -> None:
    clause = "我们今天去公园看看花和树，"
    pieces = told(clause * 12)

    assert "".join(pieces) == clause * 12
    assert pieces[0] == clause
    assert all(piece.endswith("，") and 3 * len(piece) <= MOST for piece in pieces)


def test_a_number_is_not_cut_at_its_comma() -> None:
    assert told("It costs one or two or 1,234,567 dollars") == ["It costs one or two or 1,234,567 dollars"]


@pytest.mark.parametrize("text", ["", " ", "...", "?!\n\n—"])
def test_signs_alone_are_no_sentence(text: str) -> None:
    assert told(text) == []


def test_after_a_flush_the_next_text_begins_anew() -> None:
    splitter = SentenceSplitter()
    splitter.push("The first answer was interrupted here, and")
    splitter.flush()

    assert splitter.push("Now a longer second answer begins, and goes on") == ["Now a longer second answer begins,"]


@pytest.mark.parametrize("text", ["Mr. ", "a" * 2_000 + " mr." * 700, "! ", "1. 2. "])
def test_the_work_grows_as_the_text_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, real = [0], splitting._after_stop

    def counted(*given: Any) -> int:
        looked[0] += 1
        assert len(given[0]) <= MOST + splitting.AHEAD
        return real(*given)

    monkeypatch.setattr(splitting, "_after_stop", counted)
    looks = []
    for letters in (50_000, 100_000):
        looked[0] = 0
        said = (text * (letters // len(text) + 1))[:letters]
        assert "".join(sentences(said)).replace(" ", "")[:200] == said.strip("! ").replace(" ", "")[:200]
        looks.append(looked[0])
    assert looks[1] <= 2.1 * looks[0] + 100
    assert looks[1] <= letters
