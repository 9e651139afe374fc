"""One chunk of video: drawn, enhanced and encoded frame by frame, so that no more than a frame is in memory."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from langgraph.runtime import Runtime

from avatar.errors import EnhancementError, RenderError
from avatar.telemetry import SpanRecord
from avatar.types import Image, RenderChunk, Size
from orchestrator.captions import load_captions
from orchestrator.chunks import chunk_span, look_path, segment_path
from orchestrator.context import DRAWING, RunContext, StopSign
from orchestrator.enhancing import enhanced_frames, open_enhancer
from orchestrator.rendering import OpenRender, Overtaken, TracedFrames, cut_chunk, engine_error, told_by
from orchestrator.result import ENHANCING
from orchestrator.state import ChunkTask, ErrorRecord, RenderRecord, Update
from video_processor.captions.burning import captioned
from video_processor.encoding import encode_segment
from video_processor.enhancement.base import Enhancer
from video_processor.quality.looks import WatchedFrames, save_look

STAGE: Final = DRAWING
CHUNK: Final = "chunk"


def video_generation(state: ChunkTask, runtime: Runtime[RunContext]) -> Update:
    """The segment of one chunk, as an artifact.

    An engine that fails, or who enhances its frames, is noted in `errors`; the other chunks stop.
    """
    context, render, index = runtime.context, state["render"], state["index"]
    path = segment_path(context.artifacts.folder, render, index)
    working = (render["engine"], render["enhancer"]["kind"])
    notes: list[str] = []
    failure: ErrorRecord | None = None
    with context.renders.places, context.stop.watching():
        if not context.artifacts.is_finished(path):
            if any(context.renders.has_failed(name) for name in working):
                return {}
            try:
                notes = _make_segment(context, render, index, path)
            except Overtaken:
                return {}
            except (RenderError, EnhancementError) as error:
                failure = _failure(render, index, error)
            # Outside the handler, whose traceback would keep what the engine holds.
            if failure is not None:
                context.renders.fail(failure["engine"])
                return {"errors": [failure]}
        context.report.chunk_finished()
    return {"chunks": [{"index": index, "engine": render["engine"], "path": str(path)}], "notes": notes}


def _make_segment(context: RunContext, render: RenderRecord, index: int, path: Path) -> list[str]:
    """Returns what the user should know of how the frames were made, and has not been told."""
    shape: dict[str, Any] = {
        "engine": render["engine"],
        "width": render["width"],
        "height": render["height"],
        "drawn_width": render["drawn_width"],
        "drawn_height": render["drawn_height"],
        "fps": render["fps"],
        "enhancer": render["enhancer"]["kind"],
    }
    with context.tracer.span(CHUNK, under=context.drawing.get(), chunk=index, **shape) as whole:
        source = context.renders.open(render, context.engines[render["engine"]], context.tracer)
        enhancer = context.renders.enhancer(render, lambda: open_enhancer(context, render))
        chunk = cut_chunk(source, render, index, before=enhancer.context_before if enhancer else 0)
        first, after = chunk_span(render, index)
        whole.set(first_frame=first, frames=after - first, context_frames=len(chunk.motion) - (after - first))
        _draw(context, render, source, enhancer, chunk, path, whole)
        context.artifacts.finished(path)
        notes = [*told_by(source.session), *(enhancer.notes if enhancer else ())]
        if news := context.renders.untold(notes):
            whole.set(told="; ".join(news))
    return news


def _draw(
    context: RunContext,
    render: RenderRecord,
    source: OpenRender,
    enhancer: Enhancer | None,
    chunk: RenderChunk,
    path: Path,
    whole: SpanRecord,
) -> None:
    """Writes the segment; one span for each of render, quality_enhancement and encode, side by side in `whole`."""
    started = perf_counter()
    first, _ = chunk_span(render, chunk.index)
    frames = _frames(source, render, chunk, context.stop)
    drawn = TracedFrames(context.tracer, "render", chunk.index, frames, under=whole)
    lead = first - chunk.first
    enhanced = enhanced_frames(enhancer, drawn, render, first=first, lead=lead) if enhancer else drawn
    better = TracedFrames(context.tracer, ENHANCING, chunk.index, enhanced, before=drawn, under=whole)
    coding = context.job.coding
    watched = WatchedFrames(better, source.mouth)
    shown = _with_captions(render, first, watched)
    with context.tracer.span("encode", under=whole, aside=True, chunk=chunk.index) as span:
        written = encode_segment(
            shown,
            path,
            size=Size(render["width"], render["height"]),
            fps=Fraction(render["fps"]),
            crf=coding.crf,
            preset=coding.effort,
            transparent=render["transparent"],
            codec=coding.codec,
        )
        save_look(look_path(context.artifacts.folder, render, chunk.index), watched.look)
        span.set(frames=written, own_seconds=perf_counter() - started - better.seconds)


def _with_captions(render: RenderRecord, first: int, frames: Iterable[Image]) -> Iterable[Image]:
    """The frames, with the captions drawn in that are to be."""
    if not render["captions"]:
        return frames
    cues = load_captions(Path(render["captions"]))
    return captioned(frames, cues, first=first, fps=Fraction(render["fps"]), font=render["caption_font"])


def _frames(source: OpenRender, render: RenderRecord, chunk: RenderChunk, stop: StopSign) -> Iterator[Image]:
    for frame in _engine_frames(source, render, chunk):
        stop.check()
        yield frame


def _engine_frames(source: OpenRender, render: RenderRecord, chunk: RenderChunk) -> Iterator[Image]:
    """The engine's frames, as many and as large as they must be; whatever goes wrong is a `RenderError`."""
    shape = (render["drawn_height"], render["drawn_width"], 4 if render["transparent"] else 3)
    drawn = 0
    try:
        for frame in source.session.render(chunk):
            if frame.shape != shape:
                raise RenderError(f"a frame has the shape {frame.shape} instead of {shape}")
            if frame.dtype != np.uint8:
                raise RenderError(f"a frame holds {frame.dtype} instead of uint8")
            yield frame
            drawn += 1
        if drawn != chunk.count:
            raise RenderError(f"it drew {drawn} of {chunk.count} frames")
    except Exception as error:
        raise engine_error(render["engine"], f"failed on chunk {chunk.index}", error) from error


def _failure(render: RenderRecord, index: int, error: RenderError | EnhancementError) -> ErrorRecord:
    if isinstance(error, EnhancementError):
        return {"stage": ENHANCING, "engine": render["enhancer"]["kind"], "chunk": index, "message": str(error)}
    return {"stage": STAGE, "engine": render["engine"], "chunk": index, "message": str(error)}
