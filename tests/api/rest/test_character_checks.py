"""How well a character will animate, over HTTP."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from api.rest.app import create_app
from api.rest.check_schemas import EXAMPLE, ReportView
from avatar.settings import Settings, load_settings
from orchestrator import portrait_desk
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.desk_fakes import DeskHere, looks
from tests.orchestrator.pipeline_fakes import write_picture

CHARACTERS = "/api/v1/characters"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("api.rest.service.PortraitDesk", DeskHere)
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


def made(client: TestClient, tmp_path: Path, **fields: Any) -> dict[str, Any]:
    picture = write_picture(tmp_path / "ada.png").read_bytes()
    texts = {name: str(value) for name, value in {"name": "Ada", **fields}.items()}
    answer = client.post(CHARACTERS, data=texts, files={"image": ("ada.png", picture)})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_report_is_json_that_is_made_once(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    character = made(client, tmp_path)
    answer = client.get(f"{character['url']}/check")
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["verdict"] in ("good", "fair", "poor")
    assert 0 <= body["score"] <= 100
    assert (body["width"], body["height"], body["face"], len(body["faces"])) == (160, 160, 0, 1)
    assert body["measures"]["skin"].startswith("#")
    assert {"name", "value", "unit", "verdict", "sentence", "cure"} == set(body["checks"][0])
    assert client.get(f"{character['url']}/check").json() == body
    assert len(looks(settings.data_dir)) == 1
    assert client.get(body["picture_url"]).status_code == 200


def test_the_picture_is_a_png_that_browsers_keep(client: TestClient, tmp_path: Path) -> None:
    url = f"{made(client, tmp_path)['url']}/check.png"
    answer = client.get(url)
    assert answer.headers["content-type"] == "image/png"
    with Pillow.open(io.BytesIO(answer.content)) as opened:
        assert opened.format == "PNG"
    tag = answer.headers["etag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert client.head(url).headers["etag"] == tag


def test_the_face_of_the_character_is_checked(client: TestClient, tmp_path: Path) -> None:
    character = made(client, tmp_path, face=1)
    assert character["face"] == 1
    assert client.get(f"{character['url']}/check").json()["face"] == 1


def test_a_face_that_is_not_there_is_named(client: TestClient, tmp_path: Path) -> None:
    character = made(client, tmp_path)
    changed = client.patch(character["url"], json={"face": 2})
    picture = write_picture(tmp_path / "ada.png").read_bytes()
    new = client.post(CHARACTERS, data={"name": "Eva", "face": "2"}, files={"image": ("eva.png", picture)})
    for answer, name in ((changed, "Ada"), (new, "eva.png")):
        body = answer.json()
        assert (answer.status_code, body["kind"]) == (422, "NoSuchFaceError")
        assert body["detail"] == f"There are 2 faces in {name}; it has no face 2."
        assert [error["field"] for error in body["errors"]] == ["face"]
    assert client.patch(character["url"], json={"face": 1}).json()["face"] == 1


def test_a_copy_keeps_the_face_and_another_picture_does_not(client: TestClient, tmp_path: Path) -> None:
    source = made(client, tmp_path, face=1)
    copy = client.post(CHARACTERS, json={"from": source["id"]})
    assert copy.json()["face"] == 1
    other = write_picture(tmp_path / "other.png", 200).read_bytes()
    new = client.post(CHARACTERS, data={"from": source["id"]}, files={"image": ("other.png", other)})
    assert new.json()["face"] == 0


def test_a_portrait_that_is_refused_now_has_a_report_and_no_picture(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    character = made(client, tmp_path)
    (portrait,) = (settings.data_dir / "characters").iterdir()
    Pillow.new("RGB", (100, 100)).save(portrait)
    report = client.get(f"{character['url']}/check")
    assert report.status_code == 200
    assert (report.json()["verdict"], report.json()["score"], report.json()["measures"]) == ("refused", 0, None)
    assert report.json()["refusal"]["message"] == "No human face was found in Ada."
    drawn = client.get(f"{character['url']}/check.png")
    assert (drawn.status_code, drawn.headers["content-type"]) == (422, "application/problem+json")
    assert drawn.json()["detail"] == "No human face was found in Ada."


@pytest.mark.parametrize("path", ["check", "check.png"])
def test_nobody_has_no_report(client: TestClient, path: str) -> None:
    answer = client.get(f"{CHARACTERS}/nobody/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_description_has_both_with_an_example(client: TestClient) -> None:
    found = client.get("/openapi.json").json()
    paths = found["paths"]
    answers = paths[f"{CHARACTERS}/{{character_id}}/check"]["get"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ReportView"}
    (example,) = found["components"]["schemas"]["ReportView"]["examples"]
    assert example["checks"] == EXAMPLE["checks"]
    assert "image/png" in paths[f"{CHARACTERS}/{{character_id}}/check.png"]["get"]["responses"]["200"]["content"]
    assert ReportView.model_validate(EXAMPLE).model_dump() == EXAMPLE


def test_a_real_portrait_is_looked_at_in_the_desks_process(settings: Settings) -> None:
    face_store(*FACE_MODELS, GRACE_HOPPER)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        body = client.get(f"{CHARACTERS}/grace-hopper/check").json()
        assert body["measures"]["glasses"] == "clear"
        assert body["score"] == EXAMPLE["score"]
        with Pillow.open(io.BytesIO(client.get(body["picture_url"]).content)) as opened:
            assert opened.height > 900
