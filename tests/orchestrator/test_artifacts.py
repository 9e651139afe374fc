"""Artifacts exist only when finished, are told apart by what made them, and make room oldest first."""

import os
import time
from pathlib import Path

import pytest

from avatar.errors import ConfigurationError
from orchestrator.artifacts import ArtifactStore, artifact_key, code_version, usable_folder


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def write(path: Path, value: bytes) -> None:
    path.write_bytes(value)


def made(store: ArtifactStore, name: str, size: int, used: float) -> Path:
    path = store.path("thing", name, ".bin")
    store.kept(path, lambda: b"x" * size, write, Path.read_bytes)
    os.utime(path, (used, used))
    return path


def test_the_key_changes_with_every_part_and_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    key = artifact_key("speech", ["a", 1], {"fps": "25"})
    assert key == artifact_key("speech", ["a", 1], {"fps": "25"})
    assert len({key, artifact_key("speech", ["a", 2], {"fps": "25"}), artifact_key("speech", ["a", 1], {})}) == 3
    monkeypatch.setattr("orchestrator.artifacts.code_version", lambda: "other code")
    assert artifact_key("speech", ["a", 1], {"fps": "25"}) != key


def test_the_code_version_follows_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.artifacts.PROJECT_ROOT", tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "weights.yaml").write_text("files: []")
    (tmp_path / "src" / "a.py").write_text("x = 1")
    code_version.cache_clear()
    before = code_version()
    (tmp_path / "src" / "a.py").write_text("x = 2")
    assert code_version() == before
    code_version.cache_clear()
    assert code_version() != before
    code_version.cache_clear()


def test_a_value_is_made_once_and_loaded_from_then_on(store: ArtifactStore) -> None:
    path = store.path("thing", "key", ".bin")
    assert not store.is_finished(path)
    assert store.kept(path, lambda: b"first", write, Path.read_bytes) == b"first"
    assert store.kept(path, lambda: b"second", write, Path.read_bytes) == b"first"
    assert store.is_finished(path)


def test_a_fresh_store_trusts_only_what_it_made(store: ArtifactStore) -> None:
    old = made(store, "old", 10, time.time())
    fresh = ArtifactStore(store.folder, fresh=True)
    assert not fresh.is_finished(old)
    made(fresh, "old", 10, time.time())
    assert fresh.is_finished(old)


def test_clearing_empties_a_folder_only_where_all_is_made_again(store: ArtifactStore) -> None:
    folder = store.path("speech", "key")
    folder.mkdir()
    store.clear(folder)
    assert folder.exists()
    ArtifactStore(store.folder, fresh=True).clear(folder)
    assert not folder.exists()


def test_the_longest_unused_goes_first(store: ArtifactStore) -> None:
    now = time.time()
    paths = [made(store, f"{age}", 100, now - age) for age in (300, 200, 100)]
    store.prune(250, keep_used_since=now)
    assert [path.exists() for path in paths] == [False, True, True]


def test_a_look_at_an_artifact_keeps_it(store: ArtifactStore) -> None:
    now = time.time()
    first, second = (made(store, f"{age}", 100, now - age) for age in (300, 200))
    assert store.is_finished(first)
    store.prune(150, keep_used_since=now + 60)
    assert [first.exists(), second.exists()] == [True, False]


def test_what_a_job_in_hand_uses_stays_whatever_the_limit(store: ArtifactStore) -> None:
    now = time.time()
    old, used = made(store, "old", 100, now - 50), made(store, "used", 100, now - 5)
    store.prune(0, keep_used_since=now - 10)
    assert [old.exists(), used.exists()] == [False, True]


def test_a_folder_is_as_young_and_as_large_as_its_files(store: ArtifactStore) -> None:
    now = time.time()
    folder = store.path("speech", "key")
    folder.mkdir()
    (folder / "speech.npz").write_bytes(b"x" * 1000)
    store.finished(folder / "speech.npz")
    os.utime(folder, (now - 500, now - 500))
    other = made(store, "other", 100, now - 100)
    store.prune(500, keep_used_since=now + 60)
    assert not other.exists()
    assert not folder.exists()


def test_files_that_a_killed_process_left_go_after_an_hour(store: ArtifactStore) -> None:
    stale, recent = store.folder / ".part-aaaa.mp4", store.folder / ".part-bbbb.mp4"
    for path, age in ((stale, 7200), (recent, 60)):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
    store.prune(10**9, keep_used_since=time.time())
    assert [stale.exists(), recent.exists()] == [False, True]


def test_an_artifact_is_named_apart_from_the_stores_place(store: ArtifactStore, tmp_path: Path) -> None:
    elsewhere = ArtifactStore(tmp_path / "elsewhere")
    names = {place.name(str(place.path("speech", "key") / "speech.npz")) for place in (store, elsewhere)}
    assert names == {"speech-key/speech.npz"}


def test_a_folder_that_is_a_file_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        usable_folder(tmp_path / "jobs" / "one")
