"""Both SyncNets against recorded outputs of the originals, and the arithmetic of LSE-D and LSE-C."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.errors import AudioError
from models.acceleration import made_ready
from models.computing import Computing
from models.states import fill, read_state, unfilled
from models.syncnet.measure import score_of, shifted_distances
from models.syncnet.mfcc import mfcc
from models.syncnet.v2 import SyncNet, load_syncnet
from tests.checkpoint_files import write_checkpoint
from tests.models.test_wav2lip_parity import wav
from tests.seeded_weights import assert_golden, generator, network_inputs, seeded_state

torch = pytest.importorskip("torch")


def tensors(network: str) -> dict[str, Any]:
    return {name: torch.from_numpy(value) for name, value in network_inputs("wav2lip", network).items()}


def test_colour_syncnet_equals_the_recorded_embeddings(tmp_path: Path) -> None:
    from models.syncnet.colour import ColourSyncNet

    path = tmp_path / "lipsync_expert.pth"
    write_checkpoint(path, seeded_state("wav2lip", "syncnet_color"), "state_dict")
    network = unfilled(ColourSyncNet)
    fill(network, read_state(path), path)
    inputs = tensors("syncnet_color")
    with torch.inference_mode():
        sound, mouth = made_ready(network, Computing())(inputs["mel"], inputs["face"])
    assert_golden("wav2lip", "syncnet_color/audio_embedding", sound.numpy())
    assert_golden("wav2lip", "syncnet_color/face_embedding", mouth.numpy())


@pytest.fixture(scope="module")
def syncnet(tmp_path_factory: pytest.TempPathFactory) -> SyncNet:
    path = tmp_path_factory.mktemp("syncnet") / "syncnet_v2.model"
    write_checkpoint(path, seeded_state("wav2lip", "syncnet_v2"), "legacy")
    return load_syncnet(path, Computing(batch=2))


def test_syncnet_equals_the_recorded_features(syncnet: SyncNet) -> None:
    inputs = tensors("syncnet_v2")
    with torch.inference_mode():
        heard = syncnet._network.forward_aud(inputs["mfcc"]).numpy()
        seen = syncnet._network.forward_lip(inputs["lip"]).numpy()
    assert_golden("wav2lip", "syncnet_v2/aud", heard)
    assert_golden("wav2lip", "syncnet_v2/lip", seen[:, 0])


def test_cepstra_equal_the_recorded_ones() -> None:
    samples = np.round(wav() * 32767 * 0.9).astype(np.int16)
    assert_golden("wav2lip", "audio/mfcc_int16", mfcc(samples))


def test_distances_and_score_equal_the_recorded_ones() -> None:
    numbers = generator("input:wav2lip/lse_feat")
    lips = numbers.standard_normal((40, 64), np.float32)
    sound = np.roll(lips, 3, axis=0) + np.float32(0.5) * numbers.standard_normal((40, 64), np.float32)
    distances = shifted_distances(lips, sound)
    score = score_of(distances)
    assert_golden("wav2lip", "lse/mean_dist", distances)
    found = np.array([score.offset_frames, score.confidence, score.distance])
    assert_golden("wav2lip", "lse/offset_conf_min", found)


def test_a_film_gives_the_features_of_its_windows(syncnet: SyncNet) -> None:
    """Batches and windows change nothing; pictures are RGB, the network sees BGR in 0..255."""
    crops = np.random.default_rng(3).integers(0, 256, (7, 224, 224, 3), np.uint8)
    found = syncnet.lip_features(crops, 3)
    window = torch.from_numpy(np.ascontiguousarray(crops[2:7, ..., ::-1])).permute(3, 0, 1, 2)[None].float()
    with torch.inference_mode():
        wanted = syncnet._network.forward_lip(window)[0, 0].numpy()
    np.testing.assert_allclose(found[2], wanted, atol=1e-4)
    score = syncnet.offset_and_confidence(crops, wav()[: 8 * 640])
    assert score == score_of(shifted_distances(syncnet.lip_features(crops, 2), syncnet.sound_features(wav()[:5120], 2)))
    assert score.distance > 0.0
    assert score.confidence >= 0.0


def test_too_short_a_film_is_refused(syncnet: SyncNet) -> None:
    with pytest.raises(AudioError, match="5 frames with 16000 samples"):
        syncnet.offset_and_confidence(np.zeros((5, 224, 224, 3), np.uint8), np.zeros(16_000, np.float32))
