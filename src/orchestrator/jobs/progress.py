"""How far a job is on the whole, from what its stages report."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from orchestrator.context import Progress
from orchestrator.jobs.record import JobProgress

CHUNKS: Final = "video_generation"

SHARES: Final = {
    "audio_processing": 0.06,
    "portrait_analysis": 0.05,
    "emotion_detection": 0.01,
    "mistral_controller": 0.01,
    "motion_synthesis": 0.03,
    "soundtrack": 0.01,
    CHUNKS: 0.80,
    "assemble": 0.02,
}
"""Of the work on a clip of ten seconds; the rest is the copy to its place."""


class ProgressTrack:
    """Adds up what is finished. Safe for threads: stages report from several, a heartbeat reads.

    It begins with what the job reported before another worker had it, so the fraction never falls.
    """

    def __init__(self, before: JobProgress, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = JobProgress(stage=before.stage, fraction=before.fraction)
        self._clock = clock
        self._lock = threading.Lock()
        self._finished: set[str] = set()
        self._chunks_from: tuple[int, float] | None = None
        self._last_chunk = 0.0

    def saw(self, event: Progress) -> None:
        with self._lock:
            if event.stage == CHUNKS:
                self._saw_chunks(event)
            elif event.stage in SHARES and event.done:
                self._finished.add(event.stage)
            shown = event.stage if not event.done or event.stage == CHUNKS else self._now.stage
            stage = CHUNKS if shown == "soundtrack" else shown
            self._now = replace(self._now, stage=stage, fraction=max(self._now.fraction, self._share_done()))

    def now(self) -> JobProgress:
        with self._lock:
            return replace(self._now, seconds_left=self._seconds_left())

    def _saw_chunks(self, event: Progress) -> None:
        """Chunks come after the stages before them, which a job that goes on does not report again."""
        if self._chunks_from is None:
            self._chunks_from = (event.done, self._clock())
            self._finished |= set(SHARES) - {CHUNKS, "soundtrack", "assemble"}
        self._last_chunk = self._clock()
        self._now = replace(self._now, done=event.done, total=event.total)

    def _share_done(self) -> float:
        chunks = self._now.done / self._now.total if self._now.total else 0.0
        return round(sum(SHARES[stage] for stage in self._finished) + SHARES[CHUNKS] * chunks, 4)

    def _seconds_left(self) -> float | None:
        """From the speed of this worker's own chunks; None before the first of them."""
        if self._chunks_from is None:
            return None
        first, began = self._chunks_from
        if (made := self._now.done - first) < 1:
            return None
        each = (self._last_chunk - began) / made
        left = each * (self._now.total - self._now.done) - (self._clock() - self._last_chunk)
        return max(0.0, round(left, 1) if left < 10 else float(round(left)))
