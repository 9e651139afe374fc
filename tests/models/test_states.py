"""Checkpoints in every wrapping, and files that are none."""

import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.errors import WeightsError
from models.states import fill, read_state, unfilled
from tests.checkpoint_files import WRAPPINGS, write_checkpoint
from tests.seeded_weights import manifest, seeded_state

torch = pytest.importorskip("torch")

NETWORKS = [(model, network) for model in ("wav2lip", "gfpgan", "sadtalker") for network in manifest(model)["networks"]]


def arrays() -> dict[str, Any]:
    """A small network's: one convolution with its batch norm, one linear layer."""
    random = np.random.default_rng(8)
    return {
        "stem.0.weight": random.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "stem.0.bias": random.normal(size=4).astype(np.float32),
        "stem.1.weight": random.normal(size=4).astype(np.float32),
        "stem.1.bias": random.normal(size=4).astype(np.float32),
        "stem.1.running_mean": random.normal(size=4).astype(np.float32),
        "stem.1.running_var": random.uniform(0.5, 1.5, size=4).astype(np.float32),
        "stem.1.num_batches_tracked": np.array(12),
        "head.weight": random.normal(size=(2, 4)).astype(np.float16),
        "head.bias": random.normal(size=2).astype(np.float32),
    }


def small_network() -> Any:
    from torch import nn

    stem = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    return nn.ModuleDict({"stem": stem, "head": nn.Linear(4, 2)})


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_wrapping_gives_the_same_tensors(tmp_path: Path, wrapping: str) -> None:
    path = write_checkpoint(tmp_path / "net.pth", arrays(), wrapping)
    state = read_state(path)
    assert state.keys() == arrays().keys()
    for key, value in arrays().items():
        np.testing.assert_array_equal(state[key].numpy(), value)
        assert state[key].numpy().dtype == value.dtype
    network = unfilled(small_network)
    fill(network, state, path)
    np.testing.assert_array_equal(network["stem"][0].weight.detach().numpy(), arrays()["stem.0.weight"])
    assert network["head"].weight.dtype == torch.float32


def test_a_state_under_a_name_of_its_own_and_a_prefix(tmp_path: Path) -> None:
    path, other = tmp_path / "sadtalker.safetensors", tmp_path / "facevid2vid.tar"
    tensors = {f"net_g.{key}": value for key, value in arrays().items()} | {"other.x": np.ones(2)}
    write_checkpoint(path, tensors, "safetensors")
    assert read_state(path, prefix="net_g.").keys() == arrays().keys()
    torch.save({"generator": {"x": torch.ones(1)}, "kp_detector": {"y": torch.ones(2)}}, other)
    assert list(read_state(other, under=("kp_detector",))) == ["y"]


def test_a_prefix_that_no_key_has_is_named(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "net.pth", arrays())
    with pytest.raises(WeightsError, match="no key begins with 'audio2exp'"):
        read_state(path, prefix="audio2exp")


def test_counters_of_batch_norms_may_lack(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "old.pth", arrays())
    state = read_state(path)
    del state["stem.1.num_batches_tracked"]
    network = unfilled(small_network)
    fill(network, state, path)
    assert int(network["stem"][1].num_batches_tracked) == 0


def test_another_network_is_told_by_the_first_keys_that_differ(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    other = {key.replace("stem.1", "norm"): value for key, value in arrays().items()}
    other["head.weight"] = np.ones((3, 4), np.float32)
    write_checkpoint(path, other)
    with pytest.raises(WeightsError) as raised:
        fill(small_network(), read_state(path), path)
    said = raised.value.message
    assert f"{path} is another checkpoint" in said
    assert "it lacks stem.1.weight, stem.1.bias, stem.1.running_mean and 1 more" in said
    assert "it has besides norm.weight, norm.bias, norm.running_mean and 2 more" in said
    assert "shapes differ: head.weight is (3, 4), not (2, 4)" in said
    assert "models download" in raised.value.cure


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("kept", [0, 1, 9, 100, 0.5, 0.99])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, wrapping: str, kept: float) -> None:
    path = write_checkpoint(tmp_path / "net.pth", arrays(), wrapping)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(WeightsError, match=r"net\.pth cannot be read as a checkpoint: .*\w\.$"):
        read_state(path)


@pytest.mark.parametrize("content", [b"\xff" * 500, pickle.dumps({"a": 1}, 2)])
def test_a_file_that_pytorch_did_not_write_is_told_in_plain_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wav2lip.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"neither a zip archive nor a pickle that PyTorch wrote\.") as raised:
        read_state(path)
    assert "`python main.py models download wav2lip` brings one anew" in raised.value.cure


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>Quota exceeded</html>", b"\x00" * 500, b"\xff" * 500])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
        read_state(path)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"The checkpoint .*net\.pth is missing"):
        read_state(tmp_path / "net.pth")


def test_a_checkpoint_without_tensors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"state_dict": {"epoch": 3}}, path)
    with pytest.raises(WeightsError, match="holds no state dict, neither plain nor under 'net_g'"):
        read_state(path, under=("net_g",))


class Program:
    """Unpickled, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("new_form", [True, False])
def test_code_in_a_checkpoint_is_refused_and_does_not_run(tmp_path: Path, new_form: bool) -> None:
    path, mark = tmp_path / "net.pth", tmp_path / "mark"
    torch.save({"w": torch.ones(2), "x": Program(mark)}, path, _use_new_zipfile_serialization=new_form)
    with pytest.raises(WeightsError, match=r"it wants to run [\w.]+, which no weights need"):
        read_state(path)
    assert not mark.exists()


def test_code_in_the_data_of_an_archive_is_refused_and_does_not_run(tmp_path: Path) -> None:
    path, mark = tmp_path / "net.pth", tmp_path / "mark"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps(Program(mark)))
        archive.writestr("net/code/__torch__.py", "")
    with pytest.raises(WeightsError, match=r"it wants to run [\w.]+, which no weights need"):
        read_state(path)
    assert not mark.exists()


@pytest.mark.parametrize(("model", "network"), NETWORKS)
def test_seeded_weights_are_those_that_outputs_were_recorded_with(model: str, network: str) -> None:
    """By the CRC32 of all tensors but the vectors that went through a matrix product."""
    recorded, found = manifest(model)["networks"][network], 0
    for key, value in seeded_state(model, network).items():
        if recorded["tensors"][key]["kind"] != "sn_v":
            found = zlib.crc32(np.ascontiguousarray(value).tobytes(), found)
    assert f"{found:08x}" == recorded["state_crc32"]
