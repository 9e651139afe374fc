"""Asking for one video, as JSON and as a form: what is queued, and what is refused at once and why."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow
from starlette.testclient import TestClient

from api.rest.app import create_app
from api.rest.service import Service
from avatar.settings import Settings
from orchestrator.jobs.record import JobFilter
from tests.api.rest.conftest import OpenClient
from tests.api.rest.real_server import served
from tests.api.rest.service_fakes import LOCAL, PATIENCE_SECONDS, FakeDesk, FakeWorker, picture_bytes
from tests.orchestrator.pipeline_fakes import write_sound

TEXT = {"image_path": "inputs/me.png", "text": "Good morning!", "language": "en"}


def refused(client: TestClient, content: Any, status: int = 422) -> dict[str, Any]:
    answer = client.post("/api/v1/jobs", json=content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["cure"]
    return problem


def waiting(service: Service) -> int:
    return len(service.board.page(JobFilter(status="queued")))


def test_it_answers_with_the_finished_video(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    with worker.working():
        answer = client.post("/api/v1/generate", json={**inputs, "wait": 20})
    assert answer.status_code == 200, answer.text
    job = answer.json()
    number = job["job_id"]
    assert (job["status"], job["progress"]) == ("completed", 1.0)
    assert job["video_path"] == f"outputs/{number}.mp4"
    assert job["video_url"] == f"{LOCAL}/api/v1/jobs/{number}/video"
    assert (job["duration"], job["frames"], job["fps"], job["renderer"]) == (2.0, 50, "25", "puppet")
    assert job["renderer_why"] == "the best engine; other lacks a checkpoint"
    assert job["notes"] == ["two faces; took the larger", "Overcome: other broke."]
    assert (job["emotion"], job["confidence"], job["valence"], job["arousal"]) == ("happy", 0.5, 0.25, -0.125)
    assert (job["emotion_sources"][0]["source"], len(job["emotion_sources"][0]["scores"])) == ("voice", 7)
    assert job["emotions_url"] == f"{LOCAL}/api/v1/jobs/{number}/emotions"
    assert job["quality"] == [{"name": "black", "done": True, "detail": "all of it is lit"}]


def test_it_answers_with_the_job_when_the_wait_is_over(client: TestClient, inputs: dict[str, str]) -> None:
    answer = client.post("/api/v1/generate", json={**inputs, "wait": 0.2})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["status"], job["video_url"], job["video_path"]) == ("queued", None, None)
    assert answer.headers["location"] == f"/api/v1/jobs/{job['job_id']}"
    assert client.get(answer.headers["location"]).json() == job


def test_jobs_never_wait(client: TestClient, inputs: dict[str, str], service: Service) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, "wait": 3600, "seed": 7, "resolution": "128x96", "fps": 12.5})
    assert answer.status_code == 202
    record = service.board.get(answer.json()["job_id"])
    assert record.label == "me.png · speech.wav"
    assert (record.request["width"], record.request["height"]) == (128, 96)
    assert (record.request["seed"], record.request["fps"]) == (7, "12.5")
    assert Path(record.request["image"]).is_file()


@pytest.mark.parametrize(("mendable", "status"), [(True, 422), (False, 500)])
def test_a_failed_job_is_a_problem(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], mendable: bool, status: int
) -> None:
    with worker.working("fail", mendable=mendable):
        answer = client.post("/api/v1/generate", json={**inputs, "wait": 20})
    assert answer.status_code == status
    problem = answer.json()
    assert (problem["kind"], problem["detail"], problem["cure"]) == ("PortraitError", "No face.", "Use another.")
    assert client.get(f"/api/v1/jobs/{problem['job_id']}").json()["status"] == "failed"


def test_a_job_that_waits_for_review_is_not_an_error(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    with worker.working("wait_for_review"):
        answer = client.post("/api/v1/generate", json={**inputs, "review": True, "wait": 20})
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting_review")


def test_a_form_brings_its_files(client: TestClient, service: Service, settings: Settings, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "s.wav", 0.3).read_bytes()
    answer = client.post(
        "/api/v1/jobs",
        data={"seed": "3", "review": "true", "controls": '{"smile": 0.5}', "fps": "30000/1001", "resolution": "128"},
        files={"image": ("../../../etc/passwd <b>.png", picture_bytes(tmp_path)), "audio": ("a b.wav", sound)},
    )
    assert answer.status_code == 202, answer.text
    record = service.board.get(answer.json()["job_id"])
    assert record.request["controls"] == {"smile": 0.5}
    assert (record.request["seed"], record.request["review"], record.request["width"]) == (3, True, 128)
    for kind in ("image", "audio"):
        assert Path(record.request[kind]).parent == settings.data_dir / "inputs"
        assert len(Path(record.request[kind]).stem) == 64
    assert record.label == "passwd <b>.png · a b.wav"
    assert not list((settings.data_dir / "inputs").glob(".part-*"))


def test_equal_files_are_kept_once(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    for name in ("one.png", "two.jpg"):
        files = {"image": (name, picture_bytes(tmp_path))}
        assert client.post("/api/v1/jobs", data={"text": "Hello"}, files=files).status_code == 202
    assert len(list((settings.data_dir / "inputs").iterdir())) == 1


def test_a_character_brings_its_manner(client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    character = service.characters.list()[0]
    if not Path(character.portrait).is_file():
        pytest.skip("the character's portrait is not here; `python main.py models download` brings it")
    answer = client.post("/api/v1/jobs", json={"character": character.id, "text": "Good morning!", "seed": 0})
    assert answer.status_code == 202, answer.text
    record = service.board.get(answer.json()["job_id"])
    assert (record.character, answer.json()["character_id"]) == (character.id, character.id)
    assert record.request["voice"] == character.voice
    assert record.label.startswith(f"{character.name} · Good morning!")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({**TEXT, "fps": 999}, "fps"),
        ({**TEXT, "fps": True}, "fps"),
        ({**TEXT, "fps": "fast"}, "fps"),
        ({**TEXT, "resolution": 63}, "resolution"),
        ({**TEXT, "resolution": "128x77"}, "resolution"),
        ({**TEXT, "resolution": "big"}, "resolution"),
        ({**TEXT, "resolution": True}, "resolution"),
        ({**TEXT, "seed": -1}, "seed"),
        ({**TEXT, "seed": "1"}, "seed"),
        ({**TEXT, "seed": False}, "seed"),
        ({**TEXT, "review": 1}, "review"),
        ({**TEXT, "wait": 3601}, "wait"),
        ({**TEXT, "renderer": "best"}, "renderer"),
        ({**TEXT, "director": "Fellini"}, "director"),
        ({**TEXT, "framing": "wide"}, "framing"),
        ({**TEXT, "framing": "square", "resolution": "128x64"}, "resolution"),
        ({**TEXT, "format": "avi"}, "format"),
        ({**TEXT, "format": True}, "format"),
        ({**TEXT, "background": "bleu"}, "background"),
        ({**TEXT, "background": "#12"}, "background"),
        ({**TEXT, "background": 7}, "background"),
        ({**TEXT, "background": ""}, "background"),
        ({**TEXT, "background": "inputs/none.png"}, "background"),
        ({**TEXT, "background": "../me.png"}, "background"),
        ({**TEXT, "background": "/etc/passwd.png"}, "background"),
        ({**TEXT, "background": "transparent"}, "format"),
        ({**TEXT, "background": "transparent", "format": "mp4"}, "format"),
        ({**TEXT, "language": "klingon"}, "language"),
        ({**TEXT, "voice": "nobody"}, "voice"),
        ({**TEXT, "controls": {"smile": 2}}, "controls.smile"),
        ({**TEXT, "controls": {"grin": 1}}, "controls.grin"),
        ({**TEXT, "controls": {"emotion": {"label": "smug"}}}, "controls.emotion.label"),
        ({**TEXT, "performance": {"cues": [{"action": "jump", "at": 1}]}}, "performance"),
        ({**TEXT, "colour": "red"}, "colour"),
        ({**TEXT, "text": "..."}, "text"),
        ({**TEXT, "text": ""}, "text"),
        ({**TEXT, "text": None}, "audio_path"),
        ({**TEXT, "audio_path": "inputs/speech.wav"}, "text"),
        ({**TEXT, "image_path": None}, "image_path"),
        ({**TEXT, "character": "nobody", "image_path": None}, "character"),
        ({**TEXT, "character": "nobody"}, "character"),
        ({"image_path": "inputs/me.png", "audio_path": "inputs/speech.wav", "voice": "f2"}, "voice"),
        ({**TEXT, "expression_path": "../actor.mp4"}, "expression_path"),
        ({**TEXT, "expression_path": "inputs/none.mp4"}, "expression_path"),
        ({**TEXT, "image_path": "inputs/none.png"}, "image_path"),
        ({**TEXT, "image_path": "../me.png"}, "image_path"),
        ({**TEXT, "image_path": "/etc/passwd"}, "image_path"),
        ({**TEXT, "image_path": "inputs/../inputs/me.png"}, "image_path"),
        ({**TEXT, "image_path": "a\0b"}, "image_path"),
        ({**TEXT, "image_path": "n" * 900}, "image_path"),
        ({**TEXT, "image_path": "inputs"}, "image_path"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(
    client: TestClient, service: Service, inputs: dict[str, str], content: dict[str, Any], field: str
) -> None:
    problem = refused(client, content)
    assert field in [error["field"] for error in problem["errors"]]
    assert "--" not in problem["detail"] + problem["cure"]
    assert waiting(service) == 0


def test_a_link_out_of_the_data_folder_is_refused(
    client: TestClient, inputs: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes((settings.data_dir / "inputs" / "me.png").read_bytes())
    (settings.data_dir / "inputs" / "link.png").symlink_to(tmp_path / "secret.png")
    assert "leads out" in refused(client, {**TEXT, "image_path": "inputs/link.png"})["detail"]


def test_a_path_may_be_written_out_inside_the_data_folder(
    client: TestClient, inputs: dict[str, str], settings: Settings
) -> None:
    path = str(settings.data_dir / "inputs" / "me.png")
    assert client.post("/api/v1/jobs", json={**TEXT, "image_path": path}).status_code == 202


def test_files_are_known_by_their_content(client: TestClient, inputs: dict[str, str], settings: Settings) -> None:
    (settings.data_dir / "inputs" / "text.png").write_text("I am a text")
    (settings.data_dir / "inputs" / "text.wav").write_text("I am a text, too")
    assert "text.png" in refused(client, {**TEXT, "image_path": "inputs/text.png"}, 415)["detail"]
    assert "text.wav" in refused(client, {**inputs, "audio_path": "inputs/text.wav"}, 415)["detail"]


def test_a_picture_without_a_face_is_refused_by_the_name_it_came_with(client: TestClient, tmp_path: Path) -> None:
    Pillow.new("RGB", (64, 64)).save(tmp_path / "night.png")
    files = {"image": ("my night.png", (tmp_path / "night.png").read_bytes())}
    answer = client.post("/api/v1/jobs", data={"text": "Hello"}, files=files)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"] == "No face was found in my night.png."
    assert (problem["kind"], problem["errors"][0]["field"]) == ("PortraitError", "image")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "Hello", "seed": "one"}, "seed"),
        ({"text": "Hello", "seed": "1.5"}, "seed"),
        ({"text": "Hello", "controls": "{'smile': 1}"}, "controls"),
        ({"text": "Hello", "controls": '{"smile": NaN}'}, "controls"),
        ({"text": "Hello", "review": "yes"}, "review"),
        ({"text": "Hello", "colour": "red"}, "colour"),
        ({"text": ["Hello", "Goodbye"]}, "text"),
        ({}, "audio_path"),
    ],
)
def test_fields_of_a_form_are_as_strict(client: TestClient, tmp_path: Path, fields: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/jobs", data=fields, files={"image": ("a.png", picture_bytes(tmp_path))})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"text": "\xff"}', "application/json", 400),
        (b'{"seed": NaN, "text": "a"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"text=a", "application/x-www-form-urlencoded", 415),
        (b"", "multipart/form-data", 400),
        (b"nothing", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\nnameless\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ncut', "multipart/form-data; boundary=x", 400),
    ],
)
def test_broken_bodies_are_told_apart(client: TestClient, body: bytes, kind: str, status: int) -> None:
    for path in ("/api/v1/generate", "/api/v1/jobs"):
        answer = client.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code == status, answer.text
        assert answer.json()["cure"]


def test_a_body_without_a_content_type_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/jobs", content=b"{}")
    assert (answer.status_code, answer.json()["detail"]) == (415, "The request has no content type.")


def test_nan_within_free_json_is_refused(client: TestClient, inputs: dict[str, str]) -> None:
    body = json.dumps({**inputs, "performance": {"controls": {"smile": float("nan")}}})
    answer = client.post("/api/v1/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_a_full_queue_says_when_to_try_again(open_client: OpenClient, inputs: dict[str, str]) -> None:
    with open_client(max_queue=1) as client:
        assert client.post("/api/v1/jobs", json=inputs).status_code == 202
        answer = client.post("/api/v1/jobs", json=inputs)
        assert (answer.status_code, answer.json()["kind"]) == (429, "QueueFullError")
        assert int(answer.headers["retry-after"]) > 0


def test_the_portrait_is_looked_at_before_it_is_queued(
    client: TestClient, service: Service, inputs: dict[str, str]
) -> None:
    client.post("/api/v1/jobs", json=inputs)
    assert isinstance(service.desk, FakeDesk)
    assert service.desk.looked == ["me.png"]


def test_a_job_goes_on_when_its_client_leaves(
    settings: Settings, inputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)
    app = create_app(settings)
    with served(app) as url:
        service: Service = app.state.service
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/api/v1/generate", json={**inputs, "wait": 600}, timeout=1.0)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while service.feed.watchers and time.monotonic() < deadline:
            time.sleep(0.02)
        assert service.feed.watchers == 0
        worker = FakeWorker(service)
        record = worker.claim()
        worker.complete(record)
        assert httpx.get(f"{url}/api/v1/jobs/{record.id}").json()["status"] == "completed"
