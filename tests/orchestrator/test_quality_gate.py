"""No job hands out a black, frozen or broken video."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.errors import QualityError
from avatar.settings import Settings
from avatar.types import FaceMotion, Image, Portrait, RenderChunk, Size
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, CountingSession, finished_chunks, use_fakes
from video_processor.renderers.still import StillRenderer

Requests = Callable[..., JobRequest]


@dataclass
class OnePictureSession(CountingSession):
    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        self.engine.drawn.append(chunk.index)
        return (self.image.copy() for _ in range(chunk.count))


class BlackEngine(CountingEngine):
    def prepare(self, portrait: Portrait, size: Size) -> CountingSession:
        return OnePictureSession(self, np.zeros_like(portrait.image))


class FrozenEngine(CountingEngine):
    def prepare(self, portrait: Portrait, size: Size) -> CountingSession:
        return OnePictureSession(self, portrait.image)


def artifacts(settings: Settings, kind: str) -> list[Path]:
    return list((settings.data_dir / "artifacts").glob(f"{kind}-*"))


def test_the_result_says_what_was_checked(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    result = run_job(request_for(), settings)
    assert [check["name"] for check in result.quality] == [
        "numbers",
        "black",
        "frozen",
        "sound and picture",
        "mouth in step",
    ]
    assert "quality_gate" in result.seconds
    again = run_job(request_for(), settings)
    assert again.served
    assert again.quality == result.quality
    assert again.to_json()["quality"][1]["detail"]


@pytest.mark.parametrize(("kind", "message"), [(BlackEngine, r"black at 0\.00 s"), (FrozenEngine, "stands still")])
def test_a_bad_video_is_refused_and_nothing_of_it_is_used_again(
    kind: type[CountingEngine],
    message: str,
    request_for: Requests,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_fakes(monkeypatch.setattr, kind())
    request = request_for(audio=None, text="Good morning, everybody. How are you today?")
    with pytest.raises(QualityError, match=message):
        run_job(request, settings)
    assert not Path(request.output).exists()
    assert not finished_chunks(settings.data_dir)
    assert not artifacts(settings, "video")
    use_fakes(monkeypatch.setattr, CountingEngine())
    assert run_job(request, settings).frames > 50


def test_the_still_engine_may_stand_still(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fakes(monkeypatch.setattr, StillRenderer())
    result = run_job(request_for(), settings)
    checks = {check["name"]: check for check in result.quality}
    assert not checks["frozen"]["done"]
    assert "engine shows the portrait" in checks["frozen"]["detail"]
    assert checks["black"]["done"]


def test_motion_with_a_value_that_is_no_number_ends_the_run_before_anything_is_drawn(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_speech: Any, _performance: Any, *, fps: Any, frames: int, **_: Any) -> FaceMotion:
        shapes = np.zeros((frames, 52), np.float32)
        shapes[10, 0] = np.nan
        return FaceMotion(fps, shapes, np.zeros((frames, 6), np.float32))

    monkeypatch.setattr("orchestrator.moving.synthesise_motion", broken)
    with pytest.raises(QualityError, match=r"from 0\.40 s"):
        run_job(request_for(), settings)
    assert not engine.drawn


def test_frames_of_numbers_that_are_none_are_the_engines_failure(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Floating(CountingEngine):
        def prepare(self, portrait: Portrait, size: Size) -> CountingSession:
            return CountingSession(self, np.full(portrait.image.shape, np.nan))

    use_fakes(monkeypatch.setattr, Floating(), StillRenderer())
    result = run_job(request_for(), settings)
    assert result.renderer is not None
    assert result.renderer.name == "still"
    assert "float64 instead of uint8" in result.errors[0]["message"]


@pytest.mark.parametrize("lost", ["look", "look segment"])
def test_where_nobody_knows_what_was_drawn_the_file_is_decoded(
    lost: str, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    for kind in (*lost.split(), "quality"):
        for path in artifacts(settings, kind):
            path.unlink()
    (settings.data_dir / "jobs" / first.thread_id / "result.json").unlink()
    again = run_job(request_for(), settings)
    drawn = len(engine.drawn)
    assert not again.served
    assert {check["name"]: check["done"] for check in again.quality}["frozen"]
    assert drawn == 5
