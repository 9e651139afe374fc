"""What tells the queue that a job is still made."""

import threading
from typing import Any

from orchestrator.context import Cancelled, StopSign
from orchestrator.jobs.heartbeat import Heartbeat
from orchestrator.jobs.progress import ProgressTrack
from orchestrator.jobs.record import JobProgress
from orchestrator.jobs.table import SqlJobs


def test_the_beat_goes_on_whatever_went_wrong(jobs: SqlJobs, monkeypatch: Any, caplog: Any) -> None:
    """The first one fails in a way that nobody foresaw; the second brings the order."""
    troubles = iter([RuntimeError("a driver's own trouble")])
    obeyed = threading.Event()

    def renew(*_: object, **_given: object) -> str:
        for trouble in troubles:
            raise trouble
        obeyed.set()
        return "cancel"

    monkeypatch.setattr(jobs, "renew", renew)
    sign = StopSign()
    with Heartbeat(jobs, "a job", "one", ProgressTrack(JobProgress()), sign, threading.Event()):
        assert obeyed.wait(30)
    assert isinstance(sign.cause, Cancelled)
    assert "a driver's own trouble" in caplog.text
