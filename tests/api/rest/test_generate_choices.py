"""What a video is to show: which face, before what background, with whose expression."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from starlette.testclient import TestClient

from api.rest.service import Service
from avatar.settings import Settings
from tests.api.rest.service_fakes import picture_bytes
from tests.film_factory import write_film
from tests.video_processor.sound_factory import melody


def film_bytes(folder: Path, *, mute: bool = False) -> bytes:
    grey = [np.full((48, 64, 3), 99, np.uint8)] * 5
    sound = None if mute else melody(0.2, 16_000)
    return write_film(folder / "film.mov", grey, sound=sound).read_bytes()


def test_a_video_lends_its_expression(
    client: TestClient, service: Service, settings: Settings, inputs: dict[str, str], tmp_path: Path
) -> None:
    film = film_bytes(tmp_path)
    files = {"image": ("me.png", picture_bytes(tmp_path)), "expression": ("actor.mov", film)}
    answer = client.post("/api/v1/jobs", files=files)
    assert answer.status_code == 202, answer.text
    record = service.board.get(answer.json()["job_id"])
    assert record.label == "me.png · actor.mov"
    kept = Path(record.request["expression_from"])
    assert (kept.parent, kept.suffix) == (settings.data_dir / "inputs", ".mov")
    assert "audio" not in record.request
    named = {**inputs, "expression_path": f"inputs/{kept.name}"}
    record = service.board.get(client.post("/api/v1/jobs", json=named).json()["job_id"])
    assert record.request["expression_from"] == str(kept)
    assert record.request["audio"].endswith("speech.wav")


def test_a_mute_video_lends_its_expression_to_a_text_only(
    client: TestClient, inputs: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    (settings.data_dir / "inputs" / "mute.mov").write_bytes(film_bytes(tmp_path, mute=True))
    mute = {"image_path": inputs["image_path"], "expression_path": "inputs/mute.mov"}
    assert client.post("/api/v1/jobs", json={**mute, "text": "Hello"}).status_code == 202
    silent = client.post("/api/v1/jobs", json=mute)
    problem = silent.json()
    assert silent.status_code == 422
    assert [error["field"] for error in problem["errors"]] == ["expression_path"]
    assert "mute.mov holds no sound" in problem["detail"]
    sound = client.post("/api/v1/jobs", json={**inputs, "expression_path": "inputs/speech.wav"})
    assert sound.status_code == 415


def test_a_face_reaches_the_job(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    assert client.post("/api/v1/jobs", json={**inputs, "face": 0}).status_code == 202
    record = service.dispatch.claim("worker-1")
    assert record is not None
    assert record.request["face"] == 0


@pytest.mark.parametrize("face", [-1, 1.5, "1", True, 100])
def test_a_face_is_a_small_whole_number(client: TestClient, inputs: dict[str, str], face: object) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, "face": face})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["face"]


@pytest.mark.parametrize("path", ["jobs", "generate"])
def test_a_face_that_is_not_there_is_named(client: TestClient, inputs: dict[str, str], path: str) -> None:
    body = client.post(f"/api/v1/{path}", json={**inputs, "face": 3}).json()
    assert (body["status"], body["kind"]) == (422, "NoSuchFaceError")
    assert body["detail"] == "There is 1 face in me.png; it has no face 3."
    assert [error["field"] for error in body["errors"]] == ["face"]


def test_each_job_of_a_batch_has_its_face(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    answer = client.post("/api/v1/batches", json={"jobs": [inputs, {**inputs, "face": 1}]})
    assert answer.status_code == 202
    records = [service.dispatch.claim("worker-1") for _ in range(2)]
    assert [record.request.get("face") for record in records if record] == [None, 1]
    refused = client.post("/api/v1/batches", json={"jobs": [inputs, {**inputs, "face": -1}]})
    assert [error["field"] for error in refused.json()["errors"]] == ["jobs.1.face"]


def test_a_transparent_video_is_queued_in_its_format(
    client: TestClient, service: Service, settings: Settings, inputs: dict[str, str]
) -> None:
    for made, media in (("webm", "video/webm"), ("mov", "video/quicktime")):
        answer = client.post("/api/v1/jobs", json={**inputs, "background": "Transparent", "format": made})
        assert answer.status_code == 202, answer.text
        record = service.board.get(answer.json()["job_id"])
        assert record.request["background"] == "transparent"
        assert record.request["output"] == str(settings.data_dir / "outputs" / f"{record.id}.{made}")
        assert record.video_format.media_type == media
        assert answer.json()["stream_url"] is None


def test_a_background_picture_comes_by_path_or_as_a_file(
    client: TestClient, service: Service, settings: Settings, inputs: dict[str, str], tmp_path: Path
) -> None:
    Pillow.new("RGB", (50, 40), (0, 0, 0)).save(tmp_path / "night.png")
    night = (tmp_path / "night.png").read_bytes()
    kept = client.post("/api/v1/upload/background", files={"file": ("night.png", night)})
    assert kept.status_code == 201, kept.text
    named = client.post("/api/v1/jobs", json={**inputs, "background": kept.json()["path"]})
    brought = client.post("/api/v1/jobs", data=inputs, files={"background_image": ("night.png", night)})
    for answer in (named, brought):
        assert answer.status_code == 202, answer.text
        path = Path(service.board.get(answer.json()["job_id"]).request["background"])
        assert path.parent == settings.data_dir / "inputs"
        assert path.read_bytes() == night
    both = client.post(
        "/api/v1/jobs", data={**inputs, "background": "blur"}, files={"background_image": ("night.png", night)}
    )
    assert (both.status_code, both.json()["errors"][0]["field"]) == (422, "background_image")
    text = client.post("/api/v1/jobs", data=inputs, files={"background_image": ("night.png", b"no picture")})
    assert (text.status_code, text.json()["errors"][0]["field"]) == (415, "background")


def test_a_video_in_place_of_the_picture_keeps_its_background(
    client: TestClient, settings: Settings, inputs: dict[str, str], tmp_path: Path
) -> None:
    (settings.data_dir / "inputs" / "film.mov").write_bytes(film_bytes(tmp_path))
    filmed = {**inputs, "image_path": "inputs/film.mov"}
    assert client.post("/api/v1/jobs", json={**filmed, "background": "keep"}).status_code == 202
    named = client.post("/api/v1/jobs", json={**filmed, "background": "blur"})
    night = {"background_image": ("night.png", picture_bytes(tmp_path))}
    brought = client.post("/api/v1/jobs", data=filmed, files=night)
    for answer, field in ((named, "background"), (brought, "background_image")):
        problem = answer.json()
        assert (answer.status_code, problem["detail"]) == (422, "A video keeps its own background.")
        assert problem["cure"] == "Leave the background out, or give a picture."
        assert [error["field"] for error in problem["errors"]] == [field]


ENHANCED = {"enhance": "detail", "enhance_strength": 0.4, "enhance_every": 2, "upscale": "1080p"}


def test_an_enhancement_reaches_the_job_from_json_and_from_a_form(
    client: TestClient, service: Service, inputs: dict[str, str]
) -> None:
    texts = {name: str(value) for name, value in {**inputs, **ENHANCED}.items()}
    for body in ({"json": {**inputs, **ENHANCED}}, {"files": {name: (None, text) for name, text in texts.items()}}):
        answer = client.post("/api/v1/jobs", **body)
        assert answer.status_code == 202, answer.text
        request = service.board.get(answer.json()["job_id"]).request
        assert {name: request[name] for name in ENHANCED} == ENHANCED


@pytest.mark.parametrize(
    "wrong",
    [{"enhance": "magic"}, {"enhance_strength": 2}, {"enhance_every": 0}, {"enhance_every": 11}, {"upscale": "4k"}],
)
def test_an_enhancement_that_there_is_not_is_refused_by_its_field(
    client: TestClient, inputs: dict[str, str], wrong: dict[str, object]
) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, **wrong})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)


def test_a_network_that_is_not_installed_is_refused_with_the_command(
    client: TestClient, inputs: dict[str, str]
) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, "enhance": "gfpgan"})
    assert (answer.status_code, answer.json()["kind"]) == (422, "InputError")
    assert "models download gfpgan" in answer.json()["cure"]
