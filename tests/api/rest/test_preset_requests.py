"""A preset over REST: in JSON and in a form, unknown, in a rerendering, and on the list of what there is."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from tests.api.rest.conftest import OpenClient
from tests.api.rest.service_fakes import FakeWorker, picture_bytes


def queued(client: TestClient, inputs: dict[str, str], **fields: Any) -> str:
    answer = client.post("/api/v1/jobs", json={**inputs, **fields})
    assert answer.status_code == 202, answer.text
    number: str = answer.json()["job_id"]
    return number


def test_a_preset_is_queued_as_it_came(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    request = service.board.get(queued(client, inputs, preset="high", fps=24)).request
    assert (request["preset"], request["fps"]) == ("high", "24")
    assert not {"width", "height", "renderer"} & request.keys()


def test_a_form_takes_a_preset(client: TestClient, service: Service, tmp_path: Path) -> None:
    files = {"image": ("me.png", picture_bytes(tmp_path))}
    answer = client.post("/api/v1/jobs", data={"text": "Hello", "preset": "standard"}, files=files)
    assert service.board.get(answer.json()["job_id"]).request["preset"] == "standard"


def test_an_unknown_preset_is_a_problem_of_its_field(client: TestClient, inputs: dict[str, str]) -> None:
    answer = client.post("/api/v1/jobs", json={**inputs, "preset": "best"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "preset"
    assert "standard, high" in answer.json()["cure"]


def test_the_status_lists_the_presets(client: TestClient) -> None:
    found = {preset["name"]: preset for preset in client.get("/api/v1/status").json()["presets"]}
    assert (found["standard"]["shorter_side"], found["standard"]["fps"]) == (720, "25")
    assert (found["high"]["shorter_side"], found["high"]["renderer"]) == (1080, "wav2lip-gan")


def test_another_version_fills_in_anew(
    client: TestClient, service: Service, inputs: dict[str, str], worker: FakeWorker
) -> None:
    job = queued(client, inputs, resolution=256, fps=24, renderer="still")
    client.post(f"/api/v1/jobs/{job}/cancel")
    asked = client.post(f"/api/v1/jobs/{job}/rerender", json={"preset": "high", "fps": 50})
    assert asked.status_code == 202, asked.text
    request = service.board.get(asked.json()["job_id"]).request
    assert (request["preset"], request["fps"]) == ("high", "50")
    assert not {"width", "height", "renderer"} & request.keys()
    assert client.post(f"/api/v1/jobs/{job}/rerender", json={"preset": "best"}).status_code == 422


@pytest.mark.parametrize("fields", [{"renderer": "wav2lip"}, {"enhance": "gfpgan"}])
def test_what_lacks_its_model_file_is_a_problem_of_its_field(
    open_client: OpenClient, inputs: dict[str, str], tmp_path: Path, fields: dict[str, str]
) -> None:
    with open_client(checkpoints_dir=tmp_path / "none", allow_noncommercial_weights=True) as client:
        answer = client.post("/api/v1/jobs", json={**inputs, **fields})
    assert (answer.status_code, answer.json()["kind"]) == (422, "InputError")
    assert "models download" in answer.json()["cure"]
    assert answer.json()["errors"][0]["field"] == next(iter(fields))
