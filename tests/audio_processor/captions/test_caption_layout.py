"""Captions are short, break where speech breaks, and lose no word."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from audio_processor.captions.layout import LINE_COLUMNS, LONGEST_SECONDS, captions, columns
from avatar.types import Transcript, Word


def transcript(
    text: str, words: list[str], *, seconds: float = 0.3, pauses: dict[int, float] | None = None
) -> Transcript:
    timed, clock = [], 0.0
    for i, word in enumerate(words):
        clock += (pauses or {}).get(i, 0.0)
        timed.append(Word(word, clock, clock + seconds))
        clock += seconds
    return Transcript(text, "en", tuple(timed), "test")


def english(text: str, *, seconds: float = 0.3, pauses: dict[int, float] | None = None) -> Transcript:
    return transcript(text, text.split(), seconds=seconds, pauses=pauses)


WORDS = st.lists(st.from_regex(r"[a-z]{1,12}[,.?]?", fullmatch=True), min_size=1, max_size=60)


@given(WORDS, st.floats(0.05, 1.5))
def test_no_caption_is_too_long_and_no_word_is_lost(words: list[str], seconds: float) -> None:
    cues = captions(english(" ".join(words), seconds=seconds))
    assert " ".join(cue.text.replace("\n", " ") for cue in cues).split() == words
    assert all(len(cue.lines) <= 2 and max(map(columns, cue.lines)) <= LINE_COLUMNS for cue in cues)
    assert all(0 < cue.end - cue.start <= LONGEST_SECONDS + 0.01 for cue in cues)
    assert all(before.end <= after.start for before, after in itertools.pairwise(cues))


def test_a_pause_and_the_end_of_a_sentence_end_a_caption() -> None:
    cues = captions(english("We went home early today. Nobody was there at all", pauses={7: 1.0}))
    assert [cue.text for cue in cues] == ["We went home early today.", "Nobody was", "there at all"]


def test_short_sentences_share_a_caption() -> None:
    assert [cue.text for cue in captions(english("Yes. No. Perhaps."))] == ["Yes. No. Perhaps."]


def test_two_lines_are_about_as_long() -> None:
    (cue,) = captions(english("She had your dark suit in greasy wash water all year", seconds=0.2))
    first, second = map(columns, cue.lines)
    assert abs(first - second) < 8


def test_chinese_has_no_spaces_and_wide_letters() -> None:
    text = "今天天气很好，我们一起去公园散步吧。晚上再回家吃饭，然后看一部电影。"
    cues = captions(transcript(text, [*text.replace("，", "").replace("。", "")], seconds=0.2))
    assert "".join(cue.text.replace("\n", "") for cue in cues) == text.replace("，", "").replace("。", "")
    assert all(columns(line) <= LINE_COLUMNS for cue in cues for line in cue.lines)


def test_a_short_word_is_shown_for_a_second() -> None:
    assert [(cue.start, cue.end) for cue in captions(english("Hi"))] == [(0.0, 1.0)]
    first, second = captions(english("Hi there", pauses={1: 0.7}, seconds=0.1))
    assert first.end == second.start == 0.8
