"""A film in place of a picture, through the whole pipeline."""

from pathlib import Path

import numpy as np
import pytest

from avatar.errors import InputError, PortraitError
from avatar.settings import Settings, load_settings
from orchestrator.portrait_desk import PortraitDesk
from orchestrator.result import JobResult
from orchestrator.run import JobRequest, run_job
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.film_factory import FRAMES, acted, faceless, write_film
from tests.orchestrator.pipeline_fakes import write_sound
from video_processor.encoding import video_info
from video_processor.footage.film import DUBBED
from video_processor.portrait import load_portrait
from video_processor.tracking.landmarks import video_frames

SIDE = 128


def settings_in(folder: Path) -> Settings:
    return load_settings(data_dir=folder / "data", default_resolution=SIDE, render_workers=2, chunk_seconds=0.5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    face_store(GRACE_HOPPER, *FACE_MODELS)
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4")


def ask(film: Path, folder: Path, **changes: object) -> JobRequest:
    sound = write_sound(folder / "speech.wav", 3.0)
    values = {"image": film, "audio": sound, "output": folder / "out.mp4", **changes}
    return JobRequest(**values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def dubbed_in(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the data folder in which `dubbed` was made."""
    return settings_in(tmp_path_factory.mktemp("dubbed"))


@pytest.fixture(scope="module")
def dubbed(film: Path, dubbed_in: Settings) -> JobResult:
    """The film with a sound of three seconds."""
    return run_job(ask(film, dubbed_in.data_dir.parent), dubbed_in)


def artifacts(settings: Settings, pattern: str) -> list[Path]:
    return sorted((settings.data_dir / "artifacts").glob(pattern))


def test_a_film_is_dubbed_and_goes_back_when_it_is_over(dubbed: JobResult) -> None:
    assert video_info(Path(dubbed.video or "")).frames == 75
    assert dubbed.renderer is not None
    assert (dubbed.renderer.name, dubbed.errors) == ("puppet", ())
    assert DUBBED in dubbed.notes
    tops = [image[: SIDE // 3].astype(int) for _, image in video_frames(Path(dubbed.video or ""))]
    # Frame 60 shows the film's frame 39: the upper face is the same, far from other moments'.
    again = np.abs(tops[60] - tops[39]).mean()
    assert again < 2
    assert again < 0.5 * np.abs(tops[60] - tops[10]).mean()


@pytest.mark.usefixtures("dubbed")
def test_a_film_that_was_removed_leaves_what_was_made_of_it(dubbed_in: Settings) -> None:
    (framed,) = artifacts(dubbed_in, "framed-*")
    portrait = load_portrait(framed / "portrait.npz")
    assert portrait.footage is not None
    assert len(portrait.footage) == FRAMES
    assert portrait.footage.path == framed / "frames.mp4"
    assert [path.name.partition("-")[0] for path in artifacts(dubbed_in, "face-*")] == ["face"]


@pytest.mark.usefixtures("dubbed")
def test_another_sound_finds_what_was_seen_of_the_film(
    film: Path, dubbed_in: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_again(*_: object) -> None:
        raise AssertionError("the film was looked at again")

    monkeypatch.setattr("orchestrator.nodes.portrait_analysis.follow_face", not_again)
    monkeypatch.setattr("orchestrator.nodes.portrait_analysis.frame_footage", not_again)
    other = write_sound(tmp_path / "other.wav", 1.0)
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(film.read_bytes())
    result = run_job(ask(moved, tmp_path, audio=other, output=tmp_path / "b.mp4"), dubbed_in)
    assert result.frames == 25


@pytest.mark.usefixtures("dubbed")
def test_the_still_engine_shows_the_film(film: Path, dubbed_in: Settings, tmp_path: Path) -> None:
    result = run_job(ask(film, tmp_path, renderer="still"), dubbed_in)
    images = [image.astype(int) for _, image in video_frames(Path(result.video or ""))]
    again, apart = (np.abs(images[60] - images[other]).mean() for other in (39, 10))
    assert again < 0.5 * apart


def test_a_film_without_a_face_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    face_store(*FACE_MODELS)
    film = write_film(tmp_path / "nobody.mp4", faceless(30, 128))
    with pytest.raises(PortraitError, match=r"No human face was found in nobody\.mp4"):
        run_job(ask(film, tmp_path), settings)


def test_a_face_that_is_lost_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    face_store(GRACE_HOPPER, *FACE_MODELS)
    shown = acted().pictures[:6]
    film = write_film(tmp_path / "gone.mp4", [*shown, *[np.full_like(shown[0], 80)] * 20])
    with pytest.raises(PortraitError, match="is seen in 23% of its frames only"):
        run_job(ask(film, tmp_path), settings)


@pytest.mark.usefixtures("forked_side_processes")
def test_the_desk_looks_at_a_film(film: Path, settings: Settings) -> None:
    desk = PortraitDesk(settings)
    try:
        report = desk.look(film)
    finally:
        desk.close()
    assert (report.width, report.height) == (256, 256)
    assert DUBBED in report.notes
    assert 0.2 < report.face[2] < 0.8


@pytest.mark.parametrize(("changes", "why"), [({"background": "blur"}, "its own background"), ({"face": 1}, "largest")])
def test_what_a_film_cannot_have_is_refused(
    changes: dict[str, object], why: str, film: Path, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=why):
        run_job(ask(film, tmp_path, **changes), settings)
