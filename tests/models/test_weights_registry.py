from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar.errors import ConfigurationError
from models.sources import MemberSource, UrlSource, load_registry

FACE_KEYS = {"face-detector", "face-mesh", "iris", "segmenter"}


def sound() -> dict[str, Any]:
    wheel = {"name": "faces", "package": "faces", "version": "1.0", "python": "3.11", "platform": "any", "size": 9}
    shared = {"purpose": "A network.", "group": "test", "required": False, "licence": "MIT", "commercial": True}
    first = {"key": "mesh", "file": "mesh.bin", "size": 5, "sha256": "0" * 64, **shared}
    second = {"key": "net", "file": "net.bin", "size": 5, "sha256": "1" * 64, **shared}
    return {
        "wheels": [wheel],
        "files": [
            {**first, "source": {"wheel": "faces", "member": "faces/mesh.bin"}},
            {**second, "source": {"url": "https://example.org/net.bin"}},
        ],
    }


def write(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "weights.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_the_two_kinds_of_source_are_told_apart(tmp_path: Path) -> None:
    registry = load_registry(write(tmp_path, sound()))
    assert registry.files[0].source == MemberSource(wheel="faces", member="faces/mesh.bin")
    assert registry.files[1].source == UrlSource(url="https://example.org/net.bin")
    assert registry.wheel("faces").label == "faces 1.0"


WRONG: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda all_: all_["files"][0].update(size="5"), "entry 'mesh', key 'size': Input should be a valid integer"),
    (lambda all_: all_["files"][0].update(size=0), "entry 'mesh', key 'size': .* greater than 0, not 0"),
    (lambda all_: all_["files"][1].update(sha256="abc"), "entry 'net', key 'sha256': .*, not 'abc'"),
    (lambda all_: all_["files"][1].update(colour="red"), "entry 'net', key 'colour': Extra inputs .* not 'red'"),
    (lambda all_: all_["files"][1].pop("licence"), "entry 'net', key 'licence': Field required"),
    (lambda all_: all_["files"][1].pop("key"), "files, entry 2, key 'key': Field required"),
    (lambda all_: all_["files"][0].update(file="../mesh"), "entry 'mesh', key 'file': .*, not '../mesh'"),
    (lambda all_: all_["files"][0].update(commercial="no"), "entry 'mesh', key 'commercial': .*, not 'no'"),
    (lambda all_: all_["files"][1].update(source="here"), "entry 'net', key 'source': .*, not 'here'"),
    (lambda all_: all_["files"][1]["source"].update(url="http://example.org/x"), "entry 'net', key 'source.url': "),
    (lambda all_: all_["files"][0]["source"].pop("member"), "entry 'mesh', key 'source.member': Field required"),
    (lambda all_: all_["files"][0]["source"].update(wheel="x"), "entry 'mesh', key 'source.wheel': no wheel 'x'"),
    (lambda all_: all_["wheels"][0].update(python=3.11), "entry 'faces', key 'python': .*, not 3.11"),
    (lambda all_: all_["wheels"].append(all_["wheels"][0]), "wheels, name: 'faces' stands there twice"),
    (lambda all_: all_["files"][1].update(key="mesh"), "files, key: 'mesh' stands there twice"),
    (lambda all_: all_["files"][1].update(file="mesh.bin"), "files, file: 'mesh.bin' stands there twice"),
    (lambda all_: all_["files"][1].update(group="all"), "entry 'net': 'all' is no name"),
    (lambda all_: all_["files"][0].pop("size"), "entry 'mesh', key 'size': the size of a wheel's member"),
    (lambda all_: all_["files"][1].update(hash_from="me"), "entry 'net', key 'hash_from': .*, not 'me'"),
    (lambda all_: all_.pop("files"), "key 'files': Field required"),
]


@pytest.mark.parametrize(("spoil", "message"), WRONG)
def test_a_wrong_value_names_its_entry_and_key(
    spoil: Callable[[dict[str, Any]], Any], message: str, tmp_path: Path
) -> None:
    content = sound()
    spoil(content)
    with pytest.raises(ConfigurationError, match=rf"weights\.yaml: {message}.* Correct .*weights\.yaml\."):
        load_registry(write(tmp_path, content))


@pytest.mark.parametrize("content", ["files: [", "", "- a list", "files: [3]"])
def test_a_file_that_is_no_registry_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^weights\.yaml: .+ Correct .*weights\.yaml\.$"):
        load_registry(write(tmp_path, content))


def test_a_registry_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml: .*No such file"):
        load_registry(tmp_path / "none.yaml")


def test_the_shipped_registry_holds_the_face_models_and_demo_portraits() -> None:
    registry = load_registry()
    files = {file.key: file for file in registry.files}
    assert {key for key, file in files.items() if file.required} == FACE_KEYS
    assert {file.group for key, file in files.items() if key.startswith("portrait-")} == {"demo"}
    assert all(file.commercial for file in files.values() if file.required)


def test_the_shipped_registry_holds_the_engines_checkpoints_and_their_terms() -> None:
    files = {file.key: file for file in load_registry().files}
    groups = {
        "wav2lip": ["wav2lip", "wav2lip-gan"],
        "syncnet": ["syncnet-v2"],
        "sadtalker": ["sadtalker-256", "sadtalker-512", "sadtalker-mapping-full", "sadtalker-mapping-crop"],
        "gfpgan": ["gfpgan"],
        "gfpgan-v13": ["gfpgan-v13"],
        "kokoro": ["kokoro", "kokoro-voices"],
        "xtts": ["xtts", "xtts-config", "xtts-vocabulary", "xtts-speakers"],
    }
    for group, keys in groups.items():
        assert [key for key, file in files.items() if file.group == group] == keys
        assert all(files[key].hash_from == "third parties" for key in keys)
    assert [key for key, file in files.items() if not file.commercial] == groups["wav2lip"] + groups["xtts"]
    assert [key for key, file in files.items() if file.size is None] == ["sadtalker-512"]


def test_the_shipped_registry_uses_https_alone() -> None:
    urls = [file.source.url for file in load_registry().files if isinstance(file.source, UrlSource)]
    assert urls
    assert all(url.startswith("https://") for url in urls)
