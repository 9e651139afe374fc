"""Wav2Lip against recorded outputs of the original, its weights read from files in the layouts of the official ones."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.types import Floats
from models.computing import Computing
from models.wav2lip.generator import HIDDEN_FROM_ROW, LipGenerator, load_generator
from models.wav2lip.mel import frames_heard, mel_filters, mel_spectrogram, mel_window_starts, mel_windows
from tests.checkpoint_files import write_checkpoint
from tests.seeded_weights import assert_golden, generator, goldens, network_inputs, seeded_state

torch = pytest.importorskip("torch")

SAMPLES = 32_123


def wav() -> Floats:
    """The recorded sound: a swept tone, another that wavers, a high one, noise; silence in 20000-23999."""
    t = np.arange(SAMPLES) / 16_000.0
    w = 0.35 * np.sin(2 * np.pi * (120 * t + 40 * t**2))
    w += 0.2 * np.sin(2 * np.pi * 700 * t + 300 * np.sin(2 * np.pi * 1.5 * t)) + 0.1 * np.sin(2 * np.pi * 3100 * t)
    w *= 0.55 + 0.45 * np.sin(2 * np.pi * 3 * t)
    w += 0.01 * generator("input:wav2lip/wav").standard_normal(SAMPLES)
    w[20_000:24_000] = 0.0
    return w.astype(np.float32)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LipGenerator:
    path = tmp_path_factory.mktemp("wav2lip") / "wav2lip.pth"
    write_checkpoint(path, seeded_state("wav2lip", "generator"), "parallel")
    made = load_generator(path, Computing(batch=2))
    path.unlink()
    return made


def network_of(loaded: LipGenerator) -> Any:
    return loaded._network


@pytest.fixture(scope="module")
def inputs() -> dict[str, Any]:
    return {name: torch.from_numpy(value) for name, value in network_inputs("wav2lip", "generator").items()}


def test_generator_equals_the_recorded_pictures(loaded: LipGenerator, inputs: dict[str, Any]) -> None:
    with torch.inference_mode():
        image = network_of(loaded)(inputs["mel"], inputs["face"]).numpy()
        sound = network_of(loaded).audio_encoder(inputs["mel"]).numpy()
    assert_golden("wav2lip", "generator/image", image)
    assert_golden("wav2lip", "generator/audio_embedding", sound)


def test_generator_equals_the_recorded_pictures_of_a_masked_face(loaded: LipGenerator, inputs: dict[str, Any]) -> None:
    face = inputs["face"][:, :3].repeat(1, 2, 1, 1)
    face[:, :3, HIDDEN_FROM_ROW:] = 0.0
    with torch.inference_mode():
        image = network_of(loaded)(inputs["mel"], face).numpy()
    assert_golden("wav2lip", "generator/image_masked_face", image)


def test_torchscript_archive_gives_the_same_pictures(
    tmp_path: Path, loaded: LipGenerator, inputs: dict[str, Any]
) -> None:
    path = write_checkpoint(tmp_path / "wav2lip_gan.pth", seeded_state("wav2lip", "generator"), "torchscript")
    archived = load_generator(path, Computing())
    faces = np.random.default_rng(1).integers(0, 256, (1, 96, 96, 3), np.uint8)
    mels = inputs["mel"][:1, 0].numpy()
    np.testing.assert_array_equal(archived.draw(mels, faces), loaded.draw(mels, faces))


def test_draw_shows_the_network_what_the_original_does(loaded: LipGenerator, inputs: dict[str, Any]) -> None:
    """RGB in and out, BGR within; the lower half hidden in the first three channels; values truncated."""
    faces = np.random.default_rng(2).integers(0, 256, (3, 96, 96, 3), np.uint8)
    mels = inputs["mel"][[0, 1, 0], 0].numpy()
    bgr = faces[..., ::-1].astype(np.float32) / 255.0
    hidden = bgr.copy()
    hidden[:, 48:] = 0.0
    shown = torch.from_numpy(np.concatenate([hidden, bgr], axis=3).transpose(0, 3, 1, 2))
    with torch.inference_mode():
        wanted = network_of(loaded)(torch.from_numpy(mels[:, None]), shown).numpy() * 255.0
    drawn = loaded.draw(mels, faces)
    assert drawn.shape == faces.shape
    assert drawn.dtype == np.uint8
    difference = wanted.transpose(0, 2, 3, 1)[..., ::-1] - drawn
    assert difference.min() >= -0.01
    assert difference.max() <= 1.01


@pytest.mark.parametrize("top", [1, 13, 48, 95])
def test_rows_from_the_top_on_are_the_same_as_when_all_are_drawn(
    loaded: LipGenerator, inputs: dict[str, Any], top: int
) -> None:
    with torch.inference_mode():
        whole = network_of(loaded)(inputs["mel"], inputs["face"])
        below = network_of(loaded)(inputs["mel"], inputs["face"], top)
    np.testing.assert_allclose(below.numpy(), whole[:, :, top:].numpy(), atol=2e-5)


def test_rows_above_the_top_are_those_of_the_face(loaded: LipGenerator, inputs: dict[str, Any]) -> None:
    faces = np.random.default_rng(5).integers(0, 256, (2, 96, 96, 3), np.uint8)
    drawn = loaded.draw(inputs["mel"][:, 0].numpy(), faces, top=48)
    np.testing.assert_array_equal(drawn[:, :48], faces[:, :48])
    assert drawn.shape == faces.shape
    assert (drawn[:, 48:] != faces[:, 48:]).any()


def test_draw_of_no_faces_is_none(loaded: LipGenerator) -> None:
    none = loaded.draw(np.zeros((0, 80, 16), np.float32), np.zeros((0, 96, 96, 3), np.uint8))
    assert none.shape == (0, 96, 96, 3)


def test_the_sound_is_the_recorded_one() -> None:
    assert_golden("wav2lip", "audio/wav_head", wav()[:64])


def test_mel_equals_the_recorded_spectrogram() -> None:
    assert_golden("wav2lip", "audio/mel_basis", mel_filters())
    assert_golden("wav2lip", "audio/mel", mel_spectrogram(wav()))


@pytest.mark.parametrize("rate", ["24", "25", "29.97", "30"])
def test_windows_begin_where_the_original_takes_them(rate: str) -> None:
    wanted = goldens("wav2lip")[f"audio/chunk_starts_fps_{rate}"]
    assert frames_heard(161, Fraction(rate)) == len(wanted)
    assert mel_window_starts(len(wanted), Fraction(rate), 161) == tuple(wanted)
    assert mel_window_starts(len(wanted) + 3, Fraction(rate), 161)[-3:] == (145, 145, 145)


def test_windows_of_sound_that_is_shorter_than_one_end_in_silence() -> None:
    mel = mel_spectrogram(wav()[:900])
    windows = mel_windows(mel, mel_window_starts(2, Fraction(25), mel.shape[1]))
    assert windows.shape == (2, 80, 16)
    np.testing.assert_array_equal(windows[1, :, :5], mel)
    assert (windows[:, :, 5:] == -4.0).all()


def test_mel_of_hardly_any_sound() -> None:
    assert mel_spectrogram(np.zeros(0, np.float32)).shape == (80, 1)
    assert (mel_spectrogram(np.zeros(300, np.float32)) == -4.0).all()
