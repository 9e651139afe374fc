"""Prosody of a live sound: the same levels as of the whole, its pitch, and most of its stresses, soon after them."""

from itertools import pairwise

import numpy as np
import pytest

from audio_processor.live_prosody import LiveProsodyStream
from audio_processor.prosody import prosody_of
from audio_processor.tracks import measure
from audio_processor.vad import speech_mask
from avatar.types import SAMPLE_RATE_HZ, Emphasis, Floats, LiveProsody
from tests.audio_processor.sounds import Said

PIECE = 320


def streamed(samples: Floats, piece: int = PIECE, at: float = 0.0) -> list[LiveProsody]:
    stream = LiveProsodyStream(at)
    return [stream.push(samples[first : first + piece]) for first in range(0, len(samples), piece)]


def levels(parts: list[LiveProsody]) -> Floats:
    return np.concatenate([part.loudness_db for part in parts])


def pitches(parts: list[LiveProsody]) -> Floats:
    return np.concatenate([part.f0_hz for part in parts if part.f0_hz is not None])


def syllables(loud: int, *, count: int = 12) -> Floats:
    """Syllables of 0.18 s on a pitch of 120 Hz, every 0.3 s, of which one is louder and higher."""
    times = np.arange(int(0.3 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    swell = np.where(times < 0.18, np.sin(np.pi * np.minimum(times / 0.18, 1.0)) ** 2, 0.0)
    parts = []
    for i in range(count):
        pitch, size = (180.0, 0.5) if i == loud else (120.0, 0.1)
        tone = sum(np.sin(2.0 * np.pi * k * pitch * times) / k for k in range(1, 8))
        parts.append(size * swell * tone)
    return np.concatenate(parts).astype(np.float32)


def test_levels_are_those_of_the_whole_sound_30_ms_behind(said: Said) -> None:
    whole = measure(said.samples)
    found = levels(streamed(said.samples))

    np.testing.assert_allclose(found, whole.loudness_db[: len(found)], atol=1e-4)
    assert len(said.samples) / 160 - len(found) <= 5


@pytest.mark.parametrize("piece", [37, 160, 1600, 10**6])
def test_the_size_of_the_pieces_makes_no_difference(piece: int, said: Said) -> None:
    samples = said.samples[: 2 * SAMPLE_RATE_HZ]
    found, usual = streamed(samples, piece), streamed(samples)

    np.testing.assert_allclose(levels(found), levels(usual), atol=1e-4)
    np.testing.assert_allclose(pitches(found), pitches(usual), rtol=1e-4)


def test_rows_follow_each_other_from_the_moment_of_the_first_sample(said: Said) -> None:
    parts = [part for part in streamed(said.samples[:SAMPLE_RATE_HZ], at=7.0) if len(part.loudness_db)]

    assert parts[0].at == 7.0
    for one, other in pairwise(parts):
        assert other.at == pytest.approx(one.at + 0.01 * len(one.loudness_db))


def test_pitch_is_mostly_that_of_the_whole_sound(said: Said) -> None:
    whole = measure(said.samples).f0_hz
    found = pitches(streamed(said.samples))
    whole = whole[: len(found)]
    both = (whole > 0.0) & (found > 0.0)

    assert ((whole > 0.0) == (found > 0.0)).mean() > 0.85
    assert (np.abs(12.0 * np.log2(found[both] / whole[both])) < 1.0).mean() > 0.85


@pytest.mark.parametrize("loud", [6, 9])
def test_the_syllable_that_stands_out_is_stressed_and_known_within_100_ms(loud: int) -> None:
    samples = syllables(loud)
    stressed: list[Emphasis] = []
    for i, part in enumerate(streamed(samples)):
        for emphasis in part.emphases:
            assert (i + 1) * PIECE / SAMPLE_RATE_HZ - emphasis.time < 0.12
            stressed.append(emphasis)

    assert len(stressed) == 1
    assert stressed[0].time == pytest.approx(0.3 * loud + 0.09, abs=0.04)
    assert stressed[0].strength > 0.8


def test_syllables_all_alike_have_no_stress() -> None:
    assert not [e for part in streamed(syllables(-1)) for e in part.emphases]


def test_silence_has_neither_pitch_nor_stress() -> None:
    parts = streamed(np.zeros(SAMPLE_RATE_HZ, np.float32))

    assert levels(parts).max() == -80.0
    assert pitches(parts).max() == 0.0


def test_stresses_are_about_as_many_as_in_the_whole(said: Said) -> None:
    tracks = measure(said.samples)
    whole = prosody_of(tracks, speech_mask(tracks)).emphases
    found = [e for part in streamed(said.samples) for e in part.emphases]

    assert 0.4 * len(whole) <= len(found) <= 2.0 * len(whole)
