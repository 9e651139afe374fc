import numpy as np
import pytest

from audio_processor import visemes
from audio_processor.phonemes import viseme_track
from audio_processor.tracks import SoundTracks, measure
from audio_processor.vad import speech_mask
from audio_processor.visemes import visemes_from_sound
from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import Floats, VisemeTrack
from tests.audio_processor.sounds import Said, noise, silence, sine, tones

CURVES = ("opening", "width", "rounding", "closure")


def lips_of(samples: Floats) -> tuple[VisemeTrack, SoundTracks]:
    tracks = measure(samples)
    return visemes_from_sound(tracks, speech_mask(tracks)), tracks


@pytest.fixture(scope="module")
def heard(said: Said) -> VisemeTrack:
    return lips_of(said.samples)[0]


@pytest.fixture(scope="module")
def known(said: Said) -> VisemeTrack:
    return viseme_track(said.spoken.phonemes, -(-len(said.samples) // 160))


@pytest.mark.parametrize(
    "samples",
    [silence(2), noise(2), tones(2), sine(220, 2), np.full(1, 0.1, np.float32)],
    ids=["silence", "noise", "tune", "tone", "one sample"],
)
def test_without_speech_the_lips_are_closed(samples: Floats) -> None:
    track, _ = lips_of(samples)

    assert track.opening.max() == 0.0
    assert (track.probabilities[:, VISEME_INDEX["sil"]] == 1.0).all()
    assert (track.closure > 0).all()


def test_every_curve_has_its_range_and_rows_sum_to_one(heard: VisemeTrack) -> None:
    assert heard.probabilities.shape == (len(heard.opening), len(VISEMES))
    assert heard.probabilities.dtype == np.float32
    assert np.allclose(heard.probabilities.sum(axis=1), 1.0, atol=1e-4)
    for name in CURVES:
        curve = getattr(heard, name)
        assert curve.dtype == np.float32
        assert len(curve) == len(heard.opening)
        assert 0.0 <= curve.min() <= curve.max() <= 1.0


@pytest.mark.parametrize(("name", "least"), [("opening", 0.5), ("width", 0.4), ("rounding", 0.4)])
def test_the_lips_heard_resemble_those_of_the_sounds_spoken(
    heard: VisemeTrack, known: VisemeTrack, name: str, least: float
) -> None:
    assert np.corrcoef(getattr(heard, name), getattr(known, name))[0, 1] > least


def test_the_lips_lead_the_sound_like_those_of_the_sounds_spoken(heard: VisemeTrack, known: VisemeTrack) -> None:
    lags = range(-12, 13)
    likeness = [np.corrcoef(np.roll(heard.opening, lag), known.opening)[0, 1] for lag in lags]

    assert abs(lags[int(np.argmax(likeness))]) <= 2


def test_lips_open_as_far_and_as_often_as_people_do(said: Said, heard: VisemeTrack) -> None:
    speaking = speech_mask(measure(said.samples))
    opening = heard.opening[speaking]

    assert 0.15 < opening.mean() < 0.4
    assert 0.45 < np.percentile(opening, 95) < 0.8
    assert 0.09 < (opening < 0.05).mean() < 0.39


def test_lips_do_not_jitter(heard: VisemeTrack) -> None:
    speeds = np.abs(np.diff(heard.opening)) * 100
    turns = np.diff(np.sign(np.diff(heard.opening)))

    assert np.percentile(speeds, 95) < 9.0
    assert (turns != 0).mean() < 0.2


def test_closed_lips_are_not_open(heard: VisemeTrack) -> None:
    assert heard.opening[heard.closure > 0.9].max(initial=0.0) < 0.1


@pytest.mark.parametrize("gain", [0.001, 0.03, 3.0])
def test_lips_do_not_depend_on_the_level(said: Said, heard: VisemeTrack, gain: float) -> None:
    changed, _ = lips_of((said.samples * np.float32(gain)).astype(np.float32))

    assert np.corrcoef(changed.opening, heard.opening)[0, 1] > 0.93
    assert changed.opening.std() == pytest.approx(heard.opening.std(), rel=0.15)


def test_lips_follow_speech_in_noise(said: Said, heard: VisemeTrack) -> None:
    level = float(np.sqrt(np.mean(np.square(said.samples)))) * 10 ** (-15 / 20)
    noisy, _ = lips_of(said.samples + noise(len(said.samples) / 16_000, level=level)[: len(said.samples)])

    assert np.corrcoef(noisy.opening, heard.opening)[0, 1] > 0.7


def test_lips_close_in_the_silence_around_speech(said: Said) -> None:
    track, _ = lips_of(np.concatenate([silence(1), said.samples, silence(2)]))

    assert track.opening[:80].max() < 0.01
    assert track.opening[-100:].max() < 0.01
    assert track.opening[100:-200].max() > 0.5


def test_working_in_blocks_is_working_on_the_whole(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = lips_of(said.samples)
    monkeypatch.setattr(visemes, "BLOCK_FRAMES", 41)
    parts, _ = lips_of(said.samples)

    assert np.allclose(parts.probabilities, whole.probabilities, atol=1e-4)
    assert all(np.allclose(getattr(parts, name), getattr(whole, name), atol=1e-3) for name in CURVES)


def test_a_change_of_level_in_the_middle_is_followed(said: Said, heard: VisemeTrack) -> None:
    quiet = (said.samples * np.float32(0.05)).astype(np.float32)
    track, _ = lips_of(np.concatenate([said.samples, silence(25), quiet]))

    later = track.opening[-len(heard.opening) :]
    assert np.corrcoef(later, heard.opening)[0, 1] > 0.9
    assert later.std() > 0.7 * heard.opening.std()
