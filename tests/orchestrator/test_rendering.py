"""Chunks hold their frames with the context that the engine declares; spans tell stages that interleave apart."""

import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import RenderError
from avatar.telemetry import FileTracer, read_spans
from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Image, RenderChunk, Size, neutral_motion
from models.loaded import file_mark, process_networks
from orchestrator.chunks import chunk_length, chunk_lengths, chunk_span, chunk_total, segment_path
from orchestrator.driving import tell_chunks
from orchestrator.rendering import OpenRender, OpenRenders, Overtaken, TracedFrames, WarmSessions, cut_chunk
from orchestrator.state import RenderRecord
from tests.orchestrator.pipeline_fakes import CountingEngine, whole_picture_portrait
from video_processor.motion.export import save_motion
from video_processor.pictures import Picture
from video_processor.portrait import save_portrait
from video_processor.renderers.base import RendererCapabilities

FRAMES = 47


@dataclass
class NoSession:
    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        raise NotImplementedError


def record(fps: str = "25") -> RenderRecord:
    return {
        "key": "key",
        "engine": "puppet",
        "motion": "",
        "portrait": "",
        "samples": "",
        "fps": fps,
        "width": 64,
        "height": 64,
        "drawn_width": 64,
        "drawn_height": 64,
        "enhancer": {"kind": "none", "sigma": 0.0, "strength": 0.8, "every": 1},
        "frames": FRAMES,
        "opening": [],
        "chunk_frames": 10,
        "magnification": 1.0,
        "format": "mp4",
        "transparent": False,
        "captions": "",
        "caption_font": "",
    }


def source(folder: Path, before: int = 0, after: int = 0, fps: str = "25") -> OpenRender:
    """Frame i has jaw i / 100; sample i is i."""
    shapes = np.tile(np.arange(FRAMES, dtype=np.float32)[:, None] / 100, (1, len(BLENDSHAPES)))
    motion = FaceMotion(Fraction(fps), shapes.astype(np.float32), np.zeros((FRAMES, 6), np.float32))
    np.arange(int(FRAMES / Fraction(fps) * SAMPLE_RATE_HZ) - 100, dtype=np.float32).tofile(folder / "samples")
    capabilities = RendererCapabilities("puppet", 1, "", context_before=before, context_after=after)
    return OpenRender(motion, folder / "samples", NoSession(), capabilities)


@pytest.mark.parametrize(
    ("frames", "workers", "chunks"),
    [
        (250, 1, 5),
        (250, 2, 6),
        (250, 4, 8),
        (250, 16, 16),
        (50, 2, 2),
        (50, 16, 4),
        (10, 8, 1),
        (1, 4, 1),
        (90_000, 2, 1800),
    ],
)
def test_few_chunks_are_shared_out_evenly(frames: int, workers: int, chunks: int) -> None:
    length = chunk_length(frames, ideal=50, shortest=12, workers=workers)
    assert ceil(frames / length) == chunks


def test_a_wanted_length_under_the_shortest_is_kept() -> None:
    assert chunk_length(100, ideal=5, shortest=12, workers=3) == 5


@pytest.mark.parametrize(
    ("frames", "fps", "opening"),
    [
        (15_000, "25", [12, 12, 25, 25]),
        (499, "25", []),
        (500, "25", [12, 12, 25, 25]),
        (20_000, "30000/1001", [15, 15, 30, 30]),
    ],
)
def test_a_long_video_opens_with_short_chunks(frames: int, fps: str, opening: list[int]) -> None:
    lengths, length = chunk_lengths(frames, Fraction(fps), 2.0, workers=2, size=Size(512, 512))
    assert lengths == opening
    planned = {**record(fps), "frames": frames, "opening": lengths, "chunk_frames": length}
    spans = [chunk_span(planned, index) for index in range(chunk_total(planned))]  # type: ignore[arg-type]
    assert spans[0][0] == 0
    assert spans[-1][1] == frames
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert all(0 < end - start <= 2 * Fraction(fps) + 1 for start, end in spans)


