"""Model files over REST: listed, brought once, cancelled, gone on with, and refused where a licence says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.rest import drawing_engines, model_uses
from api.rest.model_desk import ModelDesk
from avatar.files import file_digest
from models.weights import WeightStore
from tests.api.rest.conftest import OpenClient
from tests.api.rest.model_source import FREE, GROUP, NONCOMMERCIAL, model_server, write_registry
from tests.models.conftest import Server
from video_processor.renderers.base import Renderer, RendererCapabilities
from video_processor.renderers.still import StillRenderer

PATIENCE_SECONDS = 20
FILE = "face_landmarker.task"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with model_server() as server:
        monkeypatch.setattr("models.weights.REGISTRY_FILE", write_registry(tmp_path / "weights.yaml", server))
        monkeypatch.setattr("models.downloads.RETRY_PAUSES_S", (0.01, 0.01))
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


@pytest.fixture
def client(open_client: OpenClient, server: Server, folder: Path) -> Iterator[TestClient]:
    with open_client(checkpoints_dir=folder) as client:
        yield client


class _Landmarking:
    """An engine that needs one of the files."""

    capabilities = RendererCapabilities("landmarking", 1, "draws well", weights=(FREE,))

    def prepare(self, *_: object) -> Any:
        raise AssertionError("nothing is drawn here")


def model(client: TestClient, key: str = FREE) -> dict[str, Any]:
    answer = client.get("/api/v1/models")
    assert answer.status_code == 200, answer.text
    return next(found for found in answer.json()["models"] if found["key"] == key)


def download(client: TestClient, name: str = FREE, **params: Any) -> Any:
    return client.post(f"/api/v1/models/{name}/download", params=params)


def until(client: TestClient, is_so: Callable[[dict[str, Any]], bool], key: str = FREE) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so(found := model(client, key)):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def test_every_file_is_listed_with_its_licence_state_and_use(client: TestClient) -> None:
    answer = client.get("/api/v1/models").json()
    found = {listed["key"]: listed for listed in answer["models"]}
    assert list(found) == [file.key for file in WeightStore(Path("none")).files]
    assert answer["free_bytes"] > 0
    whisper = found["whisper-base"]
    assert (whisper["state"], whisper["licence"], whisper["allowed"]) == ("missing", "MIT", True)
    assert whisper["used_by"] == ["faster-whisper", "whisper"]
    assert found["iris"]["used_by"] == ["every video"]
    assert found["silero-vad"]["used_by"] == ["silero"]
    lips = found[NONCOMMERCIAL]
    assert (lips["commercial"], lips["allowed"]) == (False, False)
    assert "ALLOW_NONCOMMERCIAL_WEIGHTS" in lips["refusal"]["cure"]


def test_a_file_arrives_while_its_progress_is_told(client: TestClient, server: Server, folder: Path) -> None:
    server.go_on.clear()
    begun = download(client)
    assert begun.status_code == 202
    assert [found["key"] for found in begun.json()["models"]] == [FREE]
    half = until(client, lambda found: found["arrived_bytes"] >= server.stall_at)
    assert half["state"] == "downloading"
    assert half["transfer"]["done_bytes"] == server.stall_at
    assert half["transfer"]["total_bytes"] == len(server.content)
    server.go_on.set()
    whole = until(client, lambda found: found["state"] == "present")
    assert (whole["arrived_bytes"], whole["transfer"], whole["problem"]) == (len(server.content), None, None)
    assert file_digest(folder / FILE) == server.entry().sha256


def test_whoever_asks_again_gets_the_same_download(client: TestClient, server: Server) -> None:
    server.go_on.clear()
    for _ in range(5):
        assert download(client).status_code == 202
    until(client, lambda found: found["arrived_bytes"] >= server.stall_at)
    server.go_on.set()
    until(client, lambda found: found["state"] == "present")
    assert download(client).json()["models"][0]["state"] == "present"
    assert server.asked == [""]


def test_a_group_is_brought_whole(client: TestClient, server: Server) -> None:
    assert len(download(client, GROUP).json()["models"]) == 2
    for key in ("face-emotion", "voice-emotion"):
        until(client, lambda found: found["state"] == "present", key)
    assert len(server.asked) == 2


def test_a_name_is_that_of_a_file_before_that_of_a_group(client: TestClient) -> None:
    def named(**params: Any) -> list[str]:
        answer = client.delete("/api/v1/models/wav2lip/download", params=params)
        return [found["key"] for found in answer.json()["models"]]

    assert (named(), named(group=True)) == (["wav2lip"], ["wav2lip", "wav2lip-gan"])


def test_a_cancelled_download_keeps_what_arrived_and_goes_on(client: TestClient, server: Server, folder: Path) -> None:
    server.go_on.clear()
    download(client)
    until(client, lambda found: found["arrived_bytes"] >= server.stall_at)
    cancelled = client.delete(f"/api/v1/models/{FREE}/download")
    assert cancelled.status_code == 200
    assert cancelled.json()["models"][0]["state"] == "missing"
    server.go_on.set()
    kept = (folder / f"{FILE}.part").stat().st_size
    assert kept >= server.stall_at
    download(client)
    until(client, lambda found: found["state"] == "present")
    assert all(asked.startswith("bytes=") for asked in server.asked[1:])


def test_what_a_killed_service_left_is_gone_on_with(client: TestClient, server: Server, folder: Path) -> None:
    folder.mkdir()
    (folder / f"{FILE}.part").write_bytes(server.content[:300_000])
    left = model(client)
    assert (left["state"], left["arrived_bytes"]) == ("missing", 300_000)
    download(client)
    until(client, lambda found: found["state"] == "present")
    assert server.asked == ["bytes=300000-"]


def test_what_is_not_for_commercial_use_is_refused_until_it_is_allowed(
    client: TestClient, open_client: OpenClient, server: Server, folder: Path
) -> None:
    refused = download(client, NONCOMMERCIAL)
    assert (refused.status_code, refused.json()["kind"]) == (403, "LicenceError")
    assert "ALLOW_NONCOMMERCIAL_WEIGHTS=true" in refused.json()["cure"]
    assert server.asked == []
    with open_client(checkpoints_dir=folder, allow_noncommercial_weights=True) as allowed:
        assert download(allowed, NONCOMMERCIAL).status_code == 202
        found = until(allowed, lambda found: found["state"] == "present", NONCOMMERCIAL)
        assert (found["allowed"], found["refusal"]) == (True, None)


@pytest.mark.parametrize("name", ["nothing", "wav2lip.pth", "%2e%2e%2fsecret"])
def test_an_unknown_file_is_not_found(client: TestClient, name: str) -> None:
    assert download(client, name).status_code == 404
    assert client.delete(f"/api/v1/models/{name}/download").status_code == 404


def test_wrong_content_is_told_and_mended_by_trying_again(client: TestClient, server: Server) -> None:
    server.content = bytes(len(server.content))
    download(client)
    wrong = until(client, lambda found: found["problem"] is not None)
    assert (wrong["state"], wrong["problem"]["kind"], wrong["arrived_bytes"]) == ("missing", "WeightsError", 0)
    assert "SHA-256" in wrong["problem"]["message"]
    assert wrong["problem"]["cure"]
    server.content = server.right_content
    download(client)
    assert until(client, lambda found: found["state"] == "present")["problem"] is None


def test_a_file_that_vanishes_while_it_is_looked_at_has_not_arrived(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.part").symlink_to(tmp_path / "removed")
    assert WeightStore(tmp_path).arrived(FREE) == 0


def test_a_server_that_is_away_is_told_and_may_be_asked_again(
    client: TestClient, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = (tmp_path / "weights.yaml").read_text(encoding="utf-8").replace(str(server.server_port), "9")
    (tmp_path / "away.yaml").write_text(registry, encoding="utf-8")
    monkeypatch.setattr("models.weights.REGISTRY_FILE", tmp_path / "away.yaml")
    download(client)
    away = until(client, lambda found: found["problem"] is not None)["problem"]
    assert (away["kind"], away["retryable"]) == ("DownloadError", True)
    assert "cannot be reached" in away["message"]


def test_a_broken_connection_is_mended_by_itself(client: TestClient, server: Server) -> None:
    server.cuts = [100_000, 200_000]
    download(client)
    until(client, lambda found: found["state"] == "present")
    assert server.asked == ["", "bytes=100000-", "bytes=300000-"]


def test_a_full_disk_is_told_before_anything_is_brought(
    client: TestClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar.files.shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    download(client)
    full = until(client, lambda found: found["problem"] is not None)["problem"]
    assert (full["kind"], server.asked) == ("DiskSpaceError", [])
    assert "free" in full["message"]


def test_a_fault_of_our_own_ends_the_download_and_says_so(
    client: TestClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("models.weights.download", break_down)
    download(client)
    assert "a bug" in until(client, lambda found: found["problem"] is not None)["problem"]["message"]


def test_engines_change_once_their_file_is_here(
    client: TestClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*_: object) -> dict[str, Renderer]:
        return {"landmarking": _Landmarking(), "still": StillRenderer()}

    monkeypatch.setattr(drawing_engines, "engines", found)
    monkeypatch.setattr(model_uses, "engines", found)
    assert model(client)["used_by"][0] == "landmarking"
    assert not client.get("/api/v1/status").json()["engines"][0]["available"]
    download(client)
    until(client, lambda found: found["state"] == "present")
    first = client.get("/api/v1/status").json()["engines"][0]
    assert (first["name"], first["available"], first["is_auto"]) == ("landmarking", True, True)


def test_downloads_need_the_token_and_count_as_changes(open_client: OpenClient, server: Server, folder: Path) -> None:
    token = {"Authorization": "Bearer secret"}
    with open_client(checkpoints_dir=folder, api_tokens=SecretStr("secret"), rate_limit_per_minute=2) as guarded:
        assert download(guarded).status_code == 401
        assert guarded.get("/api/v1/models").status_code == 401
        asked = [guarded.delete(f"/api/v1/models/{FREE}/download", headers=token).status_code for _ in range(3)]
        assert asked == [200, 200, 429]


def test_the_service_ends_though_a_server_is_silent(open_client: OpenClient, server: Server, folder: Path) -> None:
    server.go_on.clear()
    with ExitStack() as stack:
        stack.callback(server.go_on.set)
        with open_client(checkpoints_dir=folder) as client:
            download(client)
            until(client, lambda found: found["arrived_bytes"] >= server.stall_at)
        assert (folder / f"{FILE}.part").stat().st_size >= server.stall_at


def test_more_downloads_than_have_a_place_wait(client: TestClient, server: Server) -> None:
    server.go_on.clear()
    download(client, "all")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        states = [found["state"] for found in client.get("/api/v1/models").json()["models"]]
        if states.count("downloading") >= 1 and states.count("waiting") >= 3:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    cancelled = client.delete("/api/v1/models/all/download").json()["models"]
    assert {found["state"] for found in cancelled} == {"missing"}


def test_one_that_was_cancelled_and_is_wanted_again_goes_on(server: Server, folder: Path, settings: Any) -> None:
    desk = ModelDesk(settings.model_copy(update={"checkpoints_dir": folder}))
    store = WeightStore(folder)
    server.go_on.clear()
    desk.start([FREE])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while store.arrived(FREE) < server.stall_at and time.monotonic() < deadline:
        time.sleep(0.01)
    desk.cancel([FREE])
    assert desk.fetching(FREE) is None
    desk.start([FREE])
    assert desk.fetching(FREE) is not None
    server.go_on.set()
    while not store.is_present(FREE) and time.monotonic() < deadline:
        time.sleep(0.01)
    desk.close()
    assert store.is_present(FREE)
    desk.start(["face-emotion"])
    assert desk.fetching("face-emotion") is None
