from collections.abc import Iterator

import numpy as np
import pytest

from audio_processor.speaking.base import SpokenPiece
from audio_processor.speaking.utterance import spoken_parts, uttered
from avatar.errors import InputError
from tests.audio_processor.speaking.speaker_fakes import RATE, SAMPLES_PER_LETTER, Hummer


def test_a_text_is_spoken_sentence_by_sentence() -> None:
    pieces = list(uttered(Hummer("hummer"), "Hello there. How are you?", language="en"))

    assert [len(piece.samples) // SAMPLES_PER_LETTER for piece in pieces] == [12, 12]


def test_no_sentence_is_made_before_it_is_asked_for() -> None:
    pieces = uttered(Hummer("hummer"), "Hello there. Now raise an error.", language="en")

    assert len(next(pieces).samples) == 12 * SAMPLES_PER_LETTER
    with pytest.raises(RuntimeError, match="the network broke"):
        next(pieces)


@pytest.mark.parametrize("text", ["", "...", "word " * 30_000])
def test_a_text_that_cannot_be_spoken_is_refused_at_once(text: str) -> None:
    with pytest.raises(InputError):
        uttered(Hummer("hummer"), text, language="en")


def say(part: str) -> Iterator[SpokenPiece]:
    if part == "nothing":
        raise InputError("There is nothing to say.")
    yield SpokenPiece(np.zeros(len(part), np.float32), RATE)


def test_a_part_without_anything_to_say_is_passed_over() -> None:
    parts = ["nothing", "two", "nothing"]

    assert [len(piece.samples) for piece in spoken_parts(parts, say, lambda: None)] == [3]


def test_where_no_part_has_anything_to_say_it_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing to say"):
        list(spoken_parts(["nothing", "nothing"], say, lambda: None))
