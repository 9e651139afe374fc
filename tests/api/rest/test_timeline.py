"""What an editor of performances asks the service: speech, curves and previews."""

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.rest import speech_view as speech_module
from api.rest.app import create_app
from api.rest.routes import timeline
from api.rest.service import Service
from api.rest.speech_view import waveform
from avatar.performance import MOST_CUES, MOST_SEGMENTS, Performance
from avatar.performance_schema import performance_schema
from avatar.settings import Settings, load_settings
from orchestrator.jobs.dispatch import Outcome
from orchestrator.previews.desk import PreviewDesk
from orchestrator.previews.turns import Turn
from orchestrator.run import JobRequest, JobResult, run_job
from tests.api.rest.conftest import OpenClient
from tests.api.rest.real_server import served
from tests.api.rest.service_fakes import FakeDesk, FakeWorker
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.previews.preview_fakes import (
    DRAWN,
    HOLD,
    PATIENCE_SECONDS,
    THOUGHT,
    draw_slowly,
    think_slowly,
    until,
)

pytestmark = pytest.mark.usefixtures("forked_side_processes")

TEXT = "Good morning, everyone."
NOD = {"version": 1, "cues": [{"action": "nod", "at": 0.5, "intensity": 1.0}]}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> JobResult:
    """A job that was made to its end; its artifacts stay where they are."""
    picture = face_store(GRACE_HOPPER, *FACE_MODELS).path(GRACE_HOPPER)
    folder = tmp_path_factory.mktemp("timeline")
    settings = load_settings(data_dir=folder / "data", default_resolution=128, video_preset="ultrafast")
    request = JobRequest(image=picture, text=TEXT, language="en", output=folder / "a.mp4")
    return run_job(request, settings)


def ended(client: Any, service: Service, inputs: dict[str, str], result: JobResult, status: str) -> str:
    """The number of a job with that result, which waits for a review or is completed."""
    number: str = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    record = service.dispatch.claim("worker-1")
    assert record is not None
    told = result.to_json() if status == "completed" else replace(result, status="waiting_review").to_json()
    outcome = Outcome(status=status, result=told)  # type: ignore[arg-type]
    assert service.dispatch.finish(record.id, "worker-1", outcome)
    return number


@pytest.fixture
def job(client: TestClient, service: Service, inputs: dict[str, str], result: JobResult) -> str:
    return ended(client, service, inputs, result, "waiting_review")


def asked(http: Any, job: str, what: str, **body: Any) -> Any:
    return http.post(f"/api/v1/jobs/{job}/{what}", json={"performance": NOD, **body})


