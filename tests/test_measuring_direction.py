"""The measuring of the rule director, and what it has to find: cues are played where their words are loudest."""

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from avatar.types import AudioClip, Floats, Speech, Word
from orchestrator.director.rules import direct
from scripts.directing import counts
from scripts.hearing.material import said

TEXT = "Hello everyone! First, we never forget. Is it not amazing? Maybe. Thank you, and goodbye."
RATE_HZ = 16_000


@pytest.fixture(scope="module")
def spoken() -> tuple[Speech, Floats]:
    text, samples = said(TEXT, "en")
    return analyse_speech(AudioClip(samples, text.path), text), samples


def loudest_20_ms(samples: Floats, word: Word) -> float:
    first, last = round(word.start * RATE_HZ), round(word.end * RATE_HZ)
    power = np.convolve(np.square(samples[first:last].astype(np.float64)), np.ones(RATE_HZ // 50), "valid")
    return word.start + int(np.argmax(power)) / RATE_HZ + 0.01


def test_cues_of_words_lie_on_the_loudest_20_ms_of_them(spoken: tuple[Speech, Floats]) -> None:
    speech, samples = spoken
    words = speech.transcript.words if speech.transcript else ()
    cues = [cue for cue in direct(speech, ()).cues if cue.word is not None]

    assert len(cues) >= 8
    for cue in cues:
        assert cue.at == pytest.approx(loudest_20_ms(samples, words[cue.word or 0]), abs=0.08)


def test_their_motion_peaks_there_within_80_ms(spoken: tuple[Speech, Floats]) -> None:
    errors = counts.peak_errors(spoken[0])

    assert {"nod", "smile", "brow_raise", "shake", "tilt"} <= set(errors)
    assert max(abs(error) for found in errors.values() for error in found) <= 0.04


def test_cues_are_counted_by_the_minute(spoken: tuple[Speech, Floats]) -> None:
    speech, _ = spoken
    head, row, total = counts.densities({"text": speech})
    cues = direct(speech, ()).cues

    assert row[1:] == total[1:]
    assert float(row[head.index("cues")]) == pytest.approx(60 * len(cues) / speech.duration, abs=0.1)
    smiles = sum(cue.action == "smile" for cue in cues)
    assert float(row[head.index("smile")]) == pytest.approx(60 * smiles / speech.duration, abs=0.1)


def test_distances_and_spreads_are_told(spoken: tuple[Speech, Floats]) -> None:
    rows = counts.spacings({"text": spoken[0]})
    without, with_cues = counts.head_and_brows({"text": spoken[0]}, seeds=(0,))[1:]

    assert [row[0] for row in rows[1:]] == ["head", "brows", "both"]
    assert float(rows[1][1]) >= 1.4
    assert float(with_cues[-1]) > float(without[-1])
