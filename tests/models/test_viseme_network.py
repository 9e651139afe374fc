"""The lip network: one result however the sound comes, and weights that are what they should be."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from avatar.errors import WeightsError
from avatar.types import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats, VisemeTrack
from models.visemes.fingerprint import SHA256
from models.visemes.levelling import LIMIT, Levelling
from models.visemes.mel import MEL_BANDS, WINDOW_SAMPLES, log_mel
from models.visemes.stream import LOOK_AHEAD_SECONDS, VisemeStream, visemes_of
from models.visemes.weights import WEIGHTS_FILE, own_network, read_network

CURVES = ("probabilities", "opening", "width", "rounding", "closure")
TOLERANCE = 1e-5


def babble(seconds: float, seed: int = 3) -> Floats:
    """Noise whose colour and level change like a voice's, at speed."""
    random = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE_HZ)
    places = np.arange(0, count + 1600, 1600)
    level = np.interp(np.arange(count), places, random.uniform(0, 1, len(places)))
    buzz = np.sign(np.sin(2 * np.pi * 130 * np.arange(count) / SAMPLE_RATE_HZ))
    return (0.1 * level * (buzz + random.normal(size=count))).astype(np.float32)


def pieces(samples: Floats, size: int) -> Iterable[Floats]:
    return (samples[first : first + size] for first in range(0, len(samples), size))


def assert_same(one: VisemeTrack, other: VisemeTrack) -> None:
    for name in CURVES:
        assert getattr(one, name).shape == getattr(other, name).shape
        assert np.allclose(getattr(one, name), getattr(other, name), atol=TOLERANCE), name


@pytest.mark.parametrize("size", [1, 37, 160, 640, 5_000])
def test_a_stream_in_any_pieces_gives_what_the_whole_gives(size: int) -> None:
    samples = babble(0.5 if size == 1 else 3.0)

    assert_same(visemes_of(pieces(samples, size)), visemes_of([samples]))


@pytest.mark.parametrize("count", [0, 1, 159, 160, 161, 319, 321, 3_200, 16_001])
def test_there_is_a_frame_for_every_10_ms_begun_and_at_least_one(count: int) -> None:
    track = visemes_of([babble(2.0)[:count]])

    frames = max(1, -(-count // HOP_SAMPLES))
    assert track.probabilities.shape == (frames, 15)
    assert all(getattr(track, name).shape == (frames,) for name in CURVES[1:])
    assert all(getattr(track, name).dtype == np.float32 for name in CURVES)


def test_no_frame_comes_later_than_the_look_ahead() -> None:
    stream = VisemeStream()
    samples = babble(2.0)
    given = 0
    for known in range(40, len(samples), 40):
        given += len(stream.push(samples[known - 40 : known]).opening)
        sure = (known / SAMPLE_RATE_HZ - LOOK_AHEAD_SECONDS) * SAMPLE_RATE_HZ / HOP_SAMPLES
        assert given >= int(np.floor(sure + 1e-9)) + 1 or sure < 0


def test_the_look_ahead_is_at_most_100_ms_and_what_lies_past_it_changes_nothing() -> None:
    assert LOOK_AHEAD_SECONDS <= 0.1
    samples = babble(3.0)
    changed = samples.copy()
    changed[2 * SAMPLE_RATE_HZ :] = babble(1.0, seed=9)
    sure = int((2.0 - LOOK_AHEAD_SECONDS) * 100) + 1

    one, other = visemes_of([samples]), visemes_of([changed])
    assert np.allclose(one.opening[: sure - 2], other.opening[: sure - 2], atol=TOLERANCE)
    assert not np.allclose(one.opening[sure + 10 :], other.opening[sure + 10 :], atol=0.01)


def test_every_curve_has_its_range() -> None:
    track = visemes_of([babble(3.0)])

    assert np.allclose(track.probabilities.sum(axis=1), 1.0, atol=1e-4)
    for name in CURVES:
        assert 0.0 <= getattr(track, name).min() <= getattr(track, name).max() <= 1.0


def test_a_full_scale_sine_has_power_one_in_its_band() -> None:
    mel = log_mel(np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ).astype(np.float32))

    assert mel.shape == (1 + (SAMPLE_RATE_HZ - WINDOW_SAMPLES) // HOP_SAMPLES, MEL_BANDS)
    assert mel.max() == pytest.approx(0.0, abs=0.7)


@pytest.mark.parametrize("gain_db", [-30.0, -10.0, 12.0])
def test_levelling_forgets_the_level(gain_db: float) -> None:
    mel = log_mel(babble(6.0))
    plain, louder = Levelling(), Levelling()

    one = plain.push(mel)[300:]
    other = louder.push(mel + np.float32(gain_db / 10 * np.log(10)))[300:]
    assert np.abs(one).max() <= LIMIT
    assert np.median(np.abs(one - other)) < 0.25


def test_the_weights_are_small_and_say_what_they_are() -> None:
    assert WEIGHTS_FILE.stat().st_size < 2_000_000
    with safe_open(WEIGHTS_FILE, "numpy") as file:
        told = json.loads(file.metadata()["training"])

    assert {"version", "seed", "settings", "metrics", "voices"} <= told.keys()
    assert told["metrics"]["opening_r"] > 0.6


def test_weights_of_another_content_are_refused(tmp_path: Path) -> None:
    content = bytearray(WEIGHTS_FILE.read_bytes())
    content[-5] ^= 1
    forged = tmp_path / "visemes.safetensors"
    forged.write_bytes(content)

    with pytest.raises(WeightsError, match=r"visemes\.safetensors is damaged"):
        read_network(forged, SHA256)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.safetensors cannot be read"):
        read_network(tmp_path / "none.safetensors", SHA256)


def test_the_fingerprint_is_that_of_the_file() -> None:
    assert hashlib.sha256(WEIGHTS_FILE.read_bytes()).hexdigest() == SHA256
    assert own_network() is own_network()