@pytest.mark.parametrize("status", ["waiting_review", "completed"])
def test_the_speech_of_a_job(
    client: TestClient, service: Service, inputs: dict[str, str], result: JobResult, status: str
) -> None:
    number = ended(client, service, inputs, result, status)
    answer = client.get(f"/api/v1/jobs/{number}/speech")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["duration"] == pytest.approx(result.duration, abs=1e-3)
    assert (told["language"], told["silent"]) == (result.language, False)
    assert [word["text"].strip(".,").lower() for word in told["words"]] == ["good", "morning", "everyone"]
    times = [time for word in told["words"] for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= told["duration"]
    assert all(0 <= phrase["start"] < phrase["end"] <= told["duration"] for phrase in told["phrases"])
    assert told["emphases"]
    assert {"start", "end", "label", "valence", "arousal", "confidence"} == set(told["emotions"][0])
    peaks, step = told["waveform"]["peaks"], told["waveform"]["step_seconds"]
    assert step == pytest.approx(0.01)
    assert len(peaks) * step == pytest.approx(told["duration"], abs=0.011)
    spoken = [peaks[int((word["start"] + word["end"]) / 2 / step)] for word in told["words"]]
    assert min(spoken) > max(peaks[:2], default=0.0)
    assert max(peaks) <= 1


def test_speech_that_a_client_has_is_not_sent_again(client: TestClient, job: str) -> None:
    first = client.get(f"/api/v1/jobs/{job}/speech")
    again = client.get(f"/api/v1/jobs/{job}/speech", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first.headers["cache-control"]


def test_a_look_at_the_speech_counts_as_a_use(client: TestClient, job: str, result: JobResult) -> None:
    speech = Path(result.speech or "")
    for _ in range(2):
        os.utime(speech, (0, 0))
        assert client.get(f"/api/v1/jobs/{job}/speech").status_code == 200
        assert speech.stat().st_mtime > 0


def test_what_a_job_leaves_goes_with_it(client: TestClient, service: Service, job: str) -> None:
    client.get(f"/api/v1/jobs/{job}/speech")
    outputs = service.settings.data_dir / "outputs"
    assert list(outputs.glob(f"{job}.*"))
    client.post(f"/api/v1/jobs/{job}/cancel")
    assert client.delete(f"/api/v1/jobs/{job}").status_code == 204
    assert not list(outputs.glob(f"{job}.*"))


def test_a_waveform_of_a_long_sound_has_few_peaks() -> None:
    sound = np.zeros(1_000_000, np.float32)
    sound[[0, 345_678, 999_999]] = [0.25, -0.5, 1.5]
    shown = waveform(sound)
    step = round(shown.step_seconds * 16_000)
    assert len(shown.peaks) <= speech_module.MOST_PEAKS
    assert {index: peak for index, peak in enumerate(shown.peaks) if peak} == {
        0: 0.25,
        345_678 // step: 0.5,
        len(shown.peaks) - 1: 1.0,
    }
    assert waveform(np.zeros(0, np.float32)).peaks == []


def test_curves_follow_the_performance(client: TestClient, job: str, result: JobResult) -> None:
    nodding, still = asked(client, job, "curves"), asked(client, job, "curves", performance={"version": 1})
    assert nodding.status_code == 200, nodding.text
    told = nodding.json()
    assert (told["fps"], told["frames"], told["step"]) == (25.0, result.frames, 1)
    assert {len(curve) for curve in told["curves"].values()} == {result.frames}
    moved = np.abs(np.subtract(told["curves"]["pitch"], still.json()["curves"]["pitch"]))
    assert abs(int(moved.argmax()) / 25 - 0.5) < 0.3
    assert moved.max() > 2
    assert all(value == round(value, 3) for value in told["curves"]["pitch"])
    few = asked(client, job, "curves", fps=5).json()
    assert (few["fps"], few["step"], few["frames"]) == (5.0, 5, -(-result.frames // 5))


def test_a_preview_is_a_small_video_with_sound(client: TestClient, job: str) -> None:
    answer = asked(client, job, "preview", start=0.21, end=0.79, side=96)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["content-type"], answer.headers["x-renderer"]) == ("video/mp4", "puppet")
    assert float(answer.headers["x-start"]) == pytest.approx(5 / 25)
    with av.open(io.BytesIO(answer.content)) as container:
        [video], [sound] = container.streams.video, container.streams.audio
        assert (video.frames, video.width, video.height) == (15, 96, 96)
        assert float(sound.duration * sound.time_base) == pytest.approx(0.6, abs=0.05)  # type: ignore[operator]


def test_times_on_the_edge_of_a_frame_take_no_other(client: TestClient, job: str) -> None:
    answer = asked(client, job, "preview", start=3 / 25, end=8 / 25 + 1e-9, side=64)
    with av.open(io.BytesIO(answer.content)) as container:
        assert container.streams.video[0].frames == 5


def test_a_preview_ends_with_the_video(client: TestClient, job: str, result: JobResult) -> None:
    answer = asked(client, job, "preview", start=result.duration - 0.3, end=result.duration + 5, side=64)
    with av.open(io.BytesIO(answer.content)) as container:
        assert container.streams.video[0].frames == result.frames - round(float(answer.headers["x-start"]) * 25)


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"start": 1.0, "end": 1.0}, "end", "ends at 1 s and starts at 1 s"),
        ({"start": 0.0, "end": 20.5}, "end", "at most 20"),
        ({"start": 900.0, "end": 901.0}, "start", "the sound ends at"),
        ({"start": -1.0, "end": 1.0}, "start", "greater than or equal to 0"),
        ({"start": 0.0}, "end", "required"),
        ({"start": 0.0, "end": 1.0, "side": 322}, "side", "less than or equal to 320"),
        ({"start": 0.0, "end": 1.0, "side": 65}, "side", "multiple of 2"),
        ({"start": 0.0, "end": 1.0, "speed": 2}, "speed", "no such field"),
        ({"start": 0.0, "end": 1.0, "performance": {"cues": [{"action": "fly", "at": 1}]}}, "performance", "fly"),
    ],
)
def test_what_cannot_be_previewed_names_its_field(
    client: TestClient, job: str, body: dict[str, Any], field: str, told: str
) -> None:
    answer = asked(client, job, "preview", **body)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["message"]


