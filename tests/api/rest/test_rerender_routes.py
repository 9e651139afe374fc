"""Another video of a job's speech: what the new job takes over, what it changes, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from orchestrator.jobs.record import JobRecord
from orchestrator.run import JobRequest
from tests.api.rest.service_fakes import FakeWorker
from tests.orchestrator.pipeline_fakes import write_picture

Make = Callable[..., str]


@pytest.fixture
def made(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> Make:
    """The number of a job that was begun, and ended by the worker's method `ending`."""

    def make(ending: str = "complete", how: dict[str, Any] | None = None, **more: Any) -> str:
        answer = client.post("/api/v1/jobs", json={**inputs, **more})
        assert answer.status_code == 202, answer.text
        record = worker.claim()
        worker.report(record.id, fraction=0.1)
        getattr(worker, ending)(record, **(how or {}))
        number: str = answer.json()["job_id"]
        return number

    return make


@pytest.fixture
def rerendered(client: TestClient, service: Service) -> Callable[..., JobRecord]:
    """The new job's record."""

    def make(number: str, **changes: Any) -> JobRecord:
        answer = client.post(f"/api/v1/jobs/{number}/rerender", json=changes)
        assert answer.status_code == 202, answer.text
        job = answer.json()
        assert answer.headers["location"] == f"/api/v1/jobs/{job['job_id']}"
        assert (job["status"], job["rerender_of"]) == ("queued", number)
        return service.board.get(job["job_id"])

    return make


def test_what_is_left_out_is_as_in_the_job(
    client: TestClient, service: Service, made: Make, rerendered: Callable[..., JobRecord]
) -> None:
    number = made(fps="30000/1001", seed=4, controls={"smile": 0.1}, direction="calm", label="Monday")
    before = service.board.get(number)
    record = rerendered(number)
    kept = {**before.request}
    for name in ("controls", "direction", "output"):
        del kept[name]
    own = {name: record.request[name] for name in record.request if name not in ("performance", "output")}
    assert own == {**kept, "forked_from": {"job": number, "thread": "a" * 32}}
    assert record.request["performance"]["controls"]["smile"] == 0.25
    assert (record.label, record.request["output"].endswith(f"{record.id}.mp4")) == ("Monday", True)
    assert service.board.get(number) == before
    assert JobRequest(**record.request).review is False
    assert client.get(f"/api/v1/jobs/{number}").json()["rerender_of"] is None


def test_a_video_of_a_batch_stays_in_the_batchs_session(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], rerendered: Callable[..., JobRecord]
) -> None:
    answer = client.post("/api/v1/batches", json={"jobs": [inputs, {**inputs, "session_id": "mine"}]})
    assert answer.status_code == 202, answer.text
    records = [worker.claim(), worker.claim()]
    for record in records:
        worker.report(record.id, fraction=0.1)
        worker.complete(record)
    sessions = {rerendered(record.id).request.get("session_id") for record in records}
    assert sessions == {records[0].batch, "mine"}


def test_everything_may_be_another(made: Make, rerendered: Callable[..., JobRecord], settings: Any) -> None:
    write_picture(settings.data_dir / "inputs" / "other.png")
    changes = {"resolution": "96x64", "framing": "close", "background": "white", "renderer": "still", "fps": 30}
    record = rerendered(made(), **changes, format="webm", seed=9, label="Other", image_path="inputs/other.png", face=0)
    request = record.request
    assert Path(request["image"]).name == "other.png"
    assert (request["width"], request["height"], request["framing"], request["fps"]) == (96, 64, "close", "30")
    assert (request["background"], request["renderer"], request["seed"]) == ("#ffffff", "still", 9)
    assert request["output"].endswith(f"{record.id}.webm")
    assert record.label == "Other"


def test_another_character_lends_its_portrait_alone(
    service: Service, made: Make, rerendered: Callable[..., JobRecord]
) -> None:
    record = rerendered(made(), character="grace-hopper")
    assert record.character == "grace-hopper"
    assert record.request["image"] == str(service.characters.portrait_path("grace-hopper"))
    assert record.label == "Grace Hopper · speech.wav"


def test_a_performance_replaces_the_jobs(made: Make, rerendered: Callable[..., JobRecord]) -> None:
    edited = {"controls": {"smile": 0.75}, "cues": [{"action": "nod", "at": 0.2}]}
    request = rerendered(made(controls={"smile": 0.1}), performance=edited).request
    assert request["performance"]["controls"]["smile"] == 0.75
    assert "controls" not in request


def test_a_director_that_is_not_asked_need_not_be_set_up(
    client: TestClient, made: Make, rerendered: Callable[..., JobRecord]
) -> None:
    number = made(director="mistral", performance={"controls": {"smile": 0.75}})
    request = rerendered(number, resolution=96).request
    assert (request["director"], request["width"]) == ("mistral", 96)
    answer = client.post(f"/api/v1/jobs/{number}/rerender", json={"director": "mistral"})
    assert [error["field"] for error in answer.json()["errors"]] == ["director"]


