"""SRT and WebVTT are read as they are written, and what is wrong in them is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_processor.captions.formats import CAPTION_FORMS, CaptionForm, read_captions, write_captions
from avatar.captions import Cue
from avatar.errors import InputError

LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="<>{}\\&")
LINE = st.text(LETTERS, min_size=1, max_size=20).filter(lambda line: "-->" not in line)
TEXT = st.lists(LINE, min_size=1, max_size=2).map("\n".join)


@st.composite
def cue_lists(draw: st.DrawFn) -> list[Cue]:
    cues, clock = [], 0
    for text in draw(st.lists(TEXT, min_size=1, max_size=5)):
        start = clock + draw(st.integers(0, 4_000_000))
        clock = start + draw(st.integers(1, 10_000))
        cues.append(Cue(start / 1000, clock / 1000, text))
    return cues


@given(cue_lists(), st.sampled_from(CAPTION_FORMS))
def test_what_is_written_is_read_again(cues: list[Cue], form: CaptionForm) -> None:
    assert list(read_captions(write_captions(cues, form))) == cues


def test_signs_that_webvtt_reserves_are_kept() -> None:
    cues = [Cue(0.0, 1.0, "1 < 2 & 3 > 2")]
    assert list(read_captions(write_captions(cues, "vtt"))) == cues


def test_each_form_has_its_own_times() -> None:
    cue = [Cue(3661.5, 3662.0, "Late")]
    assert write_captions(cue, "srt") == "1\n01:01:01,500 --> 01:01:02,000\nLate\n"
    assert write_captions(cue, "vtt") == "WEBVTT\n\n01:01:01.500 --> 01:01:02.000\nLate\n"


def test_markup_settings_and_notes_are_no_words() -> None:
    text = (
        "\ufeffWEBVTT Kind: captions\n\nNOTE nobody\nsays this\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.500 align:start position:0%\n<v Ann>Hello <i>there</i> &amp; you</v>\n\n"
        "00:03.000 --> 00:04.000\n<00:03.500><c>late</c>\n"
    )
    assert read_captions(text) == (Cue(1.0, 2.5, "Hello there & you"), Cue(3.0, 4.0, "late"))
    assert read_captions("7\r\n00:00:01,5 --> 00:00:02,000\r\n{\\an8}<b>Up</b>\r\n") == (Cue(1.5, 2.0, "Up"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1\n00:00:01,000 -> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nBye", "Line 1"),
        ("1\n00:00:01,000 --> 00:00\nHello", "Line 2 of the captions has times that cannot be read"),
        ("1\n00:61:01,000 --> 00:62:00,000\nHello", "Line 2 of the captions has times that cannot be read"),
        ("1\n00:00:05,000 --> 00:00:04,000\nHello", "ends at 4 s and starts at 5 s"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello\n\nWorld\n", "Line 5 of the captions belongs to no cue: 'World'"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_captions(text)