def test_chunks_that_are_wanted_short_need_no_opening() -> None:
    assert chunk_lengths(5_000, Fraction(25), 0.4, workers=2, size=Size(512, 512)) == ([], 10)


def test_chunks_of_large_pictures_are_short() -> None:
    """A job that steps back, or is killed, loses at most the chunks in hand."""
    assert chunk_lengths(100, Fraction(25), 2.0, workers=2, size=Size(1280, 1280)) == ([], 25)
    assert chunk_lengths(100, Fraction(25), 2.0, workers=2, size=Size(4096, 4096)) == ([], 4)
    opening, length = chunk_lengths(5_000, Fraction(25), 2.0, workers=1, size=Size(4096, 4096))
    assert (opening, length) == ([], 4)


def test_chunks_cover_each_frame_once(tmp_path: Path) -> None:
    assert chunk_total(record()) == 5
    chunks = [cut_chunk(source(tmp_path), record(), index) for index in range(5)]
    assert [(chunk.first, chunk.count) for chunk in chunks] == [(0, 10), (10, 10), (20, 10), (30, 10), (40, 7)]
    whole = np.concatenate([chunk.own_motion.blendshapes for chunk in chunks])
    assert np.array_equal(whole, source(tmp_path).motion.blendshapes)


@pytest.mark.parametrize(("index", "lead", "length"), [(0, 0, 12), (1, 3, 15), (4, 3, 10)])
def test_context_is_given_as_far_as_there_is_any(index: int, lead: int, length: int, tmp_path: Path) -> None:
    chunk = cut_chunk(source(tmp_path, before=3, after=2), record(), index)
    assert (chunk.lead, len(chunk.motion)) == (lead, length)
    assert np.array_equal(chunk.own_motion.blendshapes, cut_chunk(source(tmp_path), record(), index).motion.blendshapes)


@pytest.mark.parametrize("fps", ["25", "30000/1001"])
def test_the_sound_lies_exactly_over_the_motion(fps: str, tmp_path: Path) -> None:
    chunk = cut_chunk(source(tmp_path, before=3, after=2, fps=fps), record(fps), 1)
    start = round(7 / Fraction(fps) * SAMPLE_RATE_HZ)
    end = round(22 / Fraction(fps) * SAMPLE_RATE_HZ)
    assert np.array_equal(chunk.audio, np.arange(start, end, dtype=np.float32))


def test_past_the_end_the_sound_is_silent(tmp_path: Path) -> None:
    chunk = cut_chunk(source(tmp_path), record(), 4)
    assert len(chunk.audio) == 7 * 640
    assert not chunk.audio[-100:].any()
    assert chunk.audio[-101] > 0


def test_own_seconds_leave_out_the_stage_before(tmp_path: Path) -> None:
    tracer = FileTracer(tmp_path / "spans.jsonl")

    def slow() -> Iterator[Image]:
        for _ in range(3):
            time.sleep(0.02)
            yield np.zeros((2, 2, 3), np.uint8)

    drawn = TracedFrames(tracer, "render", 4, slow())
    better = TracedFrames(tracer, "quality_enhancement", 4, drawn, before=drawn)
    assert len(list(better)) == 3
    spans = {span.name: span.attributes for span in read_spans(tracer.path)}
    assert spans["render"]["frames"] == spans["quality_enhancement"]["frames"] == 3
    assert spans["render"]["chunk"] == 4
    assert spans["render"]["own_seconds"] >= 0.06 > spans["quality_enhancement"]["own_seconds"]


def portrait_file(folder: Path) -> Path:
    picture = Picture(np.zeros((64, 64, 3), np.uint8), None, "digest", ())
    save_portrait(folder / "portrait.npz", whole_picture_portrait(picture, None, min_face_pixels=1))
    save_motion(folder / "motion.npz", neutral_motion(FRAMES, Fraction(25)))
    return folder / "portrait.npz"


