"""A command that is killed at any moment goes on when it is given again, and does nothing finished twice."""

import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.settings import Settings
from orchestrator.run import JobRequest, JobResult, run_job
from tests.forks import forks
from tests.orchestrator import killed_run
from tests.orchestrator.pipeline_fakes import CountingEngine, finished_chunks, use_fakes
from video_processor.encoding import video_info

Requests = Callable[..., JobRequest]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def run_until_killed(request: JobRequest, settings: Settings, log: Path, moment: str, number: int) -> None:
    """In a process forked from one that has imported the pipeline, which takes longer than the run."""
    given = [settings.data_dir, request.image, request.audio, request.output, log, moment, number]
    process = forks().Process(target=killed_run.run, args=[str(each) for each in given])
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    process.close()


def go_on(request: JobRequest, settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch) -> JobResult:
    use_fakes(monkeypatch.setattr, CountingEngine(log=log))
    return run_job(request, settings)


def chunks_in(log: Path) -> Counter[int]:
    return Counter(int(line) for line in log.read_text().split()) if log.exists() else Counter()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("before:segment", 1),
        ("before:segment", 4),
        ("after:segment", 3),
        ("after:segment", 5),
        ("checkpoint:render", 1),
        ("checkpoint:chunks", 1),
        ("checkpoint:chunks", 3),
        ("after:render.json", 1),
        ("after:sound.json", 1),
        ("before:soundtrack.m4a", 1),
        ("before:video", 1),
        ("before:look", 2),
        ("after:look", 2),
        ("after:video", 1),
        ("before:quality", 1),
        ("after:quality", 1),
        ("after:result", 1),
    ],
)
def test_no_finished_chunk_is_drawn_twice(
    moment: str,
    number: int,
    request_for: Requests,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = tmp_path / "drawn.txt"
    run_until_killed(request_for(), settings, log, moment, number)
    finished = finished_chunks(settings.data_dir)
    assert not Path(request_for().output).exists()

    result = go_on(request_for(), settings, log, monkeypatch)

    drawn = chunks_in(log)
    assert set(drawn) == {0, 1, 2, 3, 4}
    assert all(drawn[chunk] == 1 for chunk in finished)
    assert sum(drawn.values()) <= 5 + settings.workers
    info = video_info(Path(result.video or ""))
    assert info.frames == 50
    assert info.audio_duration == pytest.approx(2.0, abs=1 / 25)


@pytest.mark.parametrize("moment", ["before:speech.npz", "after:speech.npz", "before:framed", "after:motion"])
def test_a_finished_stage_is_not_done_again(
    moment: str, request_for: Requests, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "drawn.txt"
    run_until_killed(request_for(), settings, log, moment, 1)
    artifacts = settings.data_dir / "artifacts"
    before = {path: path.stat().st_ino for path in artifacts.rglob("*") if not path.name.startswith(".part")}
    assert go_on(request_for(), settings, log, monkeypatch).frames == 50
    assert {path: path.stat().st_ino for path in before} == before


def test_a_job_whose_artifacts_were_removed_starts_over(
    request_for: Requests, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "drawn.txt"
    run_until_killed(request_for(), settings, log, "checkpoint:chunks", 1)
    for path in (settings.data_dir / "artifacts").glob("motion-*"):
        path.unlink()
    assert go_on(request_for(), settings, log, monkeypatch).frames == 50


def test_a_run_resumes_in_the_middle_of_the_graph(
    request_for: Requests, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "drawn.txt"
    run_until_killed(request_for(), settings, log, "checkpoint:chunks", 1)
    result = go_on(request_for(), settings, log, monkeypatch)
    assert "audio_processing" not in result.seconds
    assert "render" in result.seconds
