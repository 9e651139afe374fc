"""Transcripts, transcribers and captions at the service."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from audio_processor.captions.formats import read_captions, write_captions
from avatar.captions import Cue
from avatar.settings import Settings
from avatar.types import Choice
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import output_path
from tests.api.rest.service_fakes import VIDEO, finished, picture_bytes

SRT = "1\n00:00:00,100 --> 00:00:00,400\nGood morning.\n"
CUES = (Cue(0.1, 1.1, "Good morning."),)


def test_a_transcript_reaches_the_job(client: TestClient, service: Service, inputs: dict[str, str]) -> None:
    asked = {**inputs, "transcript": SRT, "language": "en", "burn_captions": True, "transcriber_size": "base"}
    answer = client.post("/api/v1/jobs", json=asked)
    assert answer.status_code == 202, answer.text
    request = service.board.get(answer.json()["job_id"]).request
    assert (request["transcript"], request["language"], request["burn_captions"]) == (SRT, "en", True)
    assert (request["transcriber_size"], list(request["captions"])) == ("base", ["vtt"])


def test_a_form_brings_a_transcript_as_a_file(
    client: TestClient, service: Service, inputs: dict[str, str], tmp_path: Path
) -> None:
    files = {"image": ("me.png", picture_bytes(tmp_path)), "transcript_file": ("words.srt", SRT.encode("utf-16"))}
    answer = client.post("/api/v1/jobs", data={"audio_path": inputs["audio_path"]}, files=files)
    assert answer.status_code == 202, answer.text
    assert service.board.get(answer.json()["job_id"]).request["transcript"] == SRT


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"transcript": "1\n00:00:05,000 --> 00:00:04,000\nHi"}, "transcript", "ends at 4 s and starts at 5 s"),
        ({"transcript": "…"}, "transcript", "no word"),
        ({"transcript": SRT.replace("00,", "50,")}, "transcript", "too long for the sound"),
        ({"transcript": "word " * 100}, "transcript", "too long for the sound"),
        ({"transcript": SRT, "language": "klingon"}, "language", "no language 'klingon'"),
        ({"language": "klingon"}, "language", "no language 'klingon'"),
        ({"transcriber": "siri"}, "transcriber", "no transcriber 'siri'"),
        ({"transcriber_size": "huge"}, "transcriber_size", "no Whisper checkpoint 'huge'"),
        ({"transcript": SRT, "text": "Hi", "audio_path": None}, "transcript", "is for a sound"),
    ],
)
def test_what_cannot_be_used_names_its_field(
    fields: dict[str, Any], field: str, told: str, client: TestClient, inputs: dict[str, str]
) -> None:
    asked = {name: value for name, value in {**inputs, **fields}.items() if value is not None}
    answer = client.post("/api/v1/jobs", json=asked)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["message"]


def completed(client: TestClient, service: Service, inputs: dict[str, str], *, with_words: bool) -> str:
    """A job that ended with a video, and captions beside it where it has words."""
    number: str = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    record = service.dispatch.claim("worker-1")
    assert record is not None
    path = output_path(service.settings, record.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(VIDEO)
    words: dict[str, Any] = {"transcriber": Choice("none", "nothing is installed")}
    if with_words:
        path.with_suffix(".vtt").write_text(write_captions(CUES, "vtt"), encoding="utf-8")
        words = {
            "transcriber": Choice("aligned", "it was given"),
            "captions": "/somewhere/captions.vtt",
            "transcribed_text": "Good morning.",
            "language": "en-us",
        }
    result = finished(video=str(path), **words).to_json()
    assert service.dispatch.finish(record.id, "worker-1", Outcome(status="completed", result=result))
    return number


def test_captions_of_a_finished_video_come_in_both_forms(
    client: TestClient, service: Service, inputs: dict[str, str], settings: Settings
) -> None:
    number = completed(client, service, inputs, with_words=True)
    job = client.get(f"/api/v1/jobs/{number}").json()
    assert (job["transcriber"], job["language"], job["transcribed_text"]) == ("aligned", "en-us", "Good morning.")
    vtt = client.get(job["captions_url"])
    assert vtt.headers["content-type"] == "text/vtt; charset=utf-8"
    assert vtt.text.startswith("WEBVTT")
    srt = client.get(f"/api/v1/jobs/{number}/captions.srt?download=1")
    assert srt.headers["content-type"].startswith("application/x-subrip")
    assert ".srt" in srt.headers["content-disposition"]
    assert read_captions(srt.text) == read_captions(vtt.text) == CUES
    assert client.delete(f"/api/v1/jobs/{number}").status_code == 204
    assert list((settings.data_dir / "outputs").iterdir()) == []


def test_a_video_without_words_has_no_captions_and_says_why(
    client: TestClient, service: Service, inputs: dict[str, str]
) -> None:
    number = completed(client, service, inputs, with_words=False)
    job = client.get(f"/api/v1/jobs/{number}").json()
    assert (job["captions_url"], job["transcriber"], job["transcriber_why"]) == (None, "none", "nothing is installed")
    answer = client.get(f"/api/v1/jobs/{number}/captions.vtt")
    assert (answer.status_code, answer.json()["kind"]) == (404, "NotFound")
    assert "no captions" in answer.json()["detail"]


def test_captions_of_an_unfinished_video_are_a_conflict(client: TestClient, inputs: dict[str, str]) -> None:
    number = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    assert client.get(f"/api/v1/jobs/{number}/captions.srt").status_code == 409


def test_the_status_tells_who_recognises_words(open_client: Any, tmp_path: Path) -> None:
    with open_client(checkpoints_dir=tmp_path / "empty") as client:
        found = client.get("/api/v1/status").json()["transcribers"]
    assert [one["name"] for one in found] == ["faster-whisper", "whisper"]
    assert not any(one["available"] or one["is_auto"] for one in found)
    assert all("whisper-base" in one["why"] or "environment.py" in one["why"] for one in found)
