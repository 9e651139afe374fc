"""The short form: two files in, a number out, the video at the end."""

from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from avatar.settings import Settings
from orchestrator.jobs.names import output_path
from tests.api.rest.service_fakes import LOCAL, VIDEO, FakeWorker, picture_bytes
from tests.api.rest.test_jobs import MISSING
from tests.orchestrator.pipeline_fakes import write_sound


@pytest.fixture
def begun(client: TestClient, tmp_path: Path) -> dict[str, str]:
    answer = begin(client, tmp_path)
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


def begin(client: TestClient, folder: Path, **fields: str) -> Response:
    sound = write_sound(folder / "s.wav", 0.3).read_bytes()
    files = {"image": ("me.png", picture_bytes(folder)), "audio": ("me.wav", sound)}
    return client.post("/generate", files=files, data=fields)


def test_a_video_is_asked_for_followed_and_fetched(
    client: TestClient, worker: FakeWorker, begun: dict[str, str]
) -> None:
    number = begun["session_id"]
    assert begun == {
        "session_id": number,
        "status": "processing",
        "download_url": f"{LOCAL}/download/{number}",
    }
    state = client.get(f"/status/{number}").json()
    assert state == {"session_id": number, "status": "processing", "progress": 0.0, "error": None}
    assert client.get(f"/download/{number}").status_code == 409
    record = worker.claim()
    worker.report(number, stage="video_generation", done=1, total=2, fraction=0.5)
    assert client.get(f"/status/{number}").json()["progress"] == 0.5
    worker.complete(record)
    assert client.get(f"/status/{number}").json()["status"] == "completed"
    video = client.get(begun["download_url"])
    assert (video.status_code, video.headers["content-type"], video.content) == (200, "video/mp4", VIDEO)
    assert f'filename="{number}.mp4"' in video.headers["content-disposition"]
    part = client.get(begun["download_url"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, VIDEO[4:8])


def test_a_failure_is_told(client: TestClient, worker: FakeWorker, begun: dict[str, str]) -> None:
    worker.fail(worker.claim(), mendable=True)
    number = begun["session_id"]
    state = client.get(f"/status/{number}").json()
    assert (state["status"], state["error"]) == ("failed", "No face. Use another.")
    answer = client.get(f"/download/{number}")
    assert (answer.status_code, answer.json()["job_id"]) == (422, number)


def test_a_cancelled_job_has_no_video(client: TestClient, begun: dict[str, str]) -> None:
    number = begun["session_id"]
    client.delete(f"/api/v1/jobs/{number}")
    assert client.get(f"/status/{number}").json()["status"] == "cancelled"
    assert client.get(f"/download/{number}").status_code == 409


def test_a_video_that_was_removed_is_missing(
    client: TestClient, worker: FakeWorker, begun: dict[str, str], settings: Settings
) -> None:
    worker.complete(worker.claim())
    output_path(settings, begun["session_id"]).unlink()
    answer = client.get(f"/download/{begun['session_id']}")
    assert (answer.status_code, answer.json()["kind"]) == (410, "Gone")


def test_a_download_is_asked_about_and_kept(
    client: TestClient, worker: FakeWorker, begun: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.complete(worker.claim())
    address = begun["download_url"]
    whole = client.get(address)
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    beyond = client.get(address, headers={"Range": f"bytes={len(VIDEO)}-"})
    assert (beyond.status_code, beyond.json()["kind"]) == (416, "RangeNotSatisfiable")

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr("anyio.open_file", opened)
    head = client.head(address)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(VIDEO)), b"")


def test_fields_may_come_along(client: TestClient, tmp_path: Path) -> None:
    assert begin(client, tmp_path, seed="7", direction="calm").status_code == 200
    assert begin(client, tmp_path, wait="7").status_code == 422
    assert client.post("/generate", json={}).status_code == 415
    only = client.post("/generate", files={"image": ("me.png", picture_bytes(tmp_path))})
    assert (only.status_code, only.json()["errors"][0]["field"]) == (422, "audio_path")


@pytest.mark.parametrize("path", ["/status/", "/download/"])
def test_an_unknown_number_is_missing(client: TestClient, path: str) -> None:
    assert client.get(f"{path}{MISSING}").status_code == 404


def test_a_webm_is_fetched_as_one(client: TestClient, worker: FakeWorker, settings: Settings, tmp_path: Path) -> None:
    files = {"image": ("me.png", picture_bytes(tmp_path))}
    begun = client.post("/generate", data={"text": "Hello", "format": "webm"}, files=files).json()
    worker.complete(worker.claim())
    video = output_path(settings, begun["session_id"], ".webm")
    output_path(settings, begun["session_id"]).rename(video)
    answer = client.get(begun["download_url"])
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "video/webm", VIDEO)
    assert f'filename="{begun["session_id"]}.webm"' in answer.headers["content-disposition"]
