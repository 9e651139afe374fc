"""Films are known by their content, held to limits, and give their calmest frame as the portrait."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from avatar.errors import InputError, PortraitError
from avatar.types import Image, Size
from tests.face_models import face_tracker
from tests.film_factory import acted, faceless, with_cover, write_film
from tests.orchestrator.pipeline_fakes import write_picture, write_sound
from tests.video_processor.footage_factory import LIMITS, nothing
from video_processor.footage.film import DUBBED, FilmLimits, check_film, film_portrait, is_film
from video_processor.footage.footage import follow_face, load_face, save_face, stretch_for
from video_processor.tracking.landmarks import TrackedFace


def animated(path: Path) -> Path:
    pictures = [Pillow.fromarray(image) for image in faceless()]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    return path


def test_a_film_is_known_by_its_content(tmp_path: Path) -> None:
    assert is_film(write_film(tmp_path / "film.mp4", faceless()))
    assert is_film((tmp_path / "film.mp4").rename(tmp_path / "film.jpg"))


def test_what_is_no_film_is_known_too(tmp_path: Path) -> None:
    text = tmp_path / "film.mp4"
    text.write_text("not a film " * 100)
    one = write_film(tmp_path / "one.mp4", faceless(1))
    empty = tmp_path / "empty.mp4"
    empty.touch()
    pictures = [write_picture(tmp_path / "a.png"), animated(tmp_path / "b.gif"), animated(tmp_path / "c.webp")]
    for path in (text, one, empty, *pictures, write_sound(tmp_path / "a.wav", 0.5), tmp_path / "missing.mp4"):
        assert not is_film(path), path.name


def test_the_portrait_is_a_calm_frame(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4")
    portrait = film_portrait(path, face_tracker(), LIMITS)
    difference = [np.abs(portrait.image.astype(int) - picture).mean() for picture in acted().pictures]
    shown = int(np.argmin(difference))
    assert difference[shown] < 4
    assert acted().jaw[shown] < 0.1
    assert acted().blink[shown] < 0.2
    assert DUBBED in portrait.notes
    assert portrait.footage is None


def test_a_film_without_a_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortraitError, match=r"No human face was found in film\.mp4"):
        film_portrait(write_film(tmp_path / "film.mp4", faceless()), face_tracker(), LIMITS)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (FilmLimits(1 / 60, 10, 64, 48), "longer than 0.01"),
        (FilmLimits(1, 0.01, 64, 48), "megapixels"),
        (FilmLimits(1, 10, 0.001, 48), "MB are accepted"),
        (FilmLimits(1, 10, 64, 400), "at least 400"),
    ],
)
def test_a_film_beyond_the_limits_is_refused(limits: FilmLimits, why: str, tmp_path: Path) -> None:
    with pytest.raises(PortraitError, match=why):
        film_portrait(write_film(tmp_path / "film.mp4"), face_tracker(), limits)


def test_the_film_is_measured_and_not_its_cover(tmp_path: Path) -> None:
    large = np.full((400, 400, 3), 90, np.uint8)
    path = with_cover(write_film(tmp_path / "film.mp4", faceless()), large)
    assert is_film(path)
    check_film(path, FilmLimits(1, 0.01, 64, 48))


def test_a_face_that_is_mostly_out_of_view_is_refused(tmp_path: Path) -> None:
    shown = acted().pictures[:10]
    gone: list[Image] = [np.full_like(shown[0], 90)] * 20
    path = write_film(tmp_path / "film.mp4", [*shown, *gone])
    with pytest.raises(PortraitError, match="33% of its frames"):
        follow_face(path, face_tracker(), LIMITS, nothing)


def test_no_more_of_a_film_is_looked_at_than_the_sound_needs(tmp_path: Path) -> None:
    assert [stretch_for(seconds) for seconds in (1, 15, 15.5, 40)] == [16, 16, 32, 64]
    assert stretch_for(None) == float("inf")
    face = follow_face(write_film(tmp_path / "film.mp4"), face_tracker(), LIMITS, nothing, stretch=1.0)
    assert len(face.times) == 25


def test_the_work_stops_when_it_is_told_to(tmp_path: Path) -> None:
    class Enough(Exception):  # noqa: N818 - not an error
        pass

    calls: list[int] = []

    def third_time() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Enough

    path = write_film(tmp_path / "film.mp4", faceless(20))
    with pytest.raises(Enough):
        follow_face(path, face_tracker(), LIMITS, third_time)


@pytest.mark.parametrize("kept", [0, 40])
def test_a_stored_face_that_is_broken_is_named_with_its_cure(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "face.npz"
    face = TrackedFace(np.arange(3) / 25, np.zeros((3, 478, 3), np.float32), Size(64, 48))
    save_face(path, face)
    assert load_face(path).size == face.size
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"face\.npz is not a stored face") as caught:
        load_face(path)
    assert "Delete it" in caught.value.cure
