"""SyncNet judges a video with weights read from a file in the layout of the official one."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import yaml

from avatar.types import AudioClip, Floats, Image, Portrait, Size
from evaluator.optional import JUDGES, Evidence, judged
from evaluator.syncnet import GREY, cropped, face_crops, smoothed_boxes
from models.loaded import process_networks
from models.weights import WeightStore
from tests.checkpoint_files import write_checkpoint
from tests.film_factory import write_film
from tests.seeded_weights import seeded_state
from video_processor.tracking.landmarks import TrackedFace

FRAMES = 8
SYNCNET = tuple(judge for judge in JUDGES if judge.network == "SyncNet")


def moving_face(frames: int = FRAMES, fps: float = 25.0) -> TrackedFace:
    """A box of 40 x 60 around a point that goes right by 1 pixel a frame; not seen in the fourth."""
    marks: Floats = np.zeros((frames, 478, 3), np.float32)
    marks[:, :, 0] = np.linspace(40.0, 80.0, 468)[np.arange(478) % 468] + np.arange(frames)[:, None]
    marks[:, :, 1] = np.linspace(30.0, 90.0, 468)[np.arange(478) % 468]
    marks[3] = np.nan
    return TrackedFace(np.arange(frames) / fps, marks, Size(160, 120))


def evidence(tmp_path: Path, seconds: float = 1.0) -> Evidence:
    random = np.random.default_rng(6)
    film: list[Image] = list(random.integers(0, 256, (FRAMES, 120, 160, 3), np.uint8))
    video = write_film(tmp_path / "film.mp4", film, fps=25)
    sound = random.normal(scale=0.1, size=int(16_000 * seconds)).astype(np.float32)
    return Evidence(video, moving_face(), AudioClip(sound, video), Portrait.__new__(Portrait))


def store(folder: Path) -> WeightStore:
    path = write_checkpoint(folder / "syncnet_v2.model", seeded_state("wav2lip", "syncnet_v2"), "legacy")
    entry = {
        "key": "syncnet-v2",
        "purpose": "Measures lip sync.",
        "group": "test",
        "required": False,
        "file": path.name,
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "MIT",
        "commercial": True,
        "source": {"url": "https://example.org/syncnet_v2.model"},
    }
    registry = folder / "weights.yaml"
    registry.write_text(yaml.safe_dump({"files": [entry]}), encoding="utf-8")
    return WeightStore(folder, registry)


def test_syncnet_gives_its_figures(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    seen = evidence(tmp_path)
    installed = store(tmp_path)
    found = judged(seen, installed, SYNCNET)
    assert found.keys() == {"lse_d", "lse_c", "lse_offset_ms"}
    values = [found[name].value for name in ("lse_d", "lse_c", "lse_offset_ms")]
    assert all(value is not None and np.isfinite(value) for value in values), found
    short = judged(Evidence(seen.video, seen.face, AudioClip(np.zeros(1600, np.float32), seen.video), seen.portrait),
                   installed, SYNCNET)  # fmt: skip
    process_networks().release(("syncnet-v2", tmp_path / "syncnet_v2.model"))
    assert short["lse_c"].value is None
    assert "too short for SyncNet" in short["lse_c"].why


def test_syncnet_that_no_registry_lists_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "weights.yaml").write_text("files: []\n", encoding="utf-8")
    found = judged(Evidence.__new__(Evidence), WeightStore(tmp_path, tmp_path / "weights.yaml"), SYNCNET)
    assert found["lse_d"].why == "SyncNet is not installed"


def test_a_damaged_file_is_told_in_place_of_figures(tmp_path: Path) -> None:
    installed = store(tmp_path)
    path = tmp_path / "syncnet_v2.model"
    path.write_bytes(b"\x00" * path.stat().st_size)
    found = judged(Evidence.__new__(Evidence), installed, SYNCNET)
    assert found["lse_d"].value is None
    assert "syncnet_v2.model" in found["lse_d"].why


def test_crops_are_those_of_syncnets_pipeline() -> None:
    """Half the longer side is 10: rows 20-48 of the frame, columns 36-64; grey where the frame ends."""
    frame = np.full((60, 66, 3), 200, np.uint8)
    frame[20:48, 36:64] = 50
    crop = cropped(frame, np.array([50.0, 30.0, 10.0]))
    assert crop.shape == (224, 224, 3)
    assert (crop == 50).all()
    beside = cropped(frame, np.array([62.0, 30.0, 10.0]))
    assert (beside[:, -60:] == GREY).all()
    assert (beside[:, 135] == 200).all()


def test_boxes_are_smoothed_and_bridged() -> None:
    boxes = smoothed_boxes(moving_face(40), np.arange(40))
    np.testing.assert_allclose(boxes[:, 1:], [[60.0, 30.0]] * 40, atol=0.2)
    np.testing.assert_allclose(boxes[6:-6, 0], 60.0 - 0.042 + np.arange(6, 34), atol=0.1)


def test_frames_are_taken_25_a_second(tmp_path: Path) -> None:
    levels = np.linspace(20, 230, 24)
    film = [np.full((120, 160, 3), int(level), np.uint8) for level in levels]
    video = write_film(tmp_path / "film.mp4", film, fps=50)
    seen = Evidence(video, moving_face(24, 50.0), AudioClip(np.zeros(1, np.float32), video), Portrait.__new__(Portrait))
    crops = face_crops(seen)
    assert len(crops) == 12
    np.testing.assert_allclose(crops[:, 112, 112, 0], levels[::2].astype(int), atol=6)
