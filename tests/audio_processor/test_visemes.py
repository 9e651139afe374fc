import numpy as np
import pytest

from audio_processor.phonemes import viseme_track
from audio_processor.tracks import measure
from audio_processor.vad import speech_mask
from audio_processor.visemes import visemes_from_sound
from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import Floats, VisemeTrack
from tests.audio_processor.sounds import Said, harmonics, noise, silence, sine, tones

CURVES = ("opening", "width", "rounding", "closure")


@pytest.fixture(scope="module")
def heard(said: Said) -> VisemeTrack:
    return visemes_from_sound(said.samples)


@pytest.fixture(scope="module")
def known(said: Said) -> VisemeTrack:
    return viseme_track(said.spoken.phonemes, -(-len(said.samples) // 160))


@pytest.mark.parametrize(
    ("samples", "most"),
    [(silence(3), 0.01), (noise(3), 0.05), (tones(3), 0.15), (sine(220, 3), 0.15), (harmonics(150, 3), 0.15)],
    ids=["silence", "noise", "tune", "tone", "buzz"],
)
def test_without_speech_the_lips_are_all_but_closed(samples: Floats, most: float) -> None:
    track = visemes_from_sound(samples)

    assert track.opening.mean() < most
    assert track.probabilities[:, VISEME_INDEX["sil"]].mean() > 0.7


@pytest.mark.parametrize("tilt", [0.0, 0.5])
@pytest.mark.parametrize("level", [0.003, 0.3])
def test_noise_of_any_level_and_colour_does_not_speak(level: float, tilt: float) -> None:
    spectrum = np.fft.rfft(noise(4, level=1.0))
    coloured = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20.0) ** tilt)
    samples = (coloured / coloured.std() * level).astype(np.float32)

    assert visemes_from_sound(samples).opening.mean() < 0.05


def test_every_curve_has_its_range_and_rows_sum_to_one(heard: VisemeTrack) -> None:
    assert heard.probabilities.shape == (len(heard.opening), len(VISEMES))
    assert np.allclose(heard.probabilities.sum(axis=1), 1.0, atol=1e-4)
    for name in CURVES:
        curve = getattr(heard, name)
        assert curve.dtype == np.float32
        assert len(curve) == len(heard.opening)
        assert 0.0 <= curve.min() <= curve.max() <= 1.0


@pytest.mark.parametrize(("name", "least"), [("opening", 0.8), ("width", 0.75), ("rounding", 0.75), ("closure", 0.75)])
def test_the_lips_heard_resemble_those_of_the_sounds_spoken(
    heard: VisemeTrack, known: VisemeTrack, name: str, least: float
) -> None:
    assert np.corrcoef(getattr(heard, name), getattr(known, name))[0, 1] > least


def test_the_lips_lead_the_sound_like_those_of_the_sounds_spoken(heard: VisemeTrack, known: VisemeTrack) -> None:
    lags = range(-12, 13)
    likeness = [np.corrcoef(np.roll(heard.opening, lag), known.opening)[0, 1] for lag in lags]

    assert abs(lags[int(np.argmax(likeness))]) <= 1


def test_bilabials_that_are_spoken_close_the_lips(said: Said, heard: VisemeTrack) -> None:
    shut = (heard.closure > 0.5) | (heard.opening < 0.07)
    middles = [(p.start + p.end) / 2 for p in said.spoken.phonemes if p.symbol and p.symbol[0] in "pbm"]

    closed = [shut[max(0, int((at - 0.06) * 100)) : int((at + 0.06) * 100) + 1].any() for at in middles]
    assert len(middles) > 5
    assert np.mean(closed) > 0.8


def test_lips_open_as_far_and_as_often_as_people_do(said: Said, heard: VisemeTrack) -> None:
    speaking = speech_mask(measure(said.samples))
    opening = heard.opening[speaking]

    assert 0.15 < opening.mean() < 0.4
    assert 0.45 < np.percentile(opening, 95) < 0.85
    assert 0.05 < (opening < 0.07).mean() < 0.39


def test_lips_do_not_jitter(heard: VisemeTrack) -> None:
    speeds = np.abs(np.diff(heard.opening)) * 100
    turns = np.diff(np.sign(np.diff(heard.opening)))

    assert np.percentile(speeds, 95) < 11.0
    assert (turns != 0).mean() < 0.3


def test_closed_lips_are_not_open(heard: VisemeTrack) -> None:
    assert heard.opening[heard.closure == 1.0].max(initial=0.0) < 0.2


@pytest.mark.parametrize("gain", [0.05, 0.2, 3.0])
def test_lips_do_not_depend_on_the_level(said: Said, heard: VisemeTrack, gain: float) -> None:
    changed = visemes_from_sound((said.samples * np.float32(gain)).astype(np.float32))

    assert np.corrcoef(changed.opening, heard.opening)[0, 1] > 0.9
    assert changed.opening.std() == pytest.approx(heard.opening.std(), rel=0.15)


def test_lips_follow_speech_in_noise(said: Said, heard: VisemeTrack) -> None:
    level = float(np.sqrt(np.mean(np.square(said.samples)))) * 10 ** (-15 / 20)
    noisy = visemes_from_sound(said.samples + noise(len(said.samples) / 16_000, level=level)[: len(said.samples)])

    assert np.corrcoef(noisy.opening, heard.opening)[0, 1] > 0.75


def test_lips_close_in_the_silence_around_speech(said: Said) -> None:
    track = visemes_from_sound(np.concatenate([silence(1), said.samples, silence(2)]))

    assert track.opening[:80].max() < 0.05
    assert track.opening[-100:].max() < 0.05
    assert track.opening[100:-200].max() > 0.5


def test_working_in_blocks_is_working_on_the_whole(said: Said, heard: VisemeTrack) -> None:
    parts = visemes_from_sound(said.samples, block_samples=4_321)

    assert np.allclose(parts.probabilities, heard.probabilities, atol=1e-5)
    assert all(np.allclose(getattr(parts, name), getattr(heard, name), atol=1e-5) for name in CURVES)


def test_what_the_check_raises_ends_the_work(said: Said) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visemes_from_sound(said.samples, check=stop)


def test_a_change_of_level_in_the_middle_is_followed(said: Said, heard: VisemeTrack) -> None:
    quiet = (said.samples * np.float32(0.05)).astype(np.float32)
    track = visemes_from_sound(np.concatenate([said.samples, silence(10), quiet]))

    later = track.opening[-len(heard.opening) :]
    assert np.corrcoef(later, heard.opening)[0, 1] > 0.8
    assert later.std() > 0.7 * heard.opening.std()