def test_curves_refuse_what_a_hand_in_refuses(client: TestClient, job: str) -> None:
    for performance in (
        {"controls": {"smile": "much"}},
        {"controls": {"smiles": 1}},
        {"segments": [{"start": 2, "end": 1, "controls": {}}]},
    ):
        refused = asked(client, job, "curves", performance=performance)
        handed_in = client.put(f"/api/v1/jobs/{job}/performance", json=performance)
        assert refused.status_code == handed_in.status_code == 422
        assert refused.json()["detail"] == handed_in.json()["detail"]
    assert client.post(f"/api/v1/jobs/{job}/curves", content="{").status_code == 415
    broken = client.post(f"/api/v1/jobs/{job}/curves", content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_a_performance_is_read_beside_the_event_loop(
    client: TestClient, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_up: list[str] = []

    def noted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **named: Any) -> Any:
            with suppress(RuntimeError):
                asyncio.get_running_loop()
                held_up.append(name)
            return work(*given, **named)

        return done

    for name in ("parse_json", "checked_performance", "source_of"):
        monkeypatch.setattr(timeline, name, noted(name, getattr(timeline, name)))
    monkeypatch.setattr(Performance, "model_validate", noted("model_validate", Performance.model_validate))
    assert client.get(f"/api/v1/jobs/{job}/speech").status_code == 200
    assert asked(client, job, "curves").status_code == 200
    assert asked(client, job, "preview", start=0, end=0.1, side=64).status_code == 200
    assert client.put(f"/api/v1/jobs/{job}/performance", json=NOD).status_code == 200
    assert held_up == []


@pytest.mark.parametrize(
    ("name", "most", "item"),
    [
        ("cues", MOST_CUES, {"action": "nod", "at": 1}),
        ("segments", MOST_SEGMENTS, {"start": 0, "end": 1, "controls": {}}),
    ],
)
def test_more_than_can_be_played_is_refused(
    client: TestClient, job: str, name: str, most: int, item: dict[str, Any]
) -> None:
    answer = asked(client, job, "curves", performance={name: [item] * (most + 1)})
    assert answer.status_code == 422
    assert f"{name} has more than {most} entries" in answer.json()["detail"]
    assert performance_schema()["properties"][name]["maxItems"] == most


def test_a_job_without_a_timeline_says_what_to_do(
    client: TestClient, service: Service, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    number = client.post("/api/v1/jobs", json=inputs).json()["job_id"]
    requests = [("GET", "speech", None), ("POST", "curves", {}), ("POST", "preview", {"start": 0, "end": 1})]

    def statuses() -> set[int]:
        answers = []
        for method, what, body in requests:
            content = None if body is None else {"performance": NOD, **body}
            answers.append(client.request(method, f"/api/v1/jobs/{number}/{what}", json=content))
        assert all(answer.json()["cure"] for answer in answers)
        return {answer.status_code for answer in answers}

    assert statuses() == {409}
    worker.fail(worker.claim(), mendable=True)
    assert statuses() == {409}
    assert client.get(f"/api/v1/jobs/{'0' * 22}/speech").status_code == 404


def test_what_has_been_removed_is_gone(
    client: TestClient, service: Service, inputs: dict[str, str], result: JobResult, tmp_path: Path
) -> None:
    for changes in ({"speech": str(tmp_path / "none.npz")}, {"framed": None}, {"speech": None}):
        number = ended(client, service, inputs, replace(result, **changes), "completed")
        for answer in (client.get(f"/api/v1/jobs/{number}/speech"), asked(client, number, "curves")):
            assert (answer.status_code, answer.json()["job_id"]) == (410, number)


def test_questions_do_not_count_as_changes(open_client: OpenClient, result: JobResult, inputs: dict[str, str]) -> None:
    with open_client(rate_limit_per_minute=3) as client:
        assert isinstance(client.app, FastAPI)
        number = ended(client, client.app.state.service, inputs, result, "completed")
        statuses = [asked(client, number, "preview", start=0, end=0.1, side=64).status_code for _ in range(5)]
    assert statuses == [200] * 5


@pytest.fixture
def slow_url(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Service]]:
    """A real server whose previews stand still while there is a file `hold`."""
    monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)
    monkeypatch.setattr("api.rest.service.PreviewDesk", lambda given: PreviewDesk(given, draw_slowly, processes=1))
    app = create_app(settings)
    with served(app) as url:
        yield url, app.state.service


