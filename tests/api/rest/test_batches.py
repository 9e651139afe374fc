"""Batches from JSON and CSV: all or nothing, and every bad row is named."""

from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.rest.service import Service
from avatar.files import file_digest
from orchestrator.jobs.record import JobFilter
from tests.api.rest.conftest import OpenClient
from tests.api.rest.test_jobs import MISSING


def post_csv(client: TestClient, text: str | bytes) -> Response:
    return client.post("/api/v1/batches", content=text, headers={"content-type": "text/csv; charset=utf-8"})


def faults(answer: Response) -> list[tuple[int | None, str]]:
    assert answer.status_code == 422, answer.text
    return [(error.get("row"), error["field"]) for error in answer.json()["errors"]]


def test_a_batch_keeps_its_order(client: TestClient, inputs: dict[str, str]) -> None:
    answer = client.post("/api/v1/batches", json={"jobs": [{**inputs, "seed": seed} for seed in range(20)]})
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert answer.headers["location"] == f"/api/v1/batches/{batch['batch_id']}"
    found = client.get(answer.headers["location"]).json()
    assert [job["job_id"] for job in found["jobs"]] == [job["job_id"] for job in batch["jobs"]]
    assert {job["batch_id"] for job in found["jobs"]} == {batch["batch_id"]}
    listed = client.get("/api/v1/jobs", params={"batch": batch["batch_id"]}).json()
    assert len(listed["jobs"]) == 20


def test_csv_is_read_with_a_mark_empty_cells_and_line_breaks(
    client: TestClient, inputs: dict[str, str], service: Service
) -> None:
    text = (
        "image_path,audio_path,text,controls,seed\r\n"
        'inputs/me.png,,"Good ""morning"",\r\nall","{""smile"": 0.5}",7\r\n'
        "\r\n"
        "inputs/me.png,inputs/speech.wav,,,\r\n"
    )
    answer = post_csv(client, text.encode("utf-8-sig"))
    assert answer.status_code == 202, answer.text
    first, second = (service.board.get(job["job_id"]).request for job in answer.json()["jobs"])
    assert (first["text"], first["controls"], first["seed"]) == ('Good "morning",\r\nall', {"smile": 0.5}, 7)
    assert "text" not in second
    assert second["audio"].endswith("speech.wav")


def test_semicolons_part_columns_too(client: TestClient, inputs: dict[str, str]) -> None:
    answer = post_csv(client, "image_path;text\ninputs/me.png;Guten Morgen!\n")
    assert answer.status_code == 202, answer.text


def test_every_bad_row_is_named_and_none_is_queued(
    client: TestClient, service: Service, inputs: dict[str, str]
) -> None:
    answer = post_csv(
        client,
        "image_path,text,seed\n"
        "inputs/me.png,Hello,1\n"
        "inputs/none.png,Hello,2\n"
        'inputs/me.png,"Hello\nagain",x\n'
        "../me.png,,-1\n",
    )
    assert faults(answer) == [(3, "image_path"), (4, "seed"), (6, "seed")]
    assert "row 3, image_path" in answer.json()["detail"]
    assert service.board.page(JobFilter()) == []


def test_bad_jobs_in_json_are_named_by_their_place(
    client: TestClient, service: Service, inputs: dict[str, str]
) -> None:
    jobs: list[dict[str, Any]] = [inputs, {**inputs, "renderer": "best"}, {"text": "no picture"}]
    assert faults(client.post("/api/v1/batches", json={"jobs": jobs})) == [
        (None, "jobs.1.renderer"),
        (None, "jobs.2.image_path"),
    ]
    wrong_type = client.post("/api/v1/batches", json={"jobs": [inputs, {**inputs, "seed": "1"}]})
    assert faults(wrong_type) == [(None, "jobs.1.seed")]
    assert service.board.page(JobFilter()) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", (1, "header")),
        ("image_path,colour\na,b\n", (1, "colour")),
        ("image_path,wait\na,1\n", (1, "wait")),
        ("image_path,text,text\na,b,c\n", (1, "text")),
        ("image_path,text\n", (None, "body")),
        ("image_path,text\n\n , \n", (None, "body")),
        ("image_path,text\na,b,c\n", (2, "row")),
    ],
)
def test_the_shape_of_csv_is_checked(client: TestClient, text: str, fault: tuple[int | None, str]) -> None:
    assert faults(post_csv(client, text)) == [fault]


def test_a_batch_is_limited(client: TestClient, inputs: dict[str, str]) -> None:
    rows = "".join("inputs/none.png,Hi\n" for _ in range(1001))
    assert (1002, "body") in faults(post_csv(client, f"image_path,text\n{rows}"))
    assert faults(client.post("/api/v1/batches", json={"jobs": [inputs] * 1001})) == [(None, "jobs")]
    assert faults(client.post("/api/v1/batches", json={"jobs": []})) == [(None, "jobs")]


def test_csv_in_another_encoding_is_refused(client: TestClient) -> None:
    answer = post_csv(client, "image_path,text\na,Grüße\n".encode("latin-1"))
    assert (answer.status_code, answer.json()["kind"]) == (400, "BadEncoding")


def test_other_content_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/batches", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_a_batch_that_does_not_fit_is_not_begun(open_client: OpenClient, inputs: dict[str, str]) -> None:
    with open_client(max_queue=3) as client:
        assert client.post("/api/v1/jobs", json=inputs).status_code == 202
        answer = client.post("/api/v1/batches", json={"jobs": [inputs] * 3})
        assert (answer.status_code, answer.json()["kind"]) == (429, "QueueFullError")
        assert len(client.get("/api/v1/jobs").json()["jobs"]) == 1


def test_a_batch_that_can_never_fit_says_how_many_do(open_client: OpenClient, inputs: dict[str, str]) -> None:
    with open_client(max_queue=2) as client:
        answer = client.post("/api/v1/batches", json={"jobs": [inputs] * 3})
        assert answer.status_code == 422
        assert "more than 2 jobs" in answer.json()["errors"][0]["message"]


def test_every_wrong_job_of_a_batch_is_named(client: TestClient, inputs: dict[str, str]) -> None:
    jobs = [inputs, {"image_path": inputs["image_path"]}, {"nope": 1}]
    errors = client.post("/api/v1/batches", json={"jobs": jobs}).json()["errors"]
    assert {error["field"].rpartition(".")[0] for error in errors} == {"jobs.1", "jobs.2"}


def test_a_quote_that_is_never_closed_is_refused(client: TestClient) -> None:
    content = 'character,text\nnova,"Good morning\nnova,Good evening\n'
    answer = client.post("/api/v1/batches", content=content, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert "is no CSV" in answer.json()["errors"][0]["message"]


def test_files_of_a_batch_are_read_once(
    client: TestClient, inputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def digest(path: Path) -> str:
        read.append(path.name)
        return file_digest(path)

    monkeypatch.setattr("api.rest.intake.file_digest", digest)
    for _ in range(2):
        answer = client.post("/api/v1/batches", json={"jobs": [{**inputs, "seed": seed} for seed in range(5)]})
        assert answer.status_code == 202
    assert sorted(read) == ["me.png", "me.png", "speech.wav", "speech.wav"]


def test_an_unknown_batch_is_missing(client: TestClient) -> None:
    assert client.get(f"/api/v1/batches/{MISSING}").status_code == 404
