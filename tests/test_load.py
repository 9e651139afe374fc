"""The load test itself: it counts what it is told, and fails where it should."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from api.cli.bench.serving import running_service
from avatar.settings import load_settings
from scripts.load_test import Report, load, main, printed
from tests.apart import apart
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store


@pytest.fixture
def checkpoints() -> Path:
    face_store(*FACE_MODELS, GRACE_HOPPER)
    return load_settings().checkpoints_dir


def test_clients_are_accepted_or_told_to_come_back(tmp_path: Path, checkpoints: Path) -> None:
    small = {"max_queue": 2, "video_preset": "ultrafast", "live_workers": 0}
    with running_service(tmp_path, checkpoints_dir=checkpoints, **small) as url:
        report = apart(lambda: asyncio.run(load(url, 8, 120)))
    assert report.errors == []
    assert report.lost == 0
    assert report.accepted == report.answers["202"] >= 2
    assert report.answers["429"] == 8 - report.accepted >= 1
    assert report.percentile(0.5) > 0


def test_a_service_that_is_away_fails_the_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert apart(lambda: main(["--url", "http://127.0.0.1:9", "--clients", "2", "--json"])) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] == {"no answer": 2}
    assert len(told["errors"]) == 2


def test_only_this_machine_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--url", "http://example.com"])
    assert "not on this machine" in capsys.readouterr().err


def test_slow_answers_count_where_they_are_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> Report:
        return Report(looks=[10.0] * 90 + [500.0] * 10)

    monkeypatch.setattr("scripts.load_test.load", slow)
    here = ["--url", "http://127.0.0.1:9"]
    calls = [here, [*here, "--strict"], [*here, "--strict", "--max-p95-ms", "600"]]
    assert apart(lambda: [main(call) for call in calls]) == [0, 1, 0]


def test_a_lost_job_is_shown() -> None:
    report = Report(accepted=3)
    report.ends["completed"] = 2
    assert report.lost == 1
    assert "3, 2, 1" in printed(report)


def test_an_answer_without_a_time_to_come_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = httpx.MockTransport(lambda _: httpx.Response(429))
    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: real(transport=refused, **options))
    report = apart(lambda: asyncio.run(load("http://127.0.0.1:9", 1, 10)))
    assert len(report.errors) == 1
