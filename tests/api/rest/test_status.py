"""What the service can do, what it is doing, and whether it is well."""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from api.rest import drawing_engines, engines, health, machine
from live.desk import LiveDesk, LiveState
from live.engines import EngineState
from models.hardware import Hardware, forget_choices
from models.sources import load_registry
from models.weights import WeightStore
from orchestrator.database import DatabaseError
from orchestrator.jobs.presence import present
from tests.api.rest.watched_service import OWNER, WatchedService, open_watched
from video_processor.renderers.base import Renderer, RendererCapabilities
from video_processor.renderers.still import StillRenderer


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path, checkpoints_dir=tmp_path / "checkpoints", max_queue=7) as found:
        yield found


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    machine.gpu.cache_clear()
    forget_choices()
    monkeypatch.setattr("api.rest.machine.shutil.which", lambda _program: None)
    yield
    machine.gpu.cache_clear()
    forget_choices()


class _Needy:
    """An engine that needs two model files."""

    capabilities = RendererCapabilities("needy", 1, "draws well", weights=("face-detector", "iris"))

    def prepare(self, *_: object) -> Any:
        raise AssertionError("nothing is drawn here")


def status(watched: WatchedService) -> dict[str, Any]:
    answer = watched.client.get("/api/v1/status")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def use_needy(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_store: WeightStore, _hardware: Hardware) -> dict[str, Renderer]:
        return {"needy": _Needy(), "still": StillRenderer()}

    monkeypatch.setattr(drawing_engines, "engines", found)