def test_controls_go_over_the_jobs_performance(made: Make, rerendered: Callable[..., JobRecord]) -> None:
    request = rerendered(made(), controls={"energy": 0.9}).request
    played = request["performance"]["controls"]
    assert (played["smile"], played["energy"]) == (0.25, 0.9)


def test_a_direction_asks_the_director_anew(made: Make, rerendered: Callable[..., JobRecord]) -> None:
    number = made(controls={"smile": 0.1}, performance={"version": 1})
    request = rerendered(number, direction="warm", controls={"energy": 0.9}, review=True).request
    assert "performance" not in request
    assert (request["direction"], request["controls"], request["review"]) == (
        "warm",
        {"smile": 0.1, "energy": 0.9},
        True,
    )


@pytest.mark.parametrize(("ending", "how"), [("fail", {"mendable": False}), ("cancel", {})])
def test_jobs_that_have_not_succeeded_are_made_again(
    made: Make, rerendered: Callable[..., JobRecord], ending: str, how: dict[str, Any]
) -> None:
    request = rerendered(made(ending, how), renderer="still").request
    assert "performance" not in request
    assert request["renderer"] == "still"


def test_a_job_that_waits_stays_as_it_is(client: TestClient, made: Make, rerendered: Callable[..., JobRecord]) -> None:
    number = made("wait_for_review", review=True)
    client.put(f"/api/v1/jobs/{number}/performance", json={"controls": {"smile": 0.5}})
    request = rerendered(number, seed=3).request
    assert request["performance"]["controls"]["smile"] == 0.5
    assert "review" not in request
    assert client.get(f"/api/v1/jobs/{number}").json()["status"] == "waiting_review"


def test_a_job_that_is_under_way_is_not_forked(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    number = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    for status in ("queued", "running"):
        answer = client.post(f"/api/v1/jobs/{number}/rerender", json={})
        assert (answer.status_code, answer.json()["kind"]) == (409, "ConflictError")
        assert status in answer.json()["detail"]
        if status == "queued":
            worker.claim()


@pytest.mark.parametrize(("file", "cure"), [("me.png", "image_path"), ("speech.wav", "Upload it again")])
def test_a_file_that_has_gone_is_410(client: TestClient, made: Make, settings: Any, file: str, cure: str) -> None:
    number = made()
    (settings.data_dir / "inputs" / file).unlink()
    answer = client.post(f"/api/v1/jobs/{number}/rerender", json={})
    assert (answer.status_code, answer.json()["kind"]) == (410, "Gone")
    assert cure in answer.json()["cure"]


def test_another_picture_mends_one_that_has_gone(
    made: Make, rerendered: Callable[..., JobRecord], settings: Any
) -> None:
    number = made()
    (settings.data_dir / "inputs" / "me.png").unlink()
    write_picture(settings.data_dir / "inputs" / "other.png")
    assert rerendered(number, image_path="inputs/other.png").request["image"].endswith("other.png")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"image_path": "inputs/me.png", "character": "nova"}, "character"),
        ({"performance": {}, "direction": "calm"}, "performance"),
        ({"review": True}, "review"),
        ({"renderer": "best"}, "renderer"),
        ({"director": "nobody"}, "director"),
        ({"background": "transparent"}, "format"),
        ({"background": "nowhere"}, "background"),
        ({"resolution": 63}, "resolution"),
        ({"resolution": "96x64", "framing": "square"}, "resolution"),
        ({"image_path": "../me.png"}, "image_path"),
        ({"character": "nobody"}, "character"),
        ({"face": 3}, "face"),
        ({"fps": 999}, "fps"),
        ({"performance": {"cues": [{"action": "jump", "at": 1}]}}, "performance"),
        ({"controls": {"smile": 2}}, "controls.smile"),
        ({"text": "Another text"}, "text"),
    ],
)
def test_what_cannot_be_used_names_its_field(
    client: TestClient, made: Make, changes: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/api/v1/jobs/{made()}/rerender", json=changes)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), answer.text


def test_there_must_be_such_a_job(client: TestClient) -> None:
    assert client.post("/api/v1/jobs/0199d1c0a3f2a1b2c3d4e5/rerender", json={}).status_code == 404


def test_another_enhancement_replaces_the_job_s(made: Make, rerendered: Callable[..., JobRecord]) -> None:
    number = made(enhance="detail", enhance_strength=0.4)
    request = rerendered(number, enhance="none", upscale="720p").request
    assert (request["enhance"], request["enhance_strength"], request["upscale"]) == ("none", 0.4, "720p")
