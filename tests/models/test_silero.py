import sys
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import MissingExtraError, WeightsError
from models.silero import FRAME_SAMPLES, KEY, SileroNetwork, SileroState
from tests.face_models import face_store


@pytest.fixture(scope="module")
def network() -> SileroNetwork:
    pytest.importorskip("onnxruntime")
    return SileroNetwork(face_store(KEY).path(KEY))


def test_one_frame_at_a_time_is_as_good_as_all_at_once(network: SileroNetwork) -> None:
    samples = (0.1 * np.random.default_rng(0).normal(size=20 * FRAME_SAMPLES)).astype(np.float32)
    whole, after = network(samples, SileroState())
    state, parts = SileroState(), []
    for frame in samples.reshape(-1, FRAME_SAMPLES):
        found, state = network(frame, state)
        parts.append(found)

    assert whole.shape == (20,)
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-4)
    assert state.hidden == pytest.approx(after.hidden, abs=1e-3)
    assert np.array_equal(state.context, samples[-64:])


def test_noise_is_no_speech(network: SileroNetwork) -> None:
    samples = (0.1 * np.random.default_rng(0).normal(size=60 * FRAME_SAMPLES)).astype(np.float32)

    assert network(samples, SileroState())[0].max() < 0.3


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "silero.onnx"
    path.write_bytes(b"not a network")

    with pytest.raises(WeightsError, match=r"silero\.onnx cannot be used: .*models download silero-vad"):
        SileroNetwork(path)


def test_without_onnxruntime_the_cure_is_the_install_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.silero.has_runtime", lambda: False)

    with pytest.raises(MissingExtraError) as caught:
        SileroNetwork(tmp_path / "silero.onnx")
    assert caught.value.cure == f'Run: {sys.executable} -m pip install -e ".[hear]"'
