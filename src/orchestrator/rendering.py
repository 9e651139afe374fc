"""The chunks of one video: what they share, and what each of them is given."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np

from avatar.errors import AvatarError, RenderError
from avatar.telemetry import Tracer
from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Floats, Image, RenderChunk, Size
from orchestrator.state import RenderRecord
from video_processor.motion.export import load_motion
from video_processor.portrait import load_portrait
from video_processor.renderers.base import Renderer, RendererCapabilities, RenderSession


@dataclass(frozen=True, slots=True)
class OpenRender:
    """A render's inputs: motion, the file of the sound (float32 at 16 kHz), and the prepared portrait."""

    motion: FaceMotion
    samples: Path
    session: RenderSession
    capabilities: RendererCapabilities


class OpenRenders:
    """Holds the render in hand open for all threads, and knows which engines failed in this run.

    A chunk is drawn with one of the `places`, of which there are as many as `workers`.
    """

    def __init__(self, workers: int) -> None:
        self.places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._key = ""
        self._open: OpenRender | None = None
        self._failed: set[str] = set()

    def open(self, render: RenderRecord, renderer: Renderer, tracer: Tracer) -> OpenRender:
        """The render's inputs, loaded by the first thread that asks. Raises `RenderError` from `prepare`."""
        with self._lock:
            if self._open is None or self._key != render["key"]:
                with tracer.span("prepare", engine=render["engine"]):
                    self._open = _open_render(render, renderer)
                self._key = render["key"]
            return self._open

    def fail(self, engine: str) -> None:
        self._failed.add(engine)

    def has_failed(self, engine: str) -> bool:
        return engine in self._failed


def _open_render(render: RenderRecord, renderer: Renderer) -> OpenRender:
    portrait = load_portrait(Path(render["portrait"]))
    motion = load_motion(Path(render["motion"]))
    engine = render["engine"]
    try:
        session = renderer.prepare(portrait, Size(render["width"], render["height"]))
    except Exception as error:
        raise engine_error(engine, "could not prepare the portrait", error) from error
    return OpenRender(motion, Path(render["samples"]), session, renderer.capabilities)


def engine_error(engine: str, what: str, error: Exception) -> RenderError:
    """Whatever an engine raised, as the error that lets the next engine take over."""
    reason = str(error) if isinstance(error, AvatarError) else f"{type(error).__name__}: {error}"
    return RenderError(f"{engine} {what}: {reason}")


def chunk_length(frames: int, ideal: int, shortest: int, workers: int) -> int:
    """Frames in a chunk, about `ideal`, so that all workers have equally many where chunks are few.

    Chunks become shorter for that, but not shorter than `shortest` where `ideal` is longer.
    """
    few = ceil(frames / ideal)
    most = max(few, frames // shortest)
    return ceil(frames / min(ceil(few / workers) * workers, most))


def chunk_total(render: RenderRecord) -> int:
    return ceil(render["frames"] / render["chunk_frames"])


def cut_chunk(source: OpenRender, render: RenderRecord, index: int) -> RenderChunk:
    """Chunk `index`: its frames of motion and sound with the context that the engine declares, where there is any."""
    first = index * render["chunk_frames"]
    count = min(render["chunk_frames"], render["frames"] - first)
    lead = min(source.capabilities.context_before, first)
    end = min(first + count + source.capabilities.context_after, render["frames"])
    motion = source.motion[first - lead : end]
    samples = _sound_between(source.samples, first - lead, end, Fraction(render["fps"]))
    return RenderChunk(index, first, count, motion, samples, lead)


def _sound_between(samples: Path, first: int, end: int, fps: Fraction) -> Floats:
    """The sound of frames `first` to `end`, silent past the end of the recording."""
    start, stop = (round(Fraction(frame * SAMPLE_RATE_HZ) / fps) for frame in (first, end))
    sound = np.zeros(stop - start, np.float32)
    heard = np.fromfile(samples, np.float32, stop - start, offset=start * sound.itemsize)
    sound[: len(heard)] = heard
    return sound


class TracedFrames:
    """Passes frames on inside a span; `seconds` is the time that it took to get them, with all that came before.

    The span's `own_seconds` leave out the time of the frames `before`, from which `source` makes its own.
    """

    def __init__(
        self, tracer: Tracer, stage: str, chunk: int, source: Iterable[Image], before: "TracedFrames | None" = None
    ) -> None:
        self._tracer, self._stage, self._chunk, self._source, self._before = tracer, stage, chunk, source, before
        self.seconds = 0.0
        self.count = 0

    def __iter__(self) -> Iterator[Image]:
        with self._tracer.span(self._stage, chunk=self._chunk) as span:
            frames = iter(self._source)
            while (frame := self._timed_next(frames)) is not None:
                self.count += 1
                yield frame
            span.set(frames=self.count, own_seconds=self.seconds - (self._before.seconds if self._before else 0.0))

    def _timed_next(self, frames: Iterator[Image]) -> Image | None:
        started = perf_counter()
        frame = next(frames, None)
        self.seconds += perf_counter() - started
        return frame
