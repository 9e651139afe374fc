"""A video can be watched while it renders, and the parts that were seen are those of the finished video."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.errors import NotFoundError
from avatar.settings import Settings
from orchestrator.completing import complete_job
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobRecord, JobStatus
from orchestrator.run import JobRequest, JobResult, Progress, run_job
from orchestrator.streaming import VideoStream, open_stream
from tests.orchestrator.pipeline_fakes import CountingEngine, use_fakes, write_sound
from video_processor.streaming_parts import sound_frames_before

Requests = Callable[..., JobRequest]


def record_of(thread_id: str | None, status: JobStatus = "running") -> JobRecord:
    return JobRecord(
        id="job",
        revision=1,
        status=status,
        request={},
        label="",
        batch=None,
        character=None,
        created_at=0.0,
        queued_at=0.0,
        started_at=None,
        finished_at=None,
        thread_id=thread_id,
    )


def finished(request: JobRequest, settings: Settings) -> tuple[JobResult, JobRecord]:
    result = run_job(request, settings)
    return result, record_of(result.thread_id, "completed")


def opened(settings: Settings, record: JobRecord) -> VideoStream:
    stream = open_stream(settings, record)
    assert stream is not None
    return stream


def whole(stream: VideoStream) -> bytes:
    return stream.init() + b"".join(stream.part(index) for index in range(stream.ready))


def decoded(data: bytes | Path) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """All pictures, and the sound (channels, n) that is heard."""
    media = (lambda: io.BytesIO(data)) if isinstance(data, bytes) else (lambda: str(data))
    with av.open(media(), "r") as container:
        pictures = [frame.to_ndarray() for frame in container.decode(video=0)]
    with av.open(media(), "r") as container:
        sound = list(container.decode(audio=0))
        early = -(sound[0].pts or 0)
        return pictures, np.concatenate([frame.to_ndarray() for frame in sound], axis=1)[:, early:]


def test_init_and_parts_are_the_finished_video(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result, record = finished(request_for(), settings)
    stream = opened(settings, record)
    assert (stream.ready, stream.complete) == (5, True)

    pictures, sound = decoded(whole(stream))
    expected_pictures, expected_sound = decoded(Path(result.video or ""))
    assert len(pictures) == 50
    assert all(np.array_equal(a, b) for a, b in zip(pictures, expected_pictures, strict=True))
    assert np.array_equal(sound[:, : expected_sound.shape[1]], expected_sound)


def test_parts_come_while_it_renders_and_never_change(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    record = record_of(complete_job(request_for(), settings).thread_id(settings))
    seen: dict[int, bytes] = {}
    looks: list[tuple[int, bool]] = []

    def look(progress: Progress) -> None:
        stream = open_stream(settings, record)
        if stream is None:
            assert progress.stage not in ("video_generation", "soundtrack", "assemble")
            return
        looks.append((stream.ready, stream.complete))
        for index in range(stream.ready):
            seen.setdefault(index, stream.part(index))
        with pytest.raises(NotFoundError):
            stream.part(5)

    result = run_job(request_for(), settings, on_progress=look)
    assert looks == sorted(looks)
    assert looks[0] == (0, False)
    assert looks[-1] == (5, True)
    assert len({ready for ready, _ in looks}) > 2
    stream = opened(settings, record_of(result.thread_id, "completed"))
    assert [seen[index] for index in range(5)] == [stream.part(index) for index in range(5)]


def test_a_picture_without_its_sound_is_not_announced(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    _, record = finished(request_for(), settings)
    running = replace(record, status="running")
    (index,) = (settings.data_dir / "artifacts").glob("soundtrack-*/frames.index")
    sound = opened(settings, running).source.sound
    assert sound is not None
    needed = sound_frames_before(20, Fraction(25), sound)
    entries = index.read_bytes()
    for frames, parts in ((needed, 2), (needed - 1, 1), (0, 0)):
        index.write_bytes(entries[: 4 * frames])
        assert opened(settings, running).ready == parts


def test_the_playlist_is_valid_and_exact(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    _, record = finished(request_for(fps="30000/1001"), settings)
    stream = opened(settings, record)
    lines = stream.playlist("stream/").splitlines()
    assert lines[0] == "#EXTM3U"
    for line in ("#EXT-X-VERSION:7", "#EXT-X-PLAYLIST-TYPE:EVENT", "#EXT-X-INDEPENDENT-SEGMENTS"):
        assert line in lines
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert any(line.startswith('#EXT-X-MAP:URI="stream/init.mp4') for line in lines)
    lengths = [float(line.removeprefix("#EXTINF:").rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
    assert sum(lengths) == pytest.approx(60 * 1001 / 30_000, abs=1e-5)
    target = int(next(line for line in lines if line.startswith("#EXT-X-TARGETDURATION:")).partition(":")[2])
    assert all(round(length) <= target for length in lengths)
    parts = [line for line in lines if line.startswith("stream/")]
    assert [part.partition(".m4s")[0] for part in parts] == [f"stream/{index}" for index in range(stream.ready)]


def test_a_running_playlist_has_no_end(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    _, record = finished(request_for(), settings)
    (last,) = (settings.data_dir / "artifacts").glob("segment-*-00004.mp4")
    last.unlink()
    assert "ENDLIST" not in opened(settings, replace(record, status="running")).playlist("")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_broke_off_ends_with_what_is_there(
    status: JobStatus, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    _, record = finished(request_for(), settings)
    for path in (settings.data_dir / "artifacts").glob("segment-*-0000[34].mp4"):
        path.unlink()
    stream = opened(settings, replace(record, status=status))
    assert (stream.ready, stream.complete) == (3, True)
    assert stream.playlist("").endswith("#EXT-X-ENDLIST\n")


@pytest.mark.parametrize("lost", ["segment-*", "soundtrack-*/frames.*", "soundtrack-*/*"])
def test_a_finished_video_is_watched_from_its_file_when_its_parts_have_gone(
    lost: str, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result, record = finished(request_for(fps="24000/1001"), settings)
    before = whole(opened(settings, record))
    for path in (settings.data_dir / "artifacts").glob(lost):
        path.unlink()
    kept = output_path(settings, record.id)
    kept.parent.mkdir(parents=True)
    Path(result.artifact or "").rename(kept)
    assert whole(opened(settings, record)) == before


def test_nothing_is_left_to_watch(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    result, record = finished(request_for(), settings)
    for path in (settings.data_dir / "artifacts").glob("segment-*"):
        path.unlink()
    Path(result.artifact or "").unlink()
    assert open_stream(settings, record) is None


def test_before_the_plan_there_is_no_stream(settings: Settings) -> None:
    assert open_stream(settings, record_of(None, "queued")) is None
    assert open_stream(settings, record_of("thread")) is None


def test_the_next_engine_takes_the_stream_over(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fakes(monkeypatch.setattr, CountingEngine(fails_on=[2]), CountingEngine("spare"))
    _, record = finished(request_for(), settings)
    stream = opened(settings, record)
    assert stream.render["engine"] == "spare"
    assert len(decoded(whole(stream))[0]) == 50


def test_a_video_from_an_earlier_job_can_be_streamed(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    finished(request_for(), settings)
    _, record = finished(request_for(director="rules"), settings)
    assert len(engine.drawn) == 5
    assert opened(settings, record).ready == 5


def test_a_long_video_opens_with_short_parts(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    longer = settings.model_copy(update={"chunk_seconds": 2.0})
    sound = write_sound(tmp_path / "long.wav", 21.0)
    _, record = finished(request_for(audio=sound), longer)
    stream = opened(longer, record)
    assert stream.render["opening"] == [12, 12, 25, 25]
    assert len(decoded(whole(stream))[0]) == 525
    assert [line for line in stream.playlist("").splitlines() if line.startswith("#EXTINF")][:3] == [
        "#EXTINF:0.480000,",
        "#EXTINF:0.480000,",
        "#EXTINF:1.000000,",
    ]
