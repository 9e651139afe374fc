"""What somebody who edits a performance hears, and what the director had written."""

import os
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.rest.routes import sound
from audio_processor.decode import DECODED_NAME
from audio_processor.wave_file import write_wave
from avatar.types import SAMPLE_RATE_HZ
from tests.api.rest.service_fakes import FakeWorker


def submitted(client: TestClient, inputs: dict[str, str]) -> str:
    answer = client.post("/api/v1/jobs", json={**inputs, "review": True})
    assert answer.status_code == 202, answer.text
    return f"/api/v1/jobs/{answer.json()['job_id']}"


def test_the_sound_of_a_job_that_waits_is_heard(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path
) -> None:
    np.full(SAMPLE_RATE_HZ, 0.5, np.float32).tofile(tmp_path / DECODED_NAME)
    address = submitted(client, inputs)
    worker.wait_for_review(worker.claim(), speech=str(tmp_path / "speech.json"))
    answer = client.get(f"{address}/sound")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(BytesIO(answer.content)) as heard:
        assert (heard.getframerate(), heard.getnframes()) == (SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    part = client.get(f"{address}/sound", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")


def test_a_sound_that_is_not_known_yet_or_no_more_is_said_so(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path
) -> None:
    address = submitted(client, inputs)
    assert client.get(f"{address}/sound").status_code == 409
    worker.wait_for_review(worker.claim(), speech=str(tmp_path / "speech.json"))
    assert client.get(f"{address}/sound").status_code == 410


def test_a_sound_that_is_removed_while_it_is_read_is_gone(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed(decoded: Path, path: Path) -> None:
        decoded.unlink()
        write_wave(decoded, path)

    monkeypatch.setattr(sound, "write_wave", removed)
    np.zeros(SAMPLE_RATE_HZ, np.float32).tofile(tmp_path / DECODED_NAME)
    address = submitted(client, inputs)
    worker.wait_for_review(worker.claim(), speech=str(tmp_path / "speech.json"))
    answer = client.get(f"{address}/sound")
    assert (answer.status_code, answer.json()["kind"]) == (410, "Gone")


def test_listening_counts_as_a_use_of_the_sound(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str], tmp_path: Path
) -> None:
    decoded = tmp_path / DECODED_NAME
    np.zeros(SAMPLE_RATE_HZ, np.float32).tofile(decoded)
    address = submitted(client, inputs)
    worker.wait_for_review(worker.claim(), speech=str(tmp_path / "speech.json"))
    for _ in range(2):
        os.utime(decoded, (0, 0))
        assert client.get(f"{address}/sound").status_code == 200
        assert decoded.stat().st_mtime > 0


def test_what_the_director_wrote_can_be_read_after_an_edit(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    address = submitted(client, inputs)
    worker.wait_for_review(worker.claim())
    written = client.get(f"{address}/performance").json()
    edited = {**written, "controls": {**written["controls"], "smile": -0.5}}
    assert client.put(f"{address}/performance", json=edited).status_code == 200
    assert client.get(f"{address}/performance").json()["controls"]["smile"] == -0.5
    assert client.get(f"{address}/performance?written=true").json() == written


def test_there_is_a_stream_once_the_review_is_over(
    client: TestClient, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    address = submitted(client, inputs)
    assert client.get(address).json()["stream_url"] is None
    worker.wait_for_review(worker.claim())
    assert client.get(address).json()["stream_url"] is None
    assert client.post(f"{address}/resume").json()["stream_url"].endswith("/stream.m3u8")
