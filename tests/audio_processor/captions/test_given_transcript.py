"""A given transcript is the words alone or captions; what cannot belong to the sound is refused."""

from pathlib import Path

import pytest

from audio_processor.captions.given import (
    check_fits,
    decode_transcript,
    read_transcript,
    transcript_argument,
)
from avatar.captions import Cue
from avatar.errors import InputError

SRT = "1\n00:00:01,000 --> 00:00:02,000\nGood\nmorning\n\n2\n00:00:01,500 --> 00:00:03,000\nto you\n"


def test_words_alone_have_no_times() -> None:
    given = read_transcript("\ufeff  Good morning. \n")
    assert (given.text, given.cues) == ("Good morning.", ())


def test_captions_bound_their_words_and_do_not_overlap() -> None:
    given = read_transcript(SRT)
    assert given.text == "Good morning\nto you"
    assert given.cues == (Cue(1.0, 1.5, "Good\nmorning"), Cue(1.5, 3.0, "to you"))


@pytest.mark.parametrize(
    ("content", "told"),
    [("  ", "no word"), ("…!", "no word"), ("WEBVTT\n\n", "no word"), ("a " * 50_001, "100,00"), ("a --> b", "Line 1")],
)
def test_what_is_no_transcript_is_refused(content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_transcript(content)


def test_a_transcript_that_is_too_long_for_the_sound_is_refused() -> None:
    with pytest.raises(InputError, match=r"a cue starts at 1.5 s, and the sound ends at 0.5 s"):
        check_fits(read_transcript(SRT.replace("01,000", "00,100")), 0.5)
    with pytest.raises(InputError, match=r"cannot be said in 2.0 s"):
        check_fits(read_transcript("word " * 100), 2.0)
    with pytest.raises(InputError, match=r"cannot be said in 1.0 s"):
        check_fits(read_transcript("今天天气很好" * 10), 1.0)
    check_fits(read_transcript(SRT), 2.0)


def test_a_path_stands_for_what_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_bytes(SRT.encode("utf-16"))
    assert transcript_argument(str(tmp_path / "words.srt")) == SRT
    assert transcript_argument("Good morning.") == "Good morning."
    with pytest.raises(InputError, match="There is no transcript at"):
        transcript_argument(str(tmp_path / "none.vtt"))


@pytest.mark.parametrize(
    ("raw", "told"), [(b"\xff\xfeA", "not UTF-8"), (b"a\0b", "not a text"), (b"\xe4", "not UTF-8")]
)
def test_a_file_that_is_no_text_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        decode_transcript(raw, "words.srt")
