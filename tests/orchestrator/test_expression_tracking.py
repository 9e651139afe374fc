"""A film's expression in the pipeline: tracked once, played with its own sound or under another's."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import AudioError, InputError
from avatar.settings import Settings
from avatar.types import FaceMotion, Image
from orchestrator.run import JobRequest, run_job
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.film_factory import shifted, write_film
from tests.orchestrator.pipeline_fakes import CountingEngine
from tests.video_processor.sound_factory import melody
from video_processor.motion.export import load_motion

Requests = Callable[..., JobRequest]


@pytest.fixture(autouse=True)
def _real_tracker(engine: CountingEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.nodes.expression_tracking.face_tracker", lambda _weights: face_tracker())


def rolling(frames: int) -> list[Image]:
    """Grace Hopper, who rolls her head."""
    image = demo_picture(GRACE_HOPPER).image
    height, width = (side // 2 * 2 for side in image.shape[:2])
    centre = (width / 2, height / 2)
    turns = [cv2.getRotationMatrix2D(centre, 10 * np.sin(i / 5), 1.0) for i in range(frames)]
    return [np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8) for turn in turns]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A second and a half; the sound begins 0.2 s before the picture and lasts 2 s."""
    times = [0.2 + i / 25 for i in range(38)]
    return write_film(tmp_path / "film.mov", rolling(38), times=times, sound=melody(2.0, 16_000))


def motion_of(result: object) -> FaceMotion:
    return load_motion(Path(getattr(result, "motion")))  # noqa: B009 - any result


def stages(told: list[str]) -> list[str]:
    return [stage for stage in told if stage == "expression_tracking"]


def test_a_film_alone_gives_face_and_sound(request_for: Requests, settings: Settings, film: Path) -> None:
    told: list[str] = []
    request = request_for(audio=None, expression_from=film)
    result = run_job(request, settings, on_progress=lambda progress: told.append(progress.stage))
    assert (result.status, result.frames) == ("finished", 50)
    assert stages(told)
    assert "expression_tracking" in result.seconds
    roll = motion_of(result).pose[:, 2]
    assert np.ptp(roll) > 10
    assert np.ptp(roll[:6]) < 0.5, "the picture begins after the sound"
    assert np.ptp(roll[44:]) < 0.5, "the last face is held"


def test_another_sound_moves_the_lips_for_as_long_as_it_lasts(
    request_for: Requests, settings: Settings, film: Path, tmp_path: Path
) -> None:
    alone = run_job(request_for(), settings)
    played = run_job(request_for(expression_from=film, output=tmp_path / "out" / "b.mp4"), settings)
    assert played.frames == alone.frames == 50
    lips, own = motion_of(played), motion_of(alone)
    np.testing.assert_allclose(lips.shape("jawOpen"), own.shape("jawOpen"), atol=1e-6)
    assert np.ptp(lips.pose[:, 2]) > 10
    assert np.abs(np.diff(lips.pose[:, 2])).max() < 5, "a film that ends turns back without a jump"


def test_the_face_is_tracked_once_for_all_videos(
    request_for: Requests, settings: Settings, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(request_for(expression_from=film), settings)
    (kept,) = (settings.data_dir / "artifacts").glob("tracked-*.npz")
    moved = film.rename(tmp_path / "moved.mov")
    monkeypatch.setattr("orchestrator.nodes.expression_tracking.track_landmarks", None)
    again = request_for(expression_from=moved, fps="12", output=tmp_path / "out" / "b.mp4")
    assert run_job(again, settings).frames == 24
    assert list((settings.data_dir / "artifacts").glob("tracked-*.npz")) == [kept]


def test_without_a_film_nothing_is_tracked(request_for: Requests, settings: Settings) -> None:
    told: list[str] = []
    result = run_job(request_for(), settings, on_progress=lambda progress: told.append(progress.stage))
    assert not stages(told)
    assert motion_of(result).blendshapes.shape == (50, len(BLENDSHAPES))


def test_films_that_cannot_be_used_are_refused(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    nobody = write_film(tmp_path / "nobody.mp4", [np.full((96, 128, 3), 120, np.uint8)] * 15)
    one = write_film(tmp_path / "one.mp4", rolling(1))
    mute = write_film(tmp_path / "mute.mp4", [shifted(rolling(1)[0], float(i)) for i in range(12)])
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(mute.read_bytes()[:2000])
    for film, says in (
        (nobody, r"No face was found in nobody\.mp4"),
        (one, r"one\.mp4 shows a face for 1 frame"),
        (broken, r"broken\.mp4 cannot be read"),
        (request_for().audio, r"sound\.wav holds no picture"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            run_job(request_for(expression_from=film), settings)
        assert caught.value.cure
    with pytest.raises(AudioError, match=r"mute\.mp4 is a video without sound"):
        run_job(request_for(audio=None, expression_from=mute), settings)
    long = settings.model_copy(update={"max_audio_minutes": 0.005})
    with pytest.raises(InputError, match=r"longer than 0\.005 minutes"):
        run_job(request_for(expression_from=mute), long)
