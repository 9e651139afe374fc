"""SadTalker against recorded outputs of the original, its weights read from files laid out as the official ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.errors import WeightsError
from avatar.types import Floats
from models.computing import Computing
from models.devices import processor
from models.sadtalker.load import (
    EXPRESSION,
    GENERATOR,
    KEYPOINTS,
    POSE,
    RECONSTRUCTION,
    Files,
    fastest,
    load_mapping,
    load_part,
    load_sadtalker,
)
from models.sadtalker.networks import SadTalkerNetworks
from models.sadtalker.prepared import PreparedSource
from models.sadtalker.smoothing import smoothed
from tests.checkpoint_files import write_checkpoint
from tests.seeded_weights import assert_golden, goldens, manifest, network_inputs, seeded_input, seeded_state

torch = pytest.importorskip("torch")

from models.sadtalker.expression import ExpressionNetwork  # noqa: E402
from models.sadtalker.generator import Generator  # noqa: E402
from models.sadtalker.mapping import mapping_degrees  # noqa: E402
from models.sadtalker.moving import moved_keypoints  # noqa: E402
from models.sadtalker.pose import PoseNetwork  # noqa: E402

MODEL = "sadtalker"
ANGLES = ("yaw", "pitch", "roll")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("sadtalker")
    arrays = {}
    for prefix, network in manifest(MODEL)["safetensors"]["prefixes"].items():
        arrays.update({f"{prefix}{key}": value for key, value in seeded_state(MODEL, network).items()})
    path = write_checkpoint(folder / "SadTalker_V0.0.2_256.safetensors", arrays, "safetensors")
    arrays.clear()
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def loaded(checkpoint: Path) -> SadTalkerNetworks:
    path = checkpoint.with_name("mapping_00229-model.pth.tar")
    mapping = write_checkpoint(path, seeded_state(MODEL, "mapping"), "mapping")
    made = load_sadtalker(checkpoint, mapping, Computing())
    mapping.unlink()
    return made


def inputs(network: str) -> dict[str, Any]:
    return {name: torch.from_numpy(value) for name, value in network_inputs(MODEL, network).items()}


@pytest.fixture(scope="module")
def chained() -> dict[str, Any]:
    entries = manifest(MODEL)["pipeline"]["inputs"]
    return {name: torch.from_numpy(seeded_input(entry)) for name, entry in entries.items()}


def test_expressions_equal_the_recorded(loaded: SadTalkerNetworks) -> None:
    given = network_inputs(MODEL, "audio2exp")
    with torch.inference_mode():
        tensors = (given["mel"], given["ref"][0], given["ratio"][0][:, None])
        found = loaded.audio2exp(*(torch.from_numpy(array) for array in tensors)).numpy()
    assert_golden(MODEL, "audio2exp/exp", found[None])
    same_source = loaded.expressions(given["mel"][:, 0], given["ref"][0, 0], given["ratio"][0])
    np.testing.assert_allclose(same_source[0], found[0], atol=1e-5)


def test_poses_equal_the_recorded(loaded: SadTalkerNetworks) -> None:
    """A whole window and a rest, the latents given; raw and smoothed."""
    given = network_inputs(MODEL, "audio2pose")
    ref, style = given["ref"][0, 0], int(given["class"][0])
    with torch.inference_mode():
        mels, start, z = (torch.from_numpy(array) for array in (given["mel"][0], ref[-6:], given["z"][:, 0]))
        found = loaded.audio2pose(mels, start, style, z).numpy()
    assert_golden(MODEL, "audio2pose/pose_pred", found[None])
    assert_golden(MODEL, "audio2pose/pose_motion_pred", (found - ref[-6:])[None])
    assert_golden(MODEL, "audio2pose/pose_pred_savgol13", smoothed(found)[None])
    by_adapter = loaded.poses(given["mel"][0, :, 0], ref, style, given["z"][:, 0])
    assert_golden(MODEL, "audio2pose/pose_pred_savgol13", by_adapter[None])


def test_release_before_gives_the_same(loaded: SadTalkerNetworks, tmp_path: Path) -> None:
    """Its files hold each network under a name of its own, and one file holds two."""
    given = network_inputs(MODEL, "audio2exp")
    states = {name: seeded_state(MODEL, name) for name in ("audio2exp", "audio2pose")}
    write_checkpoint(tmp_path / EXPRESSION.older_file, states["audio2exp"], "model")
    write_checkpoint(tmp_path / POSE.older_file, states["audio2pose"], "model")
    tensors = {name: torch.full((2,), float(number)) for number, name in enumerate(("kp_detector", "generator"))}
    torch.save({name: {"a": value} for name, value in tensors.items()}, tmp_path / GENERATOR.older_file)
    torch.save({"net_recon": {"a": torch.ones(3)}}, tmp_path / RECONSTRUCTION.older_file)
    files = Files(tmp_path)
    for place, name in ((KEYPOINTS, "kp_detector"), (GENERATOR, "generator")):
        torch.testing.assert_close(files.state(place)[0], {"a": tensors[name]})
    assert list(files.state(RECONSTRUCTION)[0]["a"].shape) == [3]
    load_part(files, POSE, PoseNetwork, Computing())
    network = load_part(files, EXPRESSION, ExpressionNetwork, Computing())
    with torch.inference_mode():
        arrays = [torch.from_numpy(array) for array in (given["mel"], given["ref"][0], given["ratio"][0][:, None])]
        torch.testing.assert_close(network(*arrays), loaded.audio2exp(*arrays), rtol=0, atol=0)


def test_another_file_is_told(tmp_path: Path) -> None:
    mapping = write_checkpoint(tmp_path / "mapping.pth.tar", {"first.0.weight": np.ones((2, 80, 7))}, "mapping")
    with pytest.raises(WeightsError, match=r"it lacks first\.0\.bias"):
        load_mapping(mapping, Computing())
    path = write_checkpoint(tmp_path / "other.safetensors", {"kp_extractor.kp.bias": np.ones(15)}, "safetensors")
    with pytest.raises(WeightsError, match=r"no key begins with 'generator\.'"):
        Files(path).state(GENERATOR)


def test_coefficients_of_a_face_equal_the_recorded(loaded: SadTalkerNetworks) -> None:
    with torch.inference_mode():
        assert_golden(MODEL, "face_3drecon/coeff", loaded.recon(inputs("face_3drecon")["image"]).numpy())


def test_mapping_equals_the_recorded(loaded: SadTalkerNetworks) -> None:
    with torch.inference_mode():
        found = loaded.mapping(inputs("mapping")["semantics"])
        for name, values in found.items():
            assert_golden(MODEL, f"mapping/{name}", values.numpy())
        for name in ANGLES:
            assert_golden(MODEL, f"mapping/degrees_{name}", mapping_degrees(found[name]).numpy())
    assert loaded.coefficients == 70


def test_mapping_of_whole_pictures_equals_the_recorded(tmp_path: Path) -> None:
    state = seeded_state(MODEL, "mapping_still")
    path = write_checkpoint(tmp_path / "mapping_00109-model.pth.tar", state, "mapping")
    network = load_mapping(path, Computing())
    with torch.inference_mode():
        for name, values in network(inputs("mapping_still")["semantics"]).items():
            assert_golden(MODEL, f"mapping_still/{name}", values.numpy())


def test_keypoints_equal_the_recorded(loaded: SadTalkerNetworks, chained: dict[str, Any]) -> None:
    with torch.inference_mode():
        assert_golden(MODEL, "kp_extractor/value", loaded.kp_extractor(inputs("kp_extractor")["image"]).numpy())
        canonical = loaded.kp_extractor(chained["source_image"])
        assert_golden(MODEL, "pipeline/kp_canonical", canonical.numpy())
        source = moved_keypoints(canonical[0], loaded.mapping(chained["source_semantics"]))
        assert_golden(MODEL, "pipeline/kp_source", source.numpy())
        asked = loaded.mapping(chained["target_semantics"][0])
        assert_golden(MODEL, "pipeline/kp_driving", moved_keypoints(canonical[0], asked).numpy()[None])
        first = {name: values[:1] for name, values in asked.items()}
        fixed = moved_keypoints(canonical[0], first, torch.tensor([[20.0, -10.0, 5.0]]))
        assert_golden(MODEL, "pipeline/kp_driving_fixed_pose", fixed.numpy())


def test_picture_and_its_motion_equal_the_recorded(loaded: SadTalkerNetworks) -> None:
    given, generator = inputs("generator"), loaded.generator
    motions: list[Any] = []

    def watched(*args: Any) -> Any:
        motions.append(motion(*args))
        return motions[-1]

    with torch.inference_mode(), pytest.MonkeyPatch.context() as patch:
        motion = generator.motion
        patch.setattr(generator, "motion", watched)
        features = generator.features(given["source_image"])
        drawn = generator(features, given["kp_source"] + given["kp_offset"], given["kp_source"])
    [(mask, deformation, occlusion)] = motions
    assert_golden(MODEL, "generator/mask", mask.permute(3, 0, 1, 2)[None, :, ::4, ::4, ::4].numpy())
    assert_golden(MODEL, "generator/deformation", deformation[None, ::4, ::4, ::4].numpy())
    assert_golden(MODEL, "generator/occlusion_map", occlusion.permute(2, 0, 1)[None].numpy())
    assert_golden(MODEL, "generator/prediction", drawn.numpy())


@pytest.mark.skipif(not processor().flags, reason="a processor without instructions for bfloat16 does not use it")
def test_the_picture_in_bfloat16_stays_near_the_recorded_one(checkpoint: Path) -> None:
    """16.6 of 255 levels at the worst pixel, 2 on the whole."""
    given, reduced = inputs("generator"), Computing(precision="bf16")
    with torch.inference_mode():
        generator = fastest(load_part(Files(checkpoint), GENERATOR, Generator, reduced), reduced)
        features = generator.features(given["source_image"])
        drawn = generator(features, given["kp_source"] + given["kp_offset"], given["kp_source"])
    assert drawn.dtype == torch.float32
    difference = np.abs(drawn.numpy() - goldens(MODEL)["generator/prediction"])
    assert difference.max() < 0.065
    assert difference.mean() < 0.0078


def test_chain_equals_the_recorded_and_is_drawn_rounded(loaded: SadTalkerNetworks, chained: dict[str, Any]) -> None:
    """From a picture and coefficients to two frames, as `prepare` and `draw` do."""
    semantics = chained["target_semantics"][0].numpy()
    prepared = prepared_from(loaded, chained)
    kept: list[Floats] = []
    pictures = prepared.pictures

    def watched(driving: Any) -> Any:
        drawn = pictures(driving)
        kept.append(drawn.numpy().copy())
        return drawn

    prepared.pictures = watched  # type: ignore[method-assign]
    frames = prepared.draw(semantics)
    exact = np.concatenate(kept)
    assert_golden(MODEL, "pipeline/prediction", exact[None, ..., ::2, ::2])
    np.testing.assert_array_equal(frames, np.rint(exact * np.float32(255.0)).transpose(0, 2, 3, 1).astype(np.uint8))
    assert prepared.notes == ()


def prepared_from(loaded: SadTalkerNetworks, chained: dict[str, Any]) -> PreparedSource:
    """A source whose coefficients change over time, as the recorded one's do."""
    with torch.inference_mode():
        canonical = loaded.kp_extractor(chained["source_image"])[0]
        source = moved_keypoints(canonical, loaded.mapping(chained["source_semantics"]))
        return PreparedSource(loaded, loaded.generator.features(chained["source_image"]), canonical, source)
