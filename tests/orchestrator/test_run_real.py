"""The whole pipeline with nothing in place of anything: the demo picture, the shipped engines, real speech."""

from pathlib import Path

import av
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.settings import PROJECT_ROOT, Settings, load_settings
from orchestrator.run import JobRequest, JobResult, run_job
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
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