def test_engines_of_live_sessions_with_what_a_frame_takes(
    watched: WatchedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(watched)["live"]["engines"] == []
    found = EngineState("wav2lip", available=True, why="It keeps up.", frame_milliseconds=17.5)
    monkeypatch.setattr(LiveDesk, "state", LiveState(1, 1, 0, 4, 0, (7,), 4.2, (found,)))
    assert status(watched)["live"]["engines"] == [
        {"name": "wav2lip", "available": True, "why": "It keeps up.", "frame_milliseconds": 17.5}
    ]


def test_the_engines_of_this_program_and_who_auto_takes(watched: WatchedService) -> None:
    found = {engine["name"]: engine for engine in status(watched)["engines"]}
    assert list(found) == ["wav2lip-gan", "wav2lip", "sadtalker", "sadtalker-512", "puppet", "still"]
    assert [engine["name"] for engine in found.values() if engine["is_auto"]] == ["puppet"]
    assert [engine["name"] for engine in found.values() if engine["available"]] == ["puppet", "still"]
    assert all(engine["why"] and engine["summary"] for engine in found.values())


def test_an_engine_tells_where_it_computes_what_it_lacks_and_what_it_takes(
    watched: WatchedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.hardware.has_torch", lambda: False)
    answer = status(watched)
    found = {engine["name"]: engine for engine in answer["engines"]}
    lips, puppet = found["wav2lip"], found["puppet"]
    assert (answer["hardware"]["device"], answer["hardware"]["profile"]) == ("cpu", "cpu")
    assert (lips["device"], lips["extra"], lips["lacks"]) == ("cpu", "neural", ["wav2lip"])
    assert lips["passed_over"] == "needs the extra `neural`"
    assert "ALLOW_NONCOMMERCIAL_WEIGHTS=true" in lips["why"]
    assert "(non-commercial)" in lips["licence"]
    assert (puppet["extra"], puppet["lacks"], puppet["passed_over"], puppet["precision"]) == (None, [], None, "fp32")
    assert lips["estimate"]["memory"] > puppet["estimate"]["memory"] > 0
    assert puppet["estimate"]["runs"] == 0


def test_an_estimate_names_the_engine_and_grows_with_the_sound(watched: WatchedService) -> None:
    short = watched.client.get("/api/v1/estimate?seconds=10&fps=25").json()
    long = watched.client.get("/api/v1/estimate?seconds=100&width=1024").json()
    assert (short["engine"], short["runs"]) == ("puppet", 0)
    assert "wav2lip lacks wav2lip" in short["passed_over"]
    assert long["seconds"] > 5 * short["seconds"]
    assert long["memory"] > short["memory"]
    assert watched.client.get("/api/v1/estimate?renderer=still").json()["why"] == "asked for"


@pytest.mark.parametrize(
    ("query", "field"),
    [("renderer=magic", "renderer"), ("renderer=wav2lip", "renderer"), ("fps=fast", "fps"), ("seconds=0", "seconds")],
)
def test_what_cannot_be_estimated_is_a_problem_of_its_field(query: str, field: str, watched: WatchedService) -> None:
    answer = watched.client.get(f"/api/v1/estimate?{query}")
    assert answer.status_code == 422
    assert field in answer.text


def test_an_engine_that_lacks_its_files_says_which_and_how_to_get_them(
    watched: WatchedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_needy(monkeypatch)
    needy, still = status(watched)["engines"]
    assert (needy["available"], needy["is_auto"], still["is_auto"]) == (False, False, True)
    assert "face-detector" in needy["why"]
    assert "models download face-detector iris`" in needy["why"]
    assert needy["licence"] == "Apache-2.0"


def test_an_engine_that_has_its_files_is_available(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    use_needy(monkeypatch)
    folder = watched.settings.checkpoints_dir
    folder.mkdir()
    files = [file for file in load_registry().files if file.group == "face"]
    for file in files:
        with (folder / file.file).open("wb") as opened:
            opened.truncate(file.size if file.key != "iris" else 1)
    assert "iris (3 MB, damaged)" in status(watched)["engines"][0]["why"]
    for file in files:
        with (folder / file.file).open("wb") as opened:
            opened.truncate(file.size)
    needy = status(watched)["engines"][0]
    assert (needy["available"], needy["is_auto"]) == (True, True)


def test_queue_workers_device_and_disk(watched: WatchedService) -> None:
    running = watched.submit()
    watched.start()
    waiting = watched.submit()
    watched.set_times(waiting.id, queued_at=1.0)
    with present(watched.settings, "idle-worker"):
        found = status(watched)
    assert found["queue"]["counts"]["queued"] == found["queue"]["counts"]["running"] == 1
    assert found["queue"]["max"] == 7
    assert found["queue"]["oldest_wait"] > 1e9
    assert found["workers"] == [{"name": "idle-worker", "job_id": None}, {"name": OWNER, "job_id": running.id}]
    assert "core" in found["device"]
    assert found["gpu"] is None
    assert 0 < found["disk"]["free_bytes"] <= found["disk"]["total_bytes"]
    assert [director["name"] for director in found["directors"] if director["is_auto"]] == ["rules"]


def test_who_hears_and_what_silero_lacks(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.silero.has_runtime", lambda: False)
    silero, own = status(watched)["hearing"]
    assert (silero["name"], silero["available"], silero["is_auto"]) == ("silero", False, False)
    assert "onnxruntime" in silero["why"]
    assert (own["name"], own["available"], own["is_auto"]) == ("own", True, True)


def test_workers_that_died_are_not_listed(watched: WatchedService) -> None:
    (watched.settings.data_dir / "workers").mkdir()
    (watched.settings.data_dir / "workers" / "dead.lock").touch()
    assert status(watched)["workers"] == []


def test_the_gpu_is_asked_after_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="NVIDIA H200\nNVIDIA H200\n")

    monkeypatch.setattr("api.rest.machine.platform.system", lambda: "Linux")
    monkeypatch.setattr("api.rest.machine.shutil.which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr("api.rest.machine.subprocess.run", answer)
    assert machine.gpu() == "NVIDIA H200, NVIDIA H200"
    assert machine.gpu() == "NVIDIA H200, NVIDIA H200"
    assert len(asked) == 1


@pytest.mark.parametrize("failure", [OSError("none"), subprocess.TimeoutExpired("nvidia-smi", 10)])
def test_a_driver_that_does_not_answer_is_no_gpu(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("api.rest.machine.platform.system", lambda: "Linux")
    monkeypatch.setattr("api.rest.machine.shutil.which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr("api.rest.machine.subprocess.run", fail)
    assert machine.gpu() is None


def test_a_service_with_a_worker_is_well(watched: WatchedService) -> None:
    with present(watched.settings, OWNER):
        answer = watched.client.get("/health")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["reasons"], answer.json()["gpu"]) == ("ok", [], None)
    assert "core" in answer.json()["device"]


def test_health_is_degraded_once_no_worker_has_lived_for_long(watched: WatchedService) -> None:
    now = [1000.0]
    absence = health.WorkerAbsence(lambda: now[0])
    assert absence.seconds(0) == 0
    now[0] += 40
    assert absence.seconds(0) == 40
    watched.app.state.worker_absence = absence
    answer = watched.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "40 s" in answer.json()["reasons"][0]
    with FileLock(watched.settings.data_dir / "workers" / "one.lock", blocking=False):
        assert watched.client.get("/health").json()["status"] == "ok"
    now[0] += 5
    assert watched.client.get("/health").json()["status"] == "ok"


def test_health_is_degraded_while_jobs_wait_and_nobody_takes_them(tmp_path: Path) -> None:
    with open_watched(tmp_path, job_workers=0) as watched:
        assert watched.client.get("/health").json()["status"] == "ok"
        watched.set_times(watched.submit().id, queued_at=1.0)
        assert "no worker takes them" in watched.client.get("/health").json()["reasons"][0]
        watched.start()
        watched.set_times(watched.submit().id, queued_at=1.0)
        assert watched.client.get("/health").json()["status"] == "ok"


def test_health_is_degraded_on_a_disk_that_is_almost_full(
    watched: WatchedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "disk", lambda _folder: machine.Disk(free=50_000_000, total=10**12))
    assert watched.client.get("/health").json()["reasons"] == ["The disk of DATA_DIR has only 50 MB free."]


def test_health_without_the_database_is_503(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> float:
        raise DatabaseError("The database is away.")

    monkeypatch.setattr(health, "oldest_wait", away)
    answer = watched.client.get("/health")
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["reasons"]) == ("degraded", ["The database is away."])


def test_a_database_that_hangs_is_not_waited_for(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def hang(*_: object) -> float:
        released.wait(20)
        return 0.0

    monkeypatch.setattr(health, "oldest_wait", hang)
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.05)
    try:
        answer = watched.client.get("/health")
    finally:
        released.set()
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")


def test_options_are_the_same_for_every_asker(watched: WatchedService) -> None:
    first, second = (engines.director_options(watched.settings) for _ in range(2))
    assert first == second
    assert replace(first[0], name="other") not in second
