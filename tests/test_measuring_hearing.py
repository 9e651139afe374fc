"""The measuring of what is heard: its material, and how it counts."""

import numpy as np
import pytest

from audio_processor.detectors import Check, OwnDetector
from audio_processor.tracks import SoundTracks
from avatar.types import Floats, Prosody, Span
from scripts.hearing import activity, manner, voices
from scripts.hearing.material import CONDITIONS, TEXTS, Heard, said, spoken_material


class Deaf:
    name = "deaf"

    def mask(self, samples: Floats, tracks: SoundTracks, check: Check) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.zeros(len(tracks.energy_db), bool)


class Eager(Deaf):
    def mask(self, samples: Floats, tracks: SoundTracks, check: Check) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.ones(len(tracks.energy_db), bool)


@pytest.fixture(scope="module")
def heard() -> Heard:
    return spoken_material()[0]


@pytest.mark.parametrize(("detector", "shares"), [(Deaf(), (0.0, 0.0)), (Eager(), (1.0, 1.0))])
def test_all_and_nothing_are_counted_as_such(heard: Heard, detector: Deaf, shares: tuple[float, float]) -> None:
    assert activity.found_and_false(detector, heard, heard.samples) == shares


def test_the_material_knows_where_it_speaks(heard: Heard) -> None:
    found, false = activity.found_and_false(OwnDetector(), heard, heard.samples)

    assert found > 0.98
    assert false < 0.05
    assert not heard.speech[:140].any()
    assert not heard.speech[-140:].any()


def test_noise_is_as_far_under_the_speech_as_it_says(heard: Heard) -> None:
    added = CONDITIONS["white noise, SNR 5 dB"](heard) - heard.samples

    assert 10 * np.log10(heard.power / np.mean(np.square(added))) == pytest.approx(5.0, abs=0.1)
    assert CONDITIONS["30 dB quieter"](heard) == pytest.approx(heard.samples * 10**-1.5, abs=1e-6)


def test_a_stressed_word_is_louder_higher_and_elsewhere_all_stays(heard: Heard) -> None:
    quiet = heard.samples * np.float32(0.1)
    changed, span = manner.stressed(quiet, Span(2.0, 2.4), 6.0, 12.0)

    assert span == pytest.approx((2.0, 2.2), abs=0.01)
    assert np.array_equal(changed[:32_000], quiet[:32_000])
    assert np.array_equal(changed[-1000:], quiet[-1000:])
    assert np.abs(changed[32_000:35_000]).max() == pytest.approx(2.0 * np.abs(quiet[32_000:38_000]).max(), rel=0.1)


def test_the_true_rate_counts_vowels() -> None:
    spoken, samples = said("banana")

    assert manner.true_rate(spoken) == pytest.approx(3 / (len(samples) / 16_000), rel=0.5)
    assert len({language for language, _, _ in TEXTS}) == 8


def test_only_recordings_with_several_voices_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def heard_voices(_: object, samples: Floats) -> Prosody:
        count = int(samples[0])
        flat = np.zeros(1, np.float32)
        return Prosody(flat, flat, flat > 0, (), (), 0.0, speakers=tuple(range(count)))

    monkeypatch.setattr(voices, "prosody_heard", heard_voices)
    sounds = {name: np.full(3, count, np.float32) for name, count in (("a", 1), ("b", 2), ("c", 1), ("d", 1))}

    assert voices.counted({"own": OwnDetector()}, sounds) == [
        ["recording", "own"],
        ["b", "2"],
        ["more than one in all 4", "25.0%"],
    ]
