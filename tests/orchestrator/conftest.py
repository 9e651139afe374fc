"""A small pipeline: real sound, motion and encoding, 128 pixels, chunks of ten frames."""

from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.settings import Settings, load_settings
from orchestrator.run import JobRequest
from tests.orchestrator.pipeline_fakes import SIZE, CountingEngine, use_fakes, write_picture, write_sound


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        data_dir=tmp_path / "data",
        default_resolution=SIZE.width,
        speech_detector="own",
        chunk_seconds=0.4,
        render_workers=2,
        video_preset="ultrafast",
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> CountingEngine:
    """The only engine there is."""
    engine = CountingEngine()
    use_fakes(monkeypatch.setattr, engine)
    return engine


@pytest.fixture
def request_for(tmp_path: Path) -> Callable[..., JobRequest]:
    """Makes requests for a video of two seconds, or of whatever is given."""
    image = write_picture(tmp_path / "picture.png")
    audio = write_sound(tmp_path / "sound.wav", 2.0)
    (tmp_path / "out").mkdir()

    def make(**changes: object) -> JobRequest:
        values: dict[str, object] = {"image": image, "audio": audio, "output": tmp_path / "out" / "video.mp4"}
        return JobRequest(**{**values, **changes})  # type: ignore[arg-type]

    return make
