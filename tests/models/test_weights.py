import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from avatar.errors import (
    ConfigurationError,
    DiskSpaceError,
    DownloadError,
    InputError,
    LicenceError,
    MissingWeightsError,
    WeightsError,
)
from avatar.settings import load_settings
from models import downloads
from models.downloads import Transfer
from models.sources import load_registry
from models.weights import FileState, WeightStore

if TYPE_CHECKING:
    from tests.models.conftest import Server


@pytest.fixture
def store(server: "Server", folder: Path) -> WeightStore:
    """Of two files: `net`, which the server has, and `gone`, whose server does not exist."""
    net: dict[str, Any] = server.entry().model_dump()
    gone = {**net, "key": "gone", "file": "gone.bin", "group": "other", "source": {"url": "http://127.0.0.1:9/gone"}}
    registry = folder.parent / "weights.yaml"
    registry.write_text(yaml.safe_dump({"files": [gone, net]}), encoding="utf-8")
    return WeightStore(folder, registry)


def test_a_fetched_file_is_present_and_right(store: WeightStore, server: "Server") -> None:
    assert not store.is_present("net")
    assert store.fetch(["net"]) == ("net",)
    assert store.is_present("net")
    assert store.path("net").read_bytes() == server.content
    store.verify("net")


def test_progress_is_told(store: WeightStore, server: "Server") -> None:
    seen: list[Transfer] = []
    store.fetch(["net"], seen.append)
    assert seen[-1] == Transfer("net.bin", len(server.content), len(server.content))


def test_what_is_there_is_not_fetched_again(store: WeightStore, server: "Server") -> None:
    store.fetch(["net", "net"])
    assert store.fetch(["net"]) == ()
    assert server.asked == [""]


def test_the_folder_is_made(store: WeightStore) -> None:
    store.folder.rmdir()
    store.fetch(["net"])
    assert store.is_present("net")


def test_a_missing_file_tells_the_command_that_brings_it(store: WeightStore) -> None:
    message = r"net\.bin \(net\) is missing\. Run `python main\.py models download net`\."
    with pytest.raises(MissingWeightsError, match=message):
        store.path("net")
    with pytest.raises(WeightsError, match=message):
        store.verify("net")


def test_all_that_lacks_is_told_at_once_with_one_command(store: WeightStore) -> None:
    (store.folder / "net.bin").write_bytes(b"short")
    with pytest.raises(
        WeightsError, match=r"gone\.bin \(gone\) is missing, net\.bin \(net\) is damaged\. Run"
    ) as caught:
        store.require(["gone", "net"])
    assert caught.value.cure == "Run `python main.py models download gone net`."


def test_a_file_of_another_size_is_damaged_and_fetched_anew(store: WeightStore) -> None:
    (store.folder / "net.bin").write_bytes(b"short")
    assert store.state("net") is FileState.DAMAGED
    assert not store.is_present("net")
    with pytest.raises(WeightsError, match=r"net\.bin \(net\) is damaged\. Run"):
        store.path("net")
    assert store.fetch(["net"]) == ("net",)
    store.verify("net")


def test_tampering_is_found_by_verify_and_mended_by_fetch(store: WeightStore, server: "Server") -> None:
    store.fetch(["net"])
    (store.folder / "net.bin").write_bytes(b"!" + server.content[1:])
    assert store.is_present("net")
    with pytest.raises(WeightsError, match=r"net\.bin is damaged: its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}"):
        store.verify("net")
    assert store.fetch(["net"]) == ("net",)
    store.verify("net")


@pytest.fixture
def bound(server: "Server", folder: Path) -> Path:
    """A registry whose `net` is not for commercial use."""
    net = {**server.entry().model_dump(), "commercial": False, "licence": "CC-BY-NC-4.0"}
    registry = folder.parent / "bound.yaml"
    registry.write_text(yaml.safe_dump({"files": [net]}), encoding="utf-8")
    return registry


def test_what_is_not_for_commercial_use_is_neither_brought_nor_handed_out(
    bound: Path, folder: Path, server: "Server"
) -> None:
    refusing = WeightStore(folder, bound)
    message = r"net\.bin \(net\) is not for commercial use.*CC-BY-NC-4\.0.*ALLOW_NONCOMMERCIAL_WEIGHTS=true"
    with pytest.raises(LicenceError, match=message):
        refusing.fetch(["net"])
    assert server.asked == []
    assert refusing.lack("net") == "missing"
    with pytest.raises(LicenceError, match=r"into \.env .*Then run `python main\.py models download net`\."):
        refusing.path("net")
    (folder / "net.bin").write_bytes(server.content)
    with pytest.raises(LicenceError, match=message):
        refusing.path("net")
    assert refusing.lack("net") == "not for commercial use"
    refusing.verify("net")
    assert refusing.worth_bringing(["all"]) == []
    assert refusing.worth_bringing(["all", "net"]) == ["net"]


