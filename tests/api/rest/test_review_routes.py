"""A job that waits for its review: its performance is read, replaced, and played."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from audio_processor.analysis import analyse_speech, save_speech
from audio_processor.decode import decode_audio
from tests.api.rest.conftest import OpenClient
from tests.api.rest.service_fakes import FakeWorker
from tests.orchestrator.pipeline_fakes import write_sound

Waiting = Callable[..., str]


@pytest.fixture
def waiting(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> Waiting:
    """The address of a job that waits for its review."""

    def make(**result: Any) -> str:
        answer = client.post("/api/v1/jobs", json={**inputs, "review": True})
        assert answer.status_code == 202, answer.text
        worker.wait_for_review(worker.claim(), **result)
        return f"/api/v1/jobs/{answer.json()['job_id']}"

    return make


def number_of(address: str) -> str:
    return address.rpartition("/")[2]


def edited(client: TestClient, address: str, **controls: float) -> dict[str, Any]:
    performance: dict[str, Any] = client.get(f"{address}/performance").json()
    performance["controls"].update(controls)
    return performance


def test_a_performance_is_replaced_and_the_job_goes_on_waiting(
    client: TestClient, service: Service, waiting: Waiting
) -> None:
    address = waiting()
    before = service.board.get(number_of(address)).revision
    answer = client.put(f"{address}/performance", json=edited(client, address, smile=0.75))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["performance"]["controls"]["smile"], answer.json()["notes"]) == (0.75, [])
    again = client.get(f"{address}/performance")
    assert again.json() == answer.json()["performance"]
    assert again.headers["etag"] == answer.headers["etag"]
    assert client.get(address).json()["status"] == "waiting_review"
    assert service.board.get(number_of(address)).revision > before


def test_the_stored_performance_is_the_one_that_is_played(
    client: TestClient, service: Service, worker: FakeWorker, waiting: Waiting
) -> None:
    address = waiting()
    client.put(f"{address}/performance", json=edited(client, address, smile=0.75))
    answer = client.post(f"{address}/resume")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert service.board.get(number_of(address)).request["performance"]["controls"]["smile"] == 0.75
    assert client.get(f"{address}/performance").json()["controls"]["smile"] == 0.75
    worker.complete(worker.claim())
    assert client.get(address).json()["status"] == "completed"


def test_without_an_edit_the_directors_performance_is_played(
    client: TestClient, service: Service, waiting: Waiting
) -> None:
    address = waiting()
    assert client.post(f"{address}/resume").status_code == 202
    assert service.board.get(number_of(address)).request["performance"]["controls"] == {"smile": 0.25}


def test_a_performance_may_come_with_the_resumption(client: TestClient, service: Service, waiting: Waiting) -> None:
    address = waiting()
    client.put(f"{address}/performance", json=edited(client, address, smile=0.75))
    assert client.post(f"{address}/resume", json=edited(client, address, smile=-0.5)).status_code == 202
    assert service.board.get(number_of(address)).request["performance"]["controls"]["smile"] == -0.5


def test_it_survives_a_restart_of_the_service(open_client: OpenClient, inputs: dict[str, str]) -> None:
    with open_client() as client:
        address = f"/api/v1/jobs/{client.post('/api/v1/jobs', json={**inputs, 'review': True}).json()['job_id']}"
        worker = FakeWorker(client.app.state.service)  # type: ignore[attr-defined]
        worker.wait_for_review(worker.claim())
        client.put(f"{address}/performance", json=edited(client, address, smile=0.75))
    with open_client() as client:
        assert client.get(f"{address}/performance").json()["controls"]["smile"] == 0.75
        assert client.post(f"{address}/resume").status_code == 202


def test_two_who_edit_notice_each_other(client: TestClient, waiting: Waiting) -> None:
    address = waiting()
    seen = client.get(f"{address}/performance")
    mine, theirs = deepcopy(seen.json()), deepcopy(seen.json())
    mine["controls"]["smile"], theirs["controls"]["smile"] = 0.75, -0.5
    match = {"If-Match": seen.headers["etag"]}
    first = client.put(f"{address}/performance", json=mine, headers=match)
    assert first.status_code == 200
    for late in (
        client.put(f"{address}/performance", json=theirs, headers=match),
        client.post(f"{address}/resume", json=theirs, headers=match),
        client.post(f"{address}/resume", headers=match),
    ):
        assert (late.status_code, late.json()["kind"]) == (412, "ChangedError")
        assert "somebody else" in late.json()["detail"]
    assert client.get(f"{address}/performance").json()["controls"]["smile"] == 0.75
    again = client.put(f"{address}/performance", json=theirs, headers={"If-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert client.put(f"{address}/performance", json=mine, headers={"If-Match": "*"}).status_code == 200
    bad = client.put(f"{address}/performance", json=mine, headers={"If-Match": "no tag"})
    assert (bad.status_code, bad.json()["kind"]) == (400, "BadHeader")


def test_the_answer_says_what_was_changed(client: TestClient, waiting: Waiting, tmp_path: Path) -> None:
    clip = decode_audio(write_sound(tmp_path / "speech.wav", 2.0), tmp_path, max_minutes=1, max_megabytes=10)
    save_speech(tmp_path / "speech.npz", analyse_speech(clip))
    address = waiting(speech=str(tmp_path / "speech.npz"))
    sent = {"controls": {"smile": 3}, "cues": [{"action": "nod", "at": 1.0}, {"action": "blink", "at": 60.0}]}
    answer = client.put(f"{address}/performance", json=sent).json()
    assert answer["performance"]["controls"]["smile"] == 1.0
    assert [cue["action"] for cue in answer["performance"]["cues"]] == ["nod"]
    assert any("controls.smile 3 to 1" in note for note in answer["notes"])
    assert any("blink" in note and "2.00 s" in note for note in answer["notes"])
    assert np.isclose(client.get(f"{address}/performance").json()["cues"][0]["at"], 1.0)


def test_other_states_take_no_performance(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    address = f"/api/v1/jobs/{client.post('/api/v1/jobs', json=inputs).json()['job_id']}"
    assert client.get(f"{address}/performance").status_code == 409
    running = worker.claim()
    for status in ("running", "completed"):
        if status == "completed":
            worker.complete(running)
        for answer in (
            client.put(f"{address}/performance", json={"version": 1}),
            client.post(f"{address}/resume"),
            client.post(f"{address}/resume", json={"version": 1}),
        ):
            assert (answer.status_code, answer.json()["kind"]) == (409, "ConflictError")
            assert status in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"cues": [{"action": "jump", "at": 1}]}', "application/json", 422),
        (b'{"colour": 1}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
    ],
)
@pytest.mark.parametrize(("method", "action"), [("PUT", "performance"), ("POST", "resume")])
def test_a_bad_performance_is_refused(
    client: TestClient, waiting: Waiting, method: str, action: str, body: bytes, kind: str, status: int
) -> None:
    address = waiting()
    answer = client.request(method, f"{address}/{action}", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert client.get(address).json()["status"] == "waiting_review"
    assert client.get(f"{address}/performance").json()["controls"]["smile"] == 0.25


def test_a_job_that_waits_can_be_cancelled(client: TestClient, waiting: Waiting) -> None:
    address = waiting()
    answer = client.post(f"{address}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert client.post(f"{address}/resume").status_code == 409


def test_the_former_address_is_no_more(client: TestClient, waiting: Waiting) -> None:
    answer = client.post(f"{waiting()}/performance", json={"version": 1})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT")