def test_a_closed_connection_calls_curves_off(
    settings: Settings, inputs: dict[str, str], result: JobResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)
    monkeypatch.setattr("api.rest.service.PreviewDesk", lambda given: PreviewDesk(given, think_slowly, processes=1))
    app = create_app(settings)
    with (
        served(app) as url,
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        service = app.state.service
        number, data = ended(client, service, inputs, result, "completed"), service.settings.data_dir
        left: list[Turn] = []
        leave = service.previews.leave

        def noted(turn: Turn) -> None:
            leave(turn)
            left.append(turn)

        monkeypatch.setattr(service.previews, "leave", noted)
        (data / HOLD).touch()
        first = pool.submit(asked, client, number, "curves")
        until((data / THOUGHT).exists)
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"/api/v1/jobs/{number}/curves", json={"performance": {}}, timeout=0.5)
        until(lambda: bool(left))
        (data / HOLD).unlink()
        assert first.result(PATIENCE_SECONDS).status_code == 200
        assert asked(client, number, "curves").status_code == 200
        assert (data / THOUGHT).read_text().split() == ["one"]


def test_a_newer_preview_and_a_closed_connection_end_an_older_one(
    slow_url: tuple[str, Service], inputs: dict[str, str], result: JobResult
) -> None:
    url, service = slow_url
    data = service.settings.data_dir
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client, ThreadPoolExecutor(2) as pool:
        number = ended(client, service, inputs, result, "completed")
        (data / HOLD).touch()
        first = pool.submit(asked, client, number, "preview", start=0, end=1)
        until((data / DRAWN).exists)
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"/api/v1/jobs/{number}/preview", json={"performance": NOD, "start": 0, "end": 1}, timeout=0.5)
        refused = first.result(PATIENCE_SECONDS)
        assert (refused.status_code, refused.json()["kind"]) == (409, "SupersededError")
        until(lambda: not service.previews._turns._newest)
        other = pool.submit(asked, client, number, "preview", start=0, end=0.2, client="tab 1")
        until(lambda: len(service.previews._turns._newest) == 1)
        last = pool.submit(asked, client, number, "preview", start=0, end=0.2, client="tab 2")
        until(lambda: len(service.previews._turns._newest) == 2)
        (data / HOLD).unlink()
        assert [answer.result(PATIENCE_SECONDS).status_code for answer in (other, last)] == [200, 200]
