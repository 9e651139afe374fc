"""Dubbed footage keeps its head, its eyes and all around; its mouth does what the motion says."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.types import Floats, Footage, Image, Portrait, Size
from tests.film_factory import FPS, FRAMES, acted, write_film
from tests.video_processor.footage_factory import SIZE, drawn, filmed, framed, gaps, talk, tracked, yaws
from video_processor.footage.footage import load_face, save_face
from video_processor.portrait import load_portrait, save_portrait
from video_processor.renderers.base import RenderSession
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.puppet.footage import FootageSession
from video_processor.renderers.still import StillRenderer
from video_processor.tracking.landmarks import TrackedFace

PERIOD = 0.7
"""Seconds of an opening of the new mouth; the film's own takes 0.5."""


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Portrait:
    folder = tmp_path_factory.mktemp("film")
    return framed(write_film(folder / "film.mp4"), folder)


@pytest.fixture(scope="module")
def footage(portrait: Portrait) -> Footage:
    assert portrait.footage is not None
    return portrait.footage


@pytest.fixture(scope="module")
def session(portrait: Portrait) -> RenderSession:
    return PuppetRenderer().prepare(portrait, SIZE)


@pytest.fixture(scope="module")
def own(footage: Footage) -> Floats:
    return tracked(filmed(footage))


@pytest.fixture(scope="module")
def jaw() -> Floats:
    times = np.arange(FRAMES, dtype=np.float32) / float(FPS)
    return np.asarray(0.5 * np.clip(np.sin(2 * np.pi * times / PERIOD), 0, 1), np.float32)


@pytest.fixture(scope="module")
def dubbed(session: RenderSession, jaw: Floats) -> list[Image]:
    return drawn(session, talk(FRAMES, jaw))


def test_the_head_moves_as_it_was_filmed(dubbed: list[Image], own: Floats) -> None:
    found = yaws(tracked(dubbed))
    assert np.corrcoef(yaws(own), acted().yaw)[0, 1] > 0.98
    assert np.abs(found - yaws(own)).max() < 2.5
    assert np.corrcoef(found, acted().yaw)[0, 1] > 0.97


def test_the_mouth_follows_the_motion_and_not_the_film(dubbed: list[Image], own: Floats, jaw: Floats) -> None:
    found = gaps(tracked(dubbed))
    assert np.corrcoef(gaps(own), acted().jaw)[0, 1] > 0.9
    assert np.corrcoef(found, jaw)[0, 1] > 0.9
    assert abs(np.corrcoef(found, acted().jaw)[0, 1]) < 0.4


def test_a_mouth_that_is_open_in_the_film_shuts(session: RenderSession, own: Floats) -> None:
    found = gaps(tracked(drawn(session, talk(FRAMES, 0.0))))
    open_ = acted().jaw > 0.3
    assert gaps(own)[open_].mean() > 0.07
    assert found[open_].max() < 0.035


def test_all_but_the_lower_face_is_as_it_was_filmed(dubbed: list[Image], footage: Footage) -> None:
    for image, source, points in zip(dubbed, filmed(footage), footage.landmarks, strict=True):
        changed = (image != source).any(axis=-1)
        eyes = float(np.linalg.norm(points[33] - points[263]))
        rows, columns = np.nonzero(changed)
        assert rows.min() > points[1, 1]
        assert rows.max() < points[152, 1] + 0.9 * eyes
        assert columns.min() > points[13, 0] - 1.1 * eyes
        assert columns.max() < points[13, 0] + 1.1 * eyes


def test_a_chunk_is_drawn_as_in_the_whole(session: RenderSession, jaw: Floats, dubbed: list[Image]) -> None:
    motion = talk(FRAMES, jaw)
    for first, count in ((0, 7), (7, 20), (27, 23)):
        part = drawn(session, motion[first : first + count], first)
        assert all(np.array_equal(a, b) for a, b in zip(part, dubbed[first : first + count], strict=True))


def test_several_threads_draw_at_once(session: RenderSession, jaw: Floats, dubbed: list[Image]) -> None:
    motion = talk(FRAMES, jaw)
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(lambda first: drawn(session, motion[first : first + 10], first), range(0, FRAMES, 10))
    together = [image for part in parts for image in part]
    assert all(np.array_equal(a, b) for a, b in zip(together, dubbed, strict=True))


