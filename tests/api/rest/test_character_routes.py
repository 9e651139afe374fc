"""Characters over HTTP: made, listed, changed, copied, shown and forgotten."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from api.rest.app import create_app
from avatar.settings import Settings, load_settings
from orchestrator import portrait_desk
from orchestrator.jobs.table import SqlJobs
from tests.face_models import GRACE_HOPPER, face_store
from tests.orchestrator.desk_fakes import DeskHere, looks
from tests.orchestrator.pipeline_fakes import write_picture

CHARACTERS = "/api/v1/characters"
BUILT_IN = ["grace-hopper", "astronaut", "nova"]
ADA = {"name": "Ada", "voice": "f2", "language": "en-gb", "direction": "calm", "framing": "close"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("api.rest.service.PortraitDesk", DeskHere)
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return write_picture(tmp_path / "ada.png").read_bytes()


def placed(settings: Settings, picture: bytes, name: str = "ada.png") -> str:
    """The picture, in the data folder, by its path there."""
    (settings.data_dir / "inputs" / name).write_bytes(picture)
    return f"inputs/{name}"


def made(client: TestClient, picture: bytes, **fields: str) -> dict[str, Any]:
    answer = client.post(CHARACTERS, data={**ADA, **fields}, files={"image": ("ada.png", picture)})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_form_makes_a_character(client: TestClient, settings: Settings, picture: bytes) -> None:
    answer = client.post(CHARACTERS, data={**ADA, "controls": '{"smile": 0.3}'}, files={"image": ("me.png", picture)})
    body = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{CHARACTERS}/{body['id']}"
    assert {name: body[name] for name in ADA} == ADA
    assert (body["controls"], body["built_in"], body["width"], body["notes"]) == ({"smile": 0.3}, False, 160, [])
    assert client.get(answer.headers["location"]).json() == body
    assert client.get(body["url"]).json() == body
    assert not list((settings.data_dir / "inputs").iterdir())


def test_json_makes_one_of_a_picture_in_the_data_folder(client: TestClient, settings: Settings, picture: bytes) -> None:
    answer = client.post(CHARACTERS, json={"name": "Ada", "image_path": placed(settings, picture)})
    body = answer.json()
    assert answer.status_code == 201
    assert (body["voice"], body["language"], body["direction"], body["framing"]) == (None, None, "", "auto")
    assert (settings.data_dir / "inputs" / "ada.png").exists()


def test_the_list_has_those_of_the_program_first(client: TestClient, picture: bytes) -> None:
    mine = made(client, picture)["id"]
    listed = client.get(CHARACTERS).json()["characters"]
    assert [character["id"] for character in listed] == [*BUILT_IN, mine]
    assert all(character["built_in"] == (character["id"] in BUILT_IN) for character in listed)


def test_a_copy_has_all_that_it_is_not_given(client: TestClient, picture: bytes) -> None:
    source = made(client, picture)
    answer = client.post(CHARACTERS, json={"from": source["id"], "direction": "sad"})
    copy = answer.json()
    assert answer.status_code == 201
    assert copy["id"] != source["id"]
    assert (copy["name"], copy["voice"], copy["direction"]) == ("Ada", "f2", "sad")
    client.delete(f"{CHARACTERS}/{source['id']}")
    assert client.get(copy["portrait_url"]).status_code == 200


def test_one_of_the_program_is_copied_not_changed(client: TestClient) -> None:
    face_store(GRACE_HOPPER)
    for answer in (
        client.patch(f"{CHARACTERS}/grace-hopper", json={"name": "Mine"}),
        client.delete(f"{CHARACTERS}/grace-hopper"),
    ):
        assert answer.status_code == 409
        assert '"grace-hopper"' in answer.json()["cure"]
    copy = client.post(CHARACTERS, files={"from": (None, "grace-hopper"), "name": (None, "Mine")}).json()
    assert (copy["name"], copy["built_in"], copy["width"], copy["height"]) == ("Mine", False, 512, 600)


def test_a_change_keeps_what_is_not_given(client: TestClient, picture: bytes) -> None:
    before = made(client, picture)
    answer = client.patch(before["url"], json={"voice": None, "framing": "full", "controls": {"energy": 0.9}})
    assert answer.status_code == 200
    assert answer.json() == {**before, "voice": None, "framing": "full", "controls": {"energy": 0.9}}
    assert client.patch(before["url"], json={"controls": None}).json()["controls"] == {}
    assert client.patch(before["url"], json={}).status_code == 200


def test_another_portrait_is_shown_at_the_same_address(client: TestClient, picture: bytes, tmp_path: Path) -> None:
    before = made(client, picture)
    shown = client.get(before["portrait_url"])
    new = write_picture(tmp_path / "new.png", 240).read_bytes()
    answer = client.patch(before["url"], files={"image": ("new.png", new)})
    assert (answer.status_code, answer.json()["width"]) == (200, 240)
    again = client.get(before["portrait_url"], headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 200


@pytest.mark.parametrize("size", [64, 200, 1024])
def test_the_portrait_is_a_square_jpeg(client: TestClient, picture: bytes, size: int) -> None:
    answer = client.get(made(client, picture)["portrait_url"], params={"size": size})
    assert answer.headers["content-type"] == "image/jpeg"
    with Pillow.open(io.BytesIO(answer.content)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (size, size))


def test_a_browser_that_has_the_portrait_gets_no_copy(client: TestClient, settings: Settings, picture: bytes) -> None:
    url = made(client, picture)["portrait_url"]
    tag = client.get(url).headers["etag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert client.head(url).headers["etag"] == tag
    assert len(looks(settings.data_dir)) == 1


@pytest.mark.parametrize("size", ["63", "1025", "big", "-1"])
def test_a_size_out_of_range_is_refused(client: TestClient, size: str) -> None:
    answer = client.get(f"{CHARACTERS}/nova/portrait", params={"size": size})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith("size")


def test_who_was_removed_is_gone(client: TestClient, picture: bytes) -> None:
    url = made(client, picture)["url"]
    assert client.delete(url).status_code == 204
    for answer in (client.get(url), client.patch(url, json={}), client.delete(url), client.get(f"{url}/portrait")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"name": "Ada"}, 422, "image_path"),
        ({"image_path": "inputs/ada.png"}, 422, "name"),
        ({"name": "", "image_path": "inputs/ada.png"}, 422, "name"),
        ({"name": None, "image_path": "inputs/ada.png"}, 422, "name"),
        ({"name": "Ada", "image_path": "../ada.png"}, 422, "image_path"),
        ({"name": "Ada", "image_path": "/etc/passwd"}, 422, "image_path"),
        ({"name": "Ada", "image_path": "inputs/none.png"}, 422, "image_path"),
        ({"name": "Ada", "image_path": "inputs/night.png"}, 422, "image_path"),
        ({"name": "Ada", "image_path": "inputs/text.png"}, 415, "image"),
        ({"name": "Ada", "from": "nobody"}, 422, "from"),
        ({"from_": "nova"}, 422, "from_"),
        ({"name": "Ada", "image_path": "inputs/ada.png", "voice": "caruso"}, 422, ""),
        ({"name": "Ada", "image_path": "inputs/ada.png", "language": "tlh"}, 422, ""),
        ({"name": "Ada", "image_path": "inputs/ada.png", "framing": "wide"}, 422, "framing"),
        ({"name": "Ada", "image_path": "inputs/ada.png", "controls": {"smile": 2}}, 422, "controls.smile"),
        ({"name": "Ada", "image_path": "inputs/ada.png", "colour": "red"}, 422, "colour"),
    ],
)
def test_what_cannot_be_used_is_named(
    fields: dict[str, Any], status: int, said: str, client: TestClient, settings: Settings, picture: bytes
) -> None:
    placed(settings, picture)
    placed(settings, b"no picture", "text.png")
    Pillow.new("RGB", (100, 100)).save(settings.data_dir / "inputs" / "night.png")
    answer = client.post(CHARACTERS, json=fields)
    body = answer.json()

    assert answer.status_code == status, body
    assert body["detail"]
    assert body["cure"]
    assert not said or said in [error["field"] for error in body["errors"]]
    assert len(client.get(CHARACTERS).json()["characters"]) == len(BUILT_IN)
    assert not list((settings.data_dir / "characters").iterdir())


def test_a_form_that_cannot_be_used_is_named(client: TestClient, settings: Settings, picture: bytes) -> None:
    night = io.BytesIO()
    Pillow.new("RGB", (100, 100)).save(night, "PNG")
    cat = client.post(CHARACTERS, data={"name": "Cat"}, files={"image": ("my cat.png", night.getvalue())})
    assert cat.status_code == 422
    assert cat.json()["kind"] == "PortraitError"
    assert cat.json()["detail"] == "No human face was found in my cat.png."
    assert client.post(CHARACTERS, files={"from_": (None, "nova")}).status_code == 422
    both = {"name": "Ada", "image_path": placed(settings, picture)}
    assert client.post(CHARACTERS, data=both, files={"image": ("a.png", picture)}).status_code == 422
    assert client.post(CHARACTERS, content=b"<xml/>", headers={"Content-Type": "text/xml"}).status_code == 415
    assert client.post(CHARACTERS, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_a_job_with_a_character_brings_its_manner(client: TestClient, picture: bytes) -> None:
    character = made(client, picture)
    answer = client.post("/api/v1/jobs", json={"character": character["id"], "text": "Hello", "framing": "full"})
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["character_id"], job["label"]) == (character["id"], "Ada · Hello")
    service = client.app.state.service  # type: ignore[attr-defined]
    assert isinstance(service.board, SqlJobs)
    request = service.board.get(job["job_id"]).request
    assert (request["voice"], request["direction"], request["framing"]) == ("f2", "calm", "full")
    assert client.delete(character["url"]).status_code == 204
    assert Path(request["image"]).exists()


def test_every_answer_is_documented_with_examples(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    post = paths[CHARACTERS]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert post["requestBody"]["content"]["application/json"]["examples"].keys() == {"new", "copy"}
    for path in (CHARACTERS, f"{CHARACTERS}/{{character_id}}", f"{CHARACTERS}/{{character_id}}/portrait"):
        for operation in paths[path].values():
            assert {"404", "409", "413", "415", "422", "429"} <= set(operation["responses"])
