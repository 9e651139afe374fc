"""The training of the lip network: its data, and a small run of it all."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from audio_processor.articulation import ARTICULATIONS, letters
from audio_processor.tts import Phoneme
from avatar.types import SAMPLE_RATE_HZ
from scripts.training import phone_sets
from scripts.training.noises import KINDS, nobody_speaks
from scripts.training.phone_sets import symbol
from scripts.training.scenes import BREATH, silent_scene, spoken_scene
from scripts.training.sentences import SENTENCES, sentences
from scripts.training.utterances import Utterance, phones_from_ends

SETS = {
    "radio": phone_sets.RADIO,
    "romance": phone_sets.ROMANCE,
    "czech": phone_sets.CZECH,
    "finnish": phone_sets.FINNISH,
    "russian": phone_sets.RUSSIAN,
}


def utterance() -> Utterance:
    sound = 0.1 * np.random.default_rng(0).normal(size=2 * SAMPLE_RATE_HZ).astype(np.float32)
    return Utterance("a voice", "en", sound, (Phoneme("m", 0.1, 0.3), Phoneme("a", 0.3, 1.0), Phoneme("p", 1.0, 1.2)))


@pytest.mark.parametrize("name", SETS)
def test_every_phone_has_letters_that_the_lips_know(name: str) -> None:
    for phone, ipa in SETS[name].items():
        units = letters(ipa)
        assert units, phone
        assert all(unit.letter in ARTICULATIONS or unit.letter in "hɦx" for unit in units), phone


def test_marks_of_stress_and_length_are_read() -> None:
    assert symbol("a1", phone_sets.ROMANCE) == "ˈa"
    assert symbol("t:", phone_sets.FINNISH) == "tː"
    assert symbol("pau", phone_sets.RADIO) == ""
    assert symbol("nonsense", phone_sets.RADIO) is None


def test_times_of_ends_become_stretches() -> None:
    assert phones_from_ends([("", 0.2), ("m", 0.3), ("m", 0.3), ("a", 0.5)]) == (
        Phoneme("", 0.0, 0.2),
        Phoneme("m", 0.2, 0.3),
        Phoneme("a", 0.3, 0.5),
    )


@pytest.mark.parametrize("language", ["en", "de", "cmn"])
def test_sentences_are_new_ones_and_the_same_for_a_seed(language: str) -> None:
    count = len(SENTENCES[language]) + 20
    said = sentences(language, count, np.random.default_rng(4))

    assert len(said) == count
    assert len(set(said)) > count - 5
    assert said == sentences(language, count, np.random.default_rng(4))


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS), ids=lambda kind: kind.__name__)
def test_every_noise_is_finite_and_no_louder_than_it_says(kind: object) -> None:
    assert callable(kind)
    sound = kind(8_000, np.random.default_rng(1))

    assert sound.shape == (8_000,)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1.6


def test_the_phones_of_a_scene_lie_where_its_sound_lies() -> None:
    for seed in range(8):
        scene = spoken_scene(utterance(), np.random.default_rng(seed))
        said = [phoneme for phoneme in scene.phonemes if phoneme.symbol != BREATH]
        first, last = said[0], said[-1]

        assert 0.0 <= first.start < last.end <= len(scene.samples) / SAMPLE_RATE_HZ
        assert 0.8 < (last.end - first.start) / 1.1 < 1.25
        assert np.abs(scene.samples).max() <= 1.0


def test_silent_scenes_have_no_phones_and_no_two_sound_alike() -> None:
    one, other = (silent_scene(np.random.default_rng(seed)) for seed in (1, 2))

    assert not one.phonemes
    assert len(one.samples) != len(other.samples)
    assert len(nobody_speaks(0.5, np.random.default_rng(3))) == SAMPLE_RATE_HZ // 2


def test_a_small_training_gives_the_same_network_twice(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from models.visemes.weights import read_network
    from scripts.training.recipe import Recipe, trained
    from scripts.training.saving import save_weights

    recipe = Recipe(seed=5, flite=1 if shutil.which("flite") else 0, festival=0, espeak=14, variants=1, steps=3)
    contents = []
    for attempt in ("one", "two"):
        (tmp_path / attempt).mkdir()
        path = save_weights(trained(recipe, tmp_path / attempt), recipe, tmp_path / f"{attempt} out")
        contents.append(path.read_bytes())

    assert contents[0] == contents[1]
    network = read_network(path, hashlib.sha256(contents[1]).hexdigest())
    assert len(network.layers) == 8


def test_the_exported_network_computes_what_the_trained_one_does() -> None:
    torch = pytest.importorskip("torch")
    from models.visemes.mel import MEL_BANDS
    from models.visemes.network import NetworkStream
    from models.visemes.weights import network_of
    from scripts.training.network import LipNetwork, arrays

    torch.manual_seed(2)
    trained_one = LipNetwork()
    for norm in trained_one.norms:
        norm.running_mean.uniform_(-0.5, 0.5)
        norm.running_var.uniform_(0.5, 2.0)
    trained_one.eval()
    levelled = np.random.default_rng(0).normal(size=(120, MEL_BANDS)).astype(np.float32)
    with torch.no_grad():
        wanted = trained_one(torch.from_numpy(levelled[None]))[0][0].numpy()
    stream = NetworkStream(network_of(arrays(trained_one, np.zeros((15, 2), np.float32))))

    assert np.allclose(np.concatenate([stream.push(levelled), stream.flush()]), wanted, atol=1e-4)