def test_the_film_goes_back_when_the_sound_is_longer(session: RenderSession, footage: Footage) -> None:
    motion = talk(10, 0.0)
    back = drawn(session, motion, FRAMES)
    there = drawn(session, motion, FRAMES - 10)
    assert all(np.array_equal(a, b) for a, b in zip(back, reversed(there), strict=True))


def test_frames_without_a_face_stay_as_they_are(portrait: Portrait, footage: Footage) -> None:
    landmarks = footage.landmarks.copy()
    landmarks[20:40] = np.nan
    lost = replace(portrait, footage=replace(footage, landmarks=landmarks))
    session = PuppetRenderer().prepare(lost, SIZE)
    images, source = drawn(session, talk(FRAMES, 0.6)), filmed(footage)
    assert all(np.array_equal(images[i], source[i]) for i in range(20, 40))
    assert not np.array_equal(images[5], source[5])


def test_a_moment_without_a_face_is_bridged(portrait: Portrait, footage: Footage) -> None:
    landmarks = footage.landmarks.copy()
    landmarks[20:23] = np.nan
    session = PuppetRenderer().prepare(replace(portrait, footage=replace(footage, landmarks=landmarks)), SIZE)
    assert isinstance(session, FootageSession)
    assert (session.track.hold == 1).all()
    away = np.linalg.norm(session.track.landmarks[21] - footage.landmarks[21, :468], axis=1)
    assert away.mean() < 3


def test_the_still_engine_shows_the_film_itself(portrait: Portrait, footage: Footage) -> None:
    images = drawn(StillRenderer().prepare(portrait, SIZE), talk(60, 0.5))
    assert all(np.array_equal(a, b) for a, b in zip(images, filmed(footage, 60), strict=True))


def test_one_crop_keeps_the_face_in_view(tmp_path: Path) -> None:
    small = [np.pad(image, ((150, 150), (20 + 4 * i, 220 - 4 * i), (0, 0)), mode="edge") for i, image in
             enumerate(acted().pictures[:46])]  # fmt: skip
    found = framed(write_film(tmp_path / "film.mp4", small), tmp_path, Size(160, 160)).footage
    assert found is not None
    points = found.landmarks[:, :468, :2]
    assert points.min() > 0
    assert points.max() < 160
    assert np.ptp(points[:, 1, 0]) > 20


def test_footage_comes_back_from_the_disk(portrait: Portrait, footage: Footage) -> None:
    path = footage.path.with_name("portrait.npz")
    save_portrait(path, portrait)
    found = load_portrait(path).footage
    assert found is not None
    assert (found.path, found.duration, len(found)) == (footage.path, footage.duration, FRAMES)
    assert np.array_equal(found.landmarks, footage.landmarks)
    assert np.array_equal(found.times, footage.times)


def test_a_followed_face_comes_back_from_the_disk(tmp_path: Path, footage: Footage) -> None:
    face = TrackedFace(footage.times, footage.landmarks, SIZE)
    save_face(tmp_path / "face.npz", face)
    found = load_face(tmp_path / "face.npz")
    assert found.size == SIZE
    assert np.array_equal(found.landmarks, face.landmarks)


@pytest.mark.samples
@pytest.mark.parametrize("clip", ["vrt_face5", "grid_id2_swwp2s"])
def test_a_real_film_is_dubbed(clip: str, samples: Path, tmp_path: Path) -> None:
    size = Size(320, 320)
    portrait = framed(samples / "talking" / f"{clip}.mp4", tmp_path, size)
    footage = portrait.footage
    assert footage is not None
    count = 60
    jaw = np.asarray(0.4 * np.clip(np.sin(np.arange(count) / 3.3), 0, 1), np.float32)
    images = drawn(PuppetRenderer().prepare(portrait, size), talk(count, jaw))
    found, source = tracked(images), tracked(filmed(footage, count))
    assert np.corrcoef(gaps(found), jaw)[0, 1] > 0.9
    assert np.abs(yaws(found) - yaws(source)).max() < 3
    assert Fraction(len(footage), 1) > count