def test_a_portrait_is_prepared_once_ahead_or_when_it_is_drawn(tmp_path: Path) -> None:
    portrait, engine, tracer = portrait_file(tmp_path), CountingEngine(), FileTracer(tmp_path / "spans.jsonl")
    wanted: RenderRecord = {**record(), "portrait": str(portrait), "motion": str(tmp_path / "motion.npz")}
    for warm in (WarmSessions(1), WarmSessions(1)):
        renders = OpenRenders(2, warm)
        renders.prepare_ahead("puppet", engine, portrait, Size(64, 64), tracer)
        opened = renders.open(wanted, engine, tracer)
        assert renders.open(wanted, engine, tracer) is opened
        assert OpenRenders(2, warm).open(wanted, engine, tracer).session is opened.session
    assert engine.prepared == 2
    assert OpenRenders(2, WarmSessions(1)).open(wanted, engine, tracer).session is not opened.session
    assert engine.prepared == 3


class FiledEngine(CountingEngine):
    """Has read the file at `path`."""

    path = Path()

    def files_mark(self) -> Hashable:
        return file_mark(self.path)


def test_a_session_whose_file_was_replaced_meanwhile_is_prepared_anew(tmp_path: Path) -> None:
    portrait, engine, warm = portrait_file(tmp_path), FiledEngine(), WarmSessions(4)
    engine.path = tmp_path / "network.pth"
    engine.path.write_bytes(b"older")
    process_networks().get(("puppet", "older"), lambda: "network")
    before = warm.get("puppet", engine, portrait, Size(64, 64))
    assert warm.get("puppet", engine, portrait, Size(64, 64)) is before
    engine.path.write_bytes(b"another")
    after = warm.get("puppet", engine, portrait, Size(64, 64))
    assert after is not before
    assert warm.get("puppet", engine, portrait, Size(64, 64)) is after
    assert engine.prepared == 2
    assert ("puppet", "older") not in process_networks(), "what the older file held is not kept"


def test_what_fails_ahead_fails_where_it_is_needed(tmp_path: Path) -> None:
    portrait, tracer = portrait_file(tmp_path), FileTracer(tmp_path / "spans.jsonl")
    broken, spare = CountingEngine(fails_on=[-1]), CountingEngine("spare")
    wanted: RenderRecord = {**record(), "portrait": str(portrait), "motion": str(tmp_path / "motion.npz")}
    renders = OpenRenders(2, WarmSessions(1))
    renders.prepare_ahead("puppet", broken, portrait, Size(64, 64), tracer)
    with pytest.raises(RenderError, match="the engine broke"):
        renders.open(wanted, broken, tracer)
    assert broken.prepared == 1
    renders.open({**wanted, "engine": "spare", "key": "another"}, spare, tracer)
    assert spare.prepared == 1


def test_an_engine_that_has_failed_is_not_opened_again(tmp_path: Path) -> None:
    portrait, engine, tracer = portrait_file(tmp_path), CountingEngine(), FileTracer(tmp_path / "spans.jsonl")
    wanted: RenderRecord = {**record(), "portrait": str(portrait), "motion": str(tmp_path / "motion.npz")}
    renders = OpenRenders(2, warm := WarmSessions(1))
    renders.open(wanted, engine, tracer)
    renders.fail("puppet")
    assert not warm.loaded
    with pytest.raises(Overtaken):
        renders.open(wanted, engine, tracer)
    renders.fail(wanted["enhancer"]["kind"])
    with pytest.raises(Overtaken):
        renders.enhancer(wanted, lambda: None)
    assert engine.prepared == 1


def test_chunks_of_another_enhancer_are_not_counted_when_a_run_goes_on() -> None:
    now = record()
    older: RenderRecord = {**now, "key": "older"}
    drawn = [(older, 0), (older, 1), (now, 0)]
    chunks = [
        {"index": index, "engine": render["engine"], "path": str(segment_path(Path("a"), render, index))}
        for render, index in drawn
    ]
    told = list[tuple[int, int]]()
    context: Any = SimpleNamespace(report=SimpleNamespace(chunks=lambda *counts: told.append(counts)))
    tell_chunks(cast(Any, SimpleNamespace(values={"render": now, "chunks": chunks})), context)
    assert told == [(1, chunk_total(now))]
