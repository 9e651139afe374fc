"""The chunks of one video: what they share, and what each of them is given."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter

import numpy as np

from avatar.errors import AvatarError, RenderError
from avatar.telemetry import SpanRecord, Tracer
from avatar.types import SAMPLE_RATE_HZ, Choice, FaceMotion, Floats, Image, RenderChunk, Size
from models.batching import give_memory_back, halvings
from models.loaded import process_networks
from orchestrator.chunks import chunk_span
from orchestrator.state import RenderRecord
from video_processor.enhancement.base import Enhancer
from video_processor.motion.export import load_motion
from video_processor.portrait import load_portrait
from video_processor.quality.looks import Box, mouth_of
from video_processor.renderers.base import Marked, Renderer, RendererCapabilities, RenderSession, Telling


@dataclass(frozen=True, slots=True)
class OpenRender:
    """A render's inputs: motion, the file of the sound (float32 at 16 kHz), the prepared portrait, and its mouth."""

    motion: FaceMotion
    samples: Path
    session: RenderSession
    capabilities: RendererCapabilities
    mouth: Box | None = None


@dataclass(frozen=True, slots=True)
class _Warm:
    """A session, and the mark of the files that its engine had read."""

    mark: Hashable
    session: RenderSession


class WarmSessions:
    """Prepared portraits that outlive a run; the `most` used last are kept. Safe for threads.

    `loaded` are the engines that have prepared one, and hold what they need. A session of an engine whose files were
    replaced since is prepared anew.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.loaded: set[str] = set()
        self._sessions: OrderedDict[tuple[str, str, Size], _Warm] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, engine: str, renderer: Renderer, portrait: Path, size: Size) -> RenderSession:
        """The session of the stored portrait; prepared where it is not there. Raises `RenderError`."""
        name = (engine, str(portrait), size)
        with self._lock:
            mark = _mark_of(engine, renderer)
            if name in self._sessions and self._sessions[name].mark != mark:
                del self._sessions[name]
                process_networks().release_of(engine)
            if name not in self._sessions:
                self._sessions[name] = _Warm(mark, _prepared(engine, renderer, portrait, size))
                self.loaded.add(engine)
                while len(self._sessions) > self._most:
                    self._sessions.popitem(last=False)
            self._sessions.move_to_end(name)
            return self._sessions[name].session

    def release_of(self, engine: str) -> None:
        """Forgets what the engine has prepared; whoever draws with it keeps it until then."""
        with self._lock:
            self.loaded.discard(engine)
            for name in [name for name in self._sessions if name[0] == engine]:
                del self._sessions[name]


def _mark_of(engine: str, renderer: Renderer) -> Hashable:
    try:
        return renderer.files_mark() if isinstance(renderer, Marked) else None
    except Exception as error:
        raise engine_error(engine, "could not prepare the portrait", error) from error


def _prepared(engine: str, renderer: Renderer, portrait: Path, size: Size) -> RenderSession:
    try:
        return renderer.prepare(load_portrait(portrait), size)
    except Exception as error:
        raise engine_error(engine, "could not prepare the portrait", error) from error


class Overtaken(Exception):  # noqa: N818 - not an error: another chunk tells it
    """Another chunk has failed meanwhile by the same engine, or by who enhances its frames: it is told of already."""


class OpenRenders:
    """Holds the render in hand open for all threads, and knows which engines failed in this run.

    `choices` are the engines that were chosen, by what had failed. A chunk is drawn with one of the `places`, of which
    there are as many as `workers`. The portrait can be prepared ahead, before there is anything to draw.
    """

    def __init__(self, workers: int, warm: WarmSessions) -> None:
        self._warm = warm
        self.places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._key = ""
        self._open: OpenRender | None = None
        self._failed: set[str] = set()
        self._enhancers: dict[str, Enhancer | None] = {}
        self._ahead: _Preparation | None = None
        self._told: set[str] = set()
        self._halvings_before = len(halvings())
        self.choices: dict[frozenset[str], Choice] = {}

    def has_loaded(self, engine: str) -> bool:
        """Whether this process has drawn with the engine, so that its memory is taken already."""
        return engine in self._warm.loaded

    def prepare_ahead(self, engine: str, renderer: Renderer, portrait: Path, size: Size, tracer: Tracer) -> None:
        """Begins with `prepare` in a thread of its own; what it raises, `open` raises."""
        self._ahead = _Preparation(self._warm, engine, renderer, portrait, size, tracer)

    def open(self, render: RenderRecord, renderer: Renderer, tracer: Tracer) -> OpenRender:
        """The render's inputs, loaded by the first thread that asks.

        Raises `RenderError` from `prepare`, and `Overtaken`.
        """
        with self._lock:
            self._require_working(render["engine"])
            if self._open is None or self._key != render["key"]:
                session = self._session(render, renderer, tracer)
                motion = load_motion(Path(render["motion"]))
                portrait = load_portrait(Path(render["portrait"]))
                mouth = mouth_of(portrait, Size(render["width"], render["height"]))
                self._open = OpenRender(motion, Path(render["samples"]), session, renderer.capabilities, mouth)
                self._key = render["key"]
            return self._open

    def _session(self, render: RenderRecord, renderer: Renderer, tracer: Tracer) -> RenderSession:
        engine, portrait, size = (
            render["engine"],
            Path(render["portrait"]),
            Size(render["drawn_width"], render["drawn_height"]),
        )
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.of == (engine, portrait, size):
            return ahead.session.result()
        with tracer.span("prepare", engine=engine):
            return self._warm.get(engine, renderer, portrait, size)

    def enhancer(self, render: RenderRecord, build: Callable[[], Enhancer | None]) -> Enhancer | None:
        """The render's, which the first thread that asks builds.

        Raises what `build` raises, and `Overtaken`.
        """
        with self._lock:
            self._require_working(render["enhancer"]["kind"])
            if render["key"] not in self._enhancers:
                self._enhancers[render["key"]] = build()
            return self._enhancers[render["key"]]

    def _require_working(self, name: str) -> None:
        if name in self._failed:
            raise Overtaken(f"{name} has failed in this run already.")

    def untold(self, notes: Iterable[str]) -> list[str]:
        """Those that nobody has told yet in this run; of halved batches, those that were halved in it."""
        with self._lock:
            past = halvings()
            before, since = past[: self._halvings_before], past[self._halvings_before :]
            old = self._told | (set(before) - set(since))
            new = [note for note in notes if note not in old]
            self._told.update(new)
            return new

    def fail(self, engine: str) -> None:
        """Notes that an engine, or who enhances frames, failed in this run, and makes room for who takes over.

        Its networks and prepared portraits go as soon as no other chunk is drawn with them.
        """
        with self._lock:
            self._failed.add(engine)
            if self._open is not None and self._open.capabilities.name == engine:
                self._open, self._key = None, ""
            self._enhancers.clear()
        self._warm.release_of(engine)
        process_networks().release_of(engine)
        give_memory_back()

    def has_failed(self, engine: str) -> bool:
        return engine in self._failed


def told_by(session: RenderSession) -> tuple[str, ...]:
    """What the session has to tell of how it drew."""
    return session.notes if isinstance(session, Telling) else ()


class _Preparation:
    """A portrait that is being prepared in a thread of its own."""

    def __init__(
        self, warm: WarmSessions, engine: str, renderer: Renderer, portrait: Path, size: Size, tracer: Tracer
    ) -> None:
        self.of = (engine, portrait, size)
        self.session: Future[RenderSession] = Future()

        def prepare() -> None:
            try:
                with tracer.span("prepare", engine=engine):
                    self.session.set_result(warm.get(engine, renderer, portrait, size))
            except BaseException as error:
                self.session.set_exception(error)

        context = copy_context()
        threading.Thread(target=context.run, args=(prepare,), name="prepare").start()


def engine_error(engine: str, what: str, error: Exception) -> RenderError:
    """Whatever an engine raised, as the error that lets the next engine take over."""
    return RenderError(f"{engine} {what}: {reason_of(error)}")


def reason_of(error: Exception) -> str:
    """What the error says, with its kind where it is none of the project's own."""
    return str(error) if isinstance(error, AvatarError) else f"{type(error).__name__}: {error}"