def test_what_is_not_for_commercial_use_is_there_for_those_who_say_so(
    bound: Path, folder: Path, server: "Server"
) -> None:
    allowing = WeightStore(folder, bound, noncommercial=True)
    assert allowing.worth_bringing(["all"]) == ["net"]
    assert allowing.fetch(["net"]) == ("net",)
    assert allowing.path("net").read_bytes() == server.content
    assert allowing.lack("net") == ""


@pytest.fixture
def sizeless(server: "Server", folder: Path) -> WeightStore:
    registry = folder.parent / "sizeless.yaml"
    registry.write_text(yaml.safe_dump({"files": [{**server.entry().model_dump(), "size": None}]}), encoding="utf-8")
    return WeightStore(folder, registry)


def test_a_file_whose_size_nobody_tells_is_unchecked_until_it_was_whole_once(
    sizeless: WeightStore, server: "Server"
) -> None:
    place = sizeless.folder / "net.bin"
    assert sizeless.state("net") is FileState.MISSING
    place.write_bytes(server.content)
    assert sizeless.state("net") is FileState.UNCHECKED
    assert sizeless.lack("net") == "not yet checked; `python main.py models verify net` does it"
    with pytest.raises(
        MissingWeightsError, match=r"has not been checked yet\. Run `python main\.py models verify net`"
    ):
        sizeless.path("net")
    sizeless.verify("net")
    assert sizeless.is_present("net")
    assert sizeless.fetch(["net"]) == ()
    assert server.asked == []
    assert sizeless.path("net") == place
    place.write_bytes(b"short")
    assert sizeless.state("net") is FileState.DAMAGED
    assert sizeless.fetch(["net"]) == ("net",)
    assert sizeless.is_present("net")


def test_one_source_that_fails_does_not_keep_the_others_back(store: WeightStore) -> None:
    with pytest.raises(DownloadError, match=r"gone\.bin \(gone\) cannot be downloaded.*models download gone`\.$"):
        store.fetch(["gone", "net"])
    assert store.is_present("net")


def test_several_failures_are_all_told(store: WeightStore, server: "Server") -> None:
    server.statuses = [404]
    with pytest.raises(WeightsError) as caught:
        store.fetch(["gone", "net"])
    assert not caught.value.retryable
    first, second = str(caught.value).splitlines()
    assert "gone.bin (gone) cannot be downloaded" in first
    assert "net.bin (net): the server answered 404" in second


def test_failures_that_time_may_mend_are_retryable_together(
    store: WeightStore, server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "RETRY_PAUSES_S", ())
    server.statuses = [503]
    with pytest.raises(DownloadError):
        store.fetch(["gone", "net"])


def test_a_full_disk_ends_it_at_once(store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("models.weights.download", full)
    with pytest.raises(DiskSpaceError, match="The disk is full"):
        store.fetch(["net"])


def test_a_folder_that_cannot_be_made_is_told(store: WeightStore) -> None:
    store.folder.rmdir()
    store.folder.write_text("a file")
    with pytest.raises(ConfigurationError, match=r"cannot be kept in .*checkpoints: .*CHECKPOINTS_DIR"):
        store.fetch(["net"])


def test_names_may_be_keys_groups_or_all(store: WeightStore) -> None:
    assert store.select(["net"]) == ["net"]
    assert store.select(["other", "gone"]) == ["gone"]
    assert store.select(["net", "all"]) == ["gone", "net"]


@pytest.mark.parametrize("method", ["path", "is_present", "state", "verify", "entry"])
def test_an_unknown_key_lists_the_valid_ones(method: str, store: WeightStore) -> None:
    message = r"no model file 'nose'\. There are gone, net; groups other, test; and all\."
    with pytest.raises(InputError, match=message):
        getattr(store, method)("nose")
    with pytest.raises(InputError, match=message):
        store.fetch(["net", "nose"])
    with pytest.raises(InputError, match=message):
        store.select(["net", "nose"])
    assert not store.is_present("net")


def test_the_shipped_hashes_are_those_of_the_files_on_this_machine() -> None:
    store = WeightStore(load_settings().checkpoints_dir)
    there = [file for file in load_registry().files if store.is_present(file.key)]
    if not there:
        pytest.skip("no model files here; `python main.py models download` brings them")
    for file in there:
        assert hashlib.sha256(store.path(file.key).read_bytes()).hexdigest() == file.sha256
