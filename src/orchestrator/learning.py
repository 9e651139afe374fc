"""What a run took, kept so that the next ones can be estimated."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from avatar.telemetry import SpanRecord
from models.loaded import process_networks
from models.memory import begin_peak, begin_peak_on_card, card_peak_bytes, peak_bytes
from orchestrator.context import RunContext
from orchestrator.result import CHUNK_STAGES, ENHANCING, WHOLE_JOB, JobResult, stage_seconds
from video_processor.estimates.estimate import device_of
from video_processor.estimates.past import PastRun

CHUNK: Final = "chunk"
LEAST_FRAMES: Final = 10
"""Fewer tell of what precedes the first frame, and nothing of frames."""

_log = logging.getLogger(__name__)


class Measuring:
    """What the memory of this process, and of PyTorch on `device`, grows by from a run's start on, in bytes.

    Nothing is told of an engine that is `loaded` already, nor where the process holds networks: a run that finds its
    network there grows by too little.
    """

    def __init__(self, device: str, loaded: Iterable[str] = ()) -> None:
        self._device, self._loaded = device, frozenset(loaded)
        self._is_cold = not process_networks()
        self._before = peak_bytes() if begin_peak() else None
        begin_peak_on_card(device)
        self._before_on_card = card_peak_bytes(device) or 0

    def growth(self, engine: str) -> int | None:
        """Of the process; None where the system does not count from the start on."""
        peak = peak_bytes()
        if peak is None or self._before is None or not self._tells_of(engine):
            return None
        return max(0, peak - self._before)

    def card_growth(self, engine: str) -> int | None:
        """Of PyTorch on the card; None without one."""
        peak = card_peak_bytes(self._device)
        return None if peak is None or not self._tells_of(engine) else max(0, peak - self._before_on_card)

    def _tells_of(self, engine: str) -> bool:
        return self._is_cold and engine not in self._loaded


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
    generating, preparing = seconds.get("video_generation", 0.0), seconds.get("prepare", 0.0)
    drawing = round(generating * _without_enhancing(seconds), 4)
    whole = sum(span.seconds for span in spans if span.name == WHOLE_JOB)
    return PastRun(
        engine=engine,
        device=device_of(engine, hardware),
        width=int(drawn[0].attributes["drawn_width"]),
        height=int(drawn[0].attributes["drawn_height"]),
        frames=frames,
        sound=result.duration,
        drawing=drawing,
        preparing=preparing,
        rest=round(max(0.0, whole - generating - preparing), 4),
        batch=hardware.profile.batches.get(engine, 1),
        growth=own.growth(engine),
        card_growth=own.card_growth(engine),
    )


def _without_enhancing(seconds: Mapping[str, float]) -> float:
    """The part, 0..1, of what all threads did with frames that was drawing and encoding them."""
    whole = sum(seconds.get(stage, 0.0) for stage in CHUNK_STAGES)
    return 1.0 - seconds.get(ENHANCING, 0.0) / whole if whole else 1.0
