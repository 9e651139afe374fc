"""What may be used by licence holds for talking heads too, for files that one names as for those of the folder."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar.settings import Settings
from models.sources import REGISTRY_FILE
from talking_heads import Wav2LipTalkingHead
from tests.face_models import CHECKPOINTS, FACE_MODELS, GRACE_HOPPER, face_store


def describe(place: Path, monkeypatch: pytest.MonkeyPatch, **changes: dict[str, Any]) -> None:
    """The project's own registry, with these changes to its entries."""
    content = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    content["files"] = [{**entry, **changes.get(entry["key"].replace("-", "_"), {})} for entry in content["files"]]
    place.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setattr("models.weights.REGISTRY_FILE", place)


def settings_for(folder: Path, *, noncommercial: bool) -> Settings:
    return Settings(checkpoints_dir=CHECKPOINTS, data_dir=folder, allow_noncommercial_weights=noncommercial)


def test_a_published_checkpoint_is_refused_under_another_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)
    named = tmp_path / "mine.pth"
    named.write_bytes(b"in the place of Wav2Lip's")
    digest = hashlib.sha256(named.read_bytes()).hexdigest()
    describe(tmp_path / "weights.yaml", monkeypatch, wav2lip_gan={"size": named.stat().st_size, "sha256": digest})
    settings = settings_for(tmp_path, noncommercial=False)
    head = Wav2LipTalkingHead(picture, "cpu", model_path=named, settings=settings)
    with pytest.raises(RuntimeError, match=r"wav2lip_gan\.pth \(wav2lip-gan\) is not for commercial use"):
        head.preprocess_avatar()


def test_what_finds_faces_goes_by_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)
    describe(tmp_path / "weights.yaml", monkeypatch, face_mesh={"commercial": False})
    assert not Wav2LipTalkingHead(picture, "cpu", settings=settings_for(tmp_path, noncommercial=True)).get_model_info()[
        "model_loaded"
    ]
    with pytest.raises(RuntimeError, match="not for commercial use"):
        Wav2LipTalkingHead(picture, "cpu", settings=settings_for(tmp_path, noncommercial=False))
