from itertools import pairwise

import numpy as np
import pytest

from audio_processor.articulation import articulation, letters
from audio_processor.nuclei import Nuclei, syllable_nuclei
from audio_processor.prosody import emphases, prosody_of, rate_curve
from audio_processor.tracks import measure
from audio_processor.vad import speech_mask
from avatar.types import Prosody
from tests.audio_processor.sounds import Said, silence


@pytest.fixture(scope="module")
def prosody(said: Said) -> Prosody:
    tracks = measure(said.samples)
    return prosody_of(tracks, speech_mask(tracks))


def syllables(levels: list[float], semitones: list[float], lengths: list[float], *, apart: int = 25) -> Nuclei:
    frames = np.arange(len(levels)) * apart + 10
    return Nuclei(frames, np.array(levels), np.array(semitones), np.array(lengths))


def vowels(said: Said) -> list[float]:
    sounds = said.spoken.phonemes
    nuclei = [s for s in sounds if any(articulation(unit.letter).is_vowel for unit in letters(s.symbol))]
    return [(sound.start + sound.end) / 2 for sound in nuclei]


def test_nearly_every_vowel_is_a_syllable_and_nothing_else_is(said: Said) -> None:
    tracks = measure(said.samples)
    found = syllable_nuclei(tracks.energy_db, tracks.f0_hz, speech_mask(tracks)).frames / 100
    middles = np.array(vowels(said))

    assert np.mean([np.abs(found - vowel).min() < 0.09 for vowel in middles]) > 0.85
    assert np.mean([np.abs(middles - nucleus).min() < 0.09 for nucleus in found]) > 0.9


def test_the_rate_counts_syllables_per_second_of_speech(said: Said, prosody: Prosody) -> None:
    assert prosody.rate_syllables_s == pytest.approx(len(vowels(said)) / (prosody.speech.sum() / 100), rel=0.2)


def test_all_curves_have_one_length_and_pitch_only_in_speech(prosody: Prosody) -> None:
    assert len(prosody.loudness_db) == len(prosody.f0_hz) == len(prosody.speech)
    assert (prosody.f0_hz[~prosody.speech] == 0).all()


def test_emphases_lie_in_speech_in_order_and_apart(prosody: Prosody) -> None:
    assert prosody.emphases
    assert all(prosody.speech[round(emphasis.time * 100)] for emphasis in prosody.emphases)
    assert all(0 < emphasis.strength <= 1 for emphasis in prosody.emphases)
    assert all(b.time - a.time >= 0.8 - 1e-6 for a, b in pairwise(prosody.emphases))


def test_silence_has_no_prosody() -> None:
    tracks = measure(silence(1))
    prosody = prosody_of(tracks, speech_mask(tracks))

    assert (prosody.phrases, prosody.emphases, prosody.rate_syllables_s) == ((), (), 0.0)


@pytest.mark.parametrize("cue", ["level", "pitch", "length"])
def test_the_syllable_that_stands_out_is_emphasised(cue: str) -> None:
    levels, semitones, lengths = [-20.0] * 12, [0.0] * 12, [10.0] * 12
    {"level": levels, "pitch": semitones, "length": lengths}[cue][6] += {"level": 9, "pitch": 6, "length": 20}[cue]

    (emphasis,) = emphases(syllables(levels, semitones, lengths))

    assert emphasis.time == pytest.approx((6 * 25 + 10) / 100)


def test_standing_out_in_every_way_is_stronger() -> None:
    flat = [-20.0] * 12
    louder = [*flat[:6], -14.0, *flat[7:]]
    higher = [*[0.0] * 6, 4.0, *[0.0] * 5]

    (one,) = emphases(syllables(louder, [0.0] * 12, [10.0] * 12))
    (both,) = emphases(syllables(louder, higher, [10.0] * 12))

    assert both.strength > one.strength


def test_a_flat_voice_has_no_emphases() -> None:
    random = np.random.default_rng(0)
    levels = list(-20 + 0.5 * random.normal(size=40))

    assert emphases(syllables(levels, list(0.2 * random.normal(size=40)), [10.0] * 40)) == ()


def test_of_two_close_emphases_the_stronger_stays() -> None:
    levels = [-20.0] * 12
    levels[5], levels[6] = -13.0, -10.0

    (emphasis,) = emphases(syllables(levels, [0.0] * 12, [10.0] * 12))

    assert emphasis.time == pytest.approx((6 * 25 + 10) / 100)


def test_a_speaker_is_measured_against_the_seconds_around() -> None:
    loud, soft = [-10.0] * 100, [-40.0] * 100
    soft[80] = -32.0

    found = emphases(syllables(loud + soft, [0.0] * 200, [10.0] * 200))

    assert any(emphasis.time == pytest.approx((180 * 25 + 10) / 100) for emphasis in found)


def test_unvoiced_syllables_are_judged_without_pitch() -> None:
    levels = [-20.0] * 12
    levels[6] = -10.0

    (emphasis,) = emphases(syllables(levels, [float("nan")] * 12, [10.0] * 12))

    assert emphasis.strength > 0.5


def test_the_rate_over_time_follows_the_speaker() -> None:
    speech = np.ones(2000, bool)
    speech[900:1100] = False
    slow, fast = np.arange(10, 900, 33), np.arange(1100, 2000, 14)
    rates = rate_curve(np.concatenate([slow, fast]), speech)

    assert np.median(rates[200:700]) == pytest.approx(100 / 33, rel=0.05)
    assert np.median(rates[1300:1800]) == pytest.approx(100 / 14, rel=0.05)
    assert not rates[~speech].any()


def test_a_moment_of_sound_is_no_burst_of_speed() -> None:
    speech = np.zeros(1000, bool)
    speech[500:510] = True

    assert rate_curve(np.array([504]), speech).max() < 3.0


def test_the_rate_over_time_agrees_with_the_rate(prosody: Prosody) -> None:
    assert prosody.rates[prosody.speech].mean() == pytest.approx(prosody.rate_syllables_s, rel=0.15)


@pytest.mark.parametrize("index", [2, 6, 9])
def test_a_word_that_is_louder_and_higher_is_the_strongest_emphasis(said: Said, index: int) -> None:
    word = said.spoken.words[index]
    first, last = round(word.start * 16_000), round(word.end * 16_000)
    piece = 2.0 * np.interp(
        np.arange(0, last - first, 2 ** (3 / 12)), np.arange(last - first), said.samples[first:last]
    )
    samples = np.concatenate([said.samples[:first], piece, said.samples[last:]]).astype(np.float32)
    tracks = measure(samples)
    strongest = max(prosody_of(tracks, speech_mask(tracks)).emphases, key=lambda emphasis: emphasis.strength)

    assert word.start - 0.1 < strongest.time < word.start + len(piece) / 16_000 + 0.1
