"""What a run took, kept so that the next ones can be estimated."""

import logging
from collections.abc import Sequence
from typing import Final

from avatar.telemetry import SpanRecord
from models.memory import begin_peak, begin_peak_on_card, card_peak_bytes, peak_bytes
from orchestrator.context import RunContext
from orchestrator.result import WHOLE_JOB, JobResult, stage_seconds
from video_processor.estimates.estimate import device_of
from video_processor.estimates.past import PastRun

CHUNK: Final = "chunk"
LEAST_FRAMES: Final = 10
"""Fewer tell of what precedes the first frame, and nothing of frames."""

_log = logging.getLogger(__name__)


class Measuring:
    """The memory of a run from its start on."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._counts = begin_peak()
        begin_peak_on_card(device)

    def memory(self) -> int | None:
        """The process's peak in bytes; None where the system does not count from the start on."""
        return peak_bytes() if self._counts else None

    def card_memory(self) -> int | None:
        return card_peak_bytes(self._device)


def learn(context: RunContext, result: JobResult, spans: Sequence[SpanRecord], since: float, own: Measuring) -> None:
    """Notes the run that began at `since` (seconds since the epoch), if it drew a video by itself. Never raises."""
    try:
        run = _run(context, result, [span for span in spans if span.start >= since], own)
        if run is not None:
            context.past.add(run)
    except Exception:
        _log.exception("what the run took is not kept")


def _run(context: RunContext, result: JobResult, spans: Sequence[SpanRecord], own: Measuring) -> PastRun | None:
    if result.renderer is None or result.served or result.errors:
        return None
    engine, hardware = result.renderer.name, context.hardware
    drawn = [span for span in spans if span.name == CHUNK and span.attributes.get("engine") == engine]
    frames = sum(int(span.attributes.get("frames", 0)) for span in drawn)
    seconds = stage_seconds(spans, 0.0)
    if frames < max(LEAST_FRAMES, result.frames):
        return None
    drawing, preparing = seconds.get("video_generation", 0.0), seconds.get("prepare", 0.0)
    whole = sum(span.seconds for span in spans if span.name == WHOLE_JOB)
    return PastRun(
        engine=engine,
        device=device_of(engine, hardware),
        width=result.width,
        height=result.height,
        frames=frames,
        sound=result.duration,
        drawing=drawing,
        preparing=preparing,
        rest=round(max(0.0, whole - drawing - preparing), 4),
        batch=hardware.profile.batches.get(engine, 1),
        memory=own.memory(),
        card_memory=own.card_memory(),
    )