def cut_chunk(source: OpenRender, render: RenderRecord, index: int, *, before: int = 0) -> RenderChunk:
    """Chunk `index`: its frames of motion and sound with the context that the engine declares, where there is any.

    It begins up to `before` frames earlier, which are drawn for who enhances the others.
    """
    own, after = chunk_span(render, index)
    first = max(0, own - before)
    lead = min(source.capabilities.context_before, first)
    end = min(after + source.capabilities.context_after, render["frames"])
    motion = source.motion[first - lead : end]
    samples = _sound_between(source.samples, first - lead, end, Fraction(render["fps"]))
    return RenderChunk(index, first, after - first, motion, samples, lead)


def _sound_between(samples: Path, first: int, end: int, fps: Fraction) -> Floats:
    """The sound of frames `first` to `end`, silent past the end of the recording."""
    start, stop = (round(Fraction(frame * SAMPLE_RATE_HZ) / fps) for frame in (first, end))
    sound = np.zeros(stop - start, np.float32)
    heard = np.fromfile(samples, np.float32, stop - start, offset=start * sound.itemsize)
    sound[: len(heard)] = heard
    return sound


class TracedFrames:
    """Passes frames on inside a span; `seconds` is the time that it took to get them, with all that came before.

    The span's `own_seconds` leave out the time of the frames `before`, from which `source` makes its own; its parent
    is `under`.
    """

    def __init__(
        self,
        tracer: Tracer,
        stage: str,
        chunk: int,
        source: Iterable[Image],
        before: "TracedFrames | None" = None,
        under: SpanRecord | None = None,
    ) -> None:
        self._tracer, self._stage, self._chunk, self._source, self._before = tracer, stage, chunk, source, before
        self._under = under
        self.seconds = 0.0
        self.count = 0

    def __iter__(self) -> Iterator[Image]:
        with self._tracer.span(self._stage, under=self._under, aside=True, chunk=self._chunk) as span:
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
