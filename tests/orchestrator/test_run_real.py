"""The whole pipeline with nothing in place of anything: the demo picture, the shipped engines, real speech."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.settings import PROJECT_ROOT, Settings, load_settings
from avatar.types import Size
from orchestrator.run import JobRequest, JobResult, run_job
from tests.face_models import ASTRONAUT, FACE_MODELS, GRACE_HOPPER, demo_picture, face_store
from video_processor.backgrounds import covering
from video_processor.containers import decoded_frames, media_reader
from video_processor.encoding import video_info
from video_processor.motion.export import load_motion

SECONDS_OF_PICTURE_AND_SOUND_APART = 1 / 25


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The user's own settings but for the place and the size."""
    return load_settings(data_dir=tmp_path / "data", default_resolution=192)


def check(result: JobResult) -> None:
    info = video_info(Path(result.video or ""))
    assert (info.frames, info.size) == (result.frames, (192, 192))
    assert info.audio_duration == pytest.approx(info.duration, abs=SECONDS_OF_PICTURE_AND_SOUND_APART)
    assert result.renderer is not None
    assert (result.renderer.name, result.errors) == ("puppet", ())


def test_grace_hopper_says_good_morning(settings: Settings, tmp_path: Path) -> None:
    picture = face_store(GRACE_HOPPER, *FACE_MODELS).path(GRACE_HOPPER)
    result = run_job(JobRequest(image=picture, text="Good morning, everyone.", output=tmp_path / "a.mp4"), settings)
    check(result)
    assert result.transcribed_text == "Good morning, everyone."
    jaw = load_motion(Path(result.motion or "")).blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]]
    assert jaw.max() > 0.15
    with av.open(result.video or "") as container:
        frames = np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]).astype(float)
    assert frames.std(axis=0).max() > 10


@pytest.mark.samples
def test_a_recording_moves_a_portrait(settings: Settings, tmp_path: Path, samples: Path) -> None:
    picture = face_store(GRACE_HOPPER, *FACE_MODELS).path(GRACE_HOPPER)
    sound = samples / "audio" / "sad_bus_chinese.wav"
    result = run_job(JobRequest(image=picture, audio=sound, output=tmp_path / "b.mp4"), settings)
    check(result)
    assert result.frames == 85
    assert (PROJECT_ROOT / "data") not in Path(result.artifact or "").parents


@pytest.mark.parametrize("name", ["webm", "mov"])
def test_grace_hopper_speaks_without_a_background(settings: Settings, tmp_path: Path, name: str) -> None:
    picture = face_store(GRACE_HOPPER, *FACE_MODELS).path(GRACE_HOPPER)
    settings = settings.model_copy(update={"chunk_seconds": 0.4})
    request = JobRequest(
        image=picture, text="Good morning!", output=tmp_path / f"a.{name}", width=128, background="transparent"
    )
    result = run_job(request, settings)
    info = video_info(Path(result.video or ""))
    assert (info.frames, info.size) == (result.frames, (128, 128))
    assert info.audio_duration == pytest.approx(info.duration, abs=SECONDS_OF_PICTURE_AND_SOUND_APART)
    assert result.renderer is not None
    assert (result.renderer.name, result.errors) == ("puppet", ())
    segments = sorted((settings.data_dir / "artifacts").glob("segment-*"))
    assert len(segments) > 1
    assert {path.suffix for path in segments} == {f".{name}"}
    with media_reader(Path(result.video or "")) as container:
        found = [frame.to_ndarray(format="rgba") for frame in decoded_frames(container, container.streams.video[0])]
    frames = np.stack(found).astype(int)
    assert len(frames) == result.frames
    assert frames[:, :8, :8, 3].max() <= 3
    assert frames[:, 60:70, 60:70, 3].min() >= 250
    assert 0.3 < (frames[..., 3] > 127).mean() < 0.9
    assert frames[:, 64:84, 54:74, :3].std(axis=0).max() > 5
    again = run_job(replace(request, output=tmp_path / f"b.{name}"), settings)
    assert again.served
    assert (tmp_path / f"b.{name}").read_bytes() == (tmp_path / f"a.{name}").read_bytes()


def test_the_whole_picture_before_a_photo(settings: Settings, tmp_path: Path) -> None:
    store = face_store(GRACE_HOPPER, ASTRONAUT, *FACE_MODELS)
    request = JobRequest(
        image=store.path(GRACE_HOPPER),
        text="Yes.",
        output=tmp_path / "a.webm",
        framing="full",
        background=store.path(ASTRONAUT),
    )
    result = run_job(request, settings)
    assert (result.width, result.height) == (512, 600)
    assert video_info(Path(result.video or "")).size == (512, 600)
    with media_reader(Path(result.video or "")) as container:
        first = next(decoded_frames(container, container.streams.video[0])).to_ndarray(format="rgb24")
    wanted = covering(demo_picture(ASTRONAUT).image, Size(512, 600))
    assert np.abs(first[:60, :60].astype(int) - wanted[:60, :60]).mean() < 6
