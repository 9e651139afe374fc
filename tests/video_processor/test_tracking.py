"""A face is followed through a film: upright, by its times, through gaps, and refused where there is none."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import InputError
from avatar.types import Floats, Image
from models.face_mesh.detector import Detection
from models.face_mesh.tracker import Face, FaceTracker
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.film_factory import shifted, with_cover, with_rotation, write_film
from tests.video_processor.sound_factory import melody, write_wav
from video_processor.containers import film_stream, media_reader
from video_processor.media_info import video_info
from video_processor.tracking.landmarks import track_landmarks, video_frames


class Counting(FaceTracker):
    """The machine's tracker, which counts how often it detects."""

    def __init__(self) -> None:
        self._own = face_tracker()
        self.detections = 0

    def detect(self, image: Image) -> list[Detection]:
        self.detections += 1
        return self._own.detect(image)

    def measure(self, image: Image, detection: Detection) -> Face:
        return self._own.measure(image, detection)

    def follow(self, image: Image, before: Floats) -> Face:
        return self._own.follow(image, before)


@pytest.fixture
def grace() -> Image:
    picture = demo_picture(GRACE_HOPPER).image
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    return np.ascontiguousarray(picture[:height, :width])


def at_25(images: list[Image]) -> Iterator[tuple[float, Image]]:
    return ((index / 25, image) for index, image in enumerate(images))


def nose(landmarks: Floats) -> Floats:
    return landmarks[..., 4, :2]


def test_a_moving_face_is_followed_with_one_detection(grace: Image) -> None:
    tracker = Counting()
    ways = 25 * np.sin(np.arange(20) / 3)
    tracked = track_landmarks(at_25([shifted(grace, float(way)) for way in ways]), tracker)
    assert tracker.detections == 1
    assert tracked.seen.all()
    assert tracked.size == (grace.shape[1], grace.shape[0])
    moved = nose(tracked.landmarks)[:, 0] - nose(tracked.landmarks)[0, 0]
    assert moved == pytest.approx(ways - ways[0], abs=1.5)


def test_frames_of_a_film_come_upright_with_their_times(tmp_path: Path, grace: Image) -> None:
    times = [0.0, 0.04, 0.2, 0.21, 0.5]
    plain = write_film(tmp_path / "plain.mp4", [grace] * 5, times=times)
    assert [time for time, _ in video_frames(plain)] == pytest.approx(times, abs=0.001)
    lying = write_film(tmp_path / "lying.mp4", [np.ascontiguousarray(np.rot90(grace))] * 2)
    _, upright = next(video_frames(with_rotation(lying, 90)))
    assert upright.shape == grace.shape
    assert float(np.abs(upright.astype(float) - grace).mean()) < 4


def test_a_cover_before_the_film_is_passed_over(tmp_path: Path, grace: Image) -> None:
    cover = np.full((32, 48, 3), 200, np.uint8)
    path = with_cover(write_film(tmp_path / "film.mp4", [grace] * 3), cover)
    with media_reader(path) as container:
        first, second = container.streams.video
        assert (first.codec_context.width, second.codec_context.width) == (48, grace.shape[1])
        assert film_stream(container) == second
    frames = [image for _, image in video_frames(path)]
    assert [image.shape for image in frames] == [grace.shape] * 3
    info = video_info(path)
    assert (info.frames, tuple(info.size)) == (3, (grace.shape[1], grace.shape[0]))


def test_a_face_that_goes_leaves_a_gap_and_is_found_again(grace: Image) -> None:
    nothing = np.full_like(grace, 120)
    tracked = track_landmarks(at_25([grace] * 3 + [nothing] * 7 + [shifted(grace, 12.0)] * 8), face_tracker())
    assert tracked.seen[:3].all()
    assert not tracked.seen[3:10].any()
    assert tracked.seen[15:].all()
    assert nose(tracked.landmarks)[-1] - nose(tracked.landmarks)[0] == pytest.approx([12, 0], abs=1.5)


def test_the_same_person_is_taken_up_again_beside_a_larger_one(grace: Image) -> None:
    small = np.asarray(cv2.resize(grace, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    alone = np.full((600, 900, 3), 120, np.uint8)
    alone[200 : 200 + small.shape[0], 20 : 20 + small.shape[1]] = small
    both = alone.copy()
    both[:, 380 : 380 + grace.shape[1]] = grace[:600]
    nothing = np.full_like(alone, 120)
    tracked = track_landmarks(at_25([alone] * 2 + [nothing] * 6 + [both] * 6), face_tracker())
    assert nose(tracked.landmarks)[-1] == pytest.approx(nose(tracked.landmarks)[0], abs=2)


def test_what_is_no_film_is_refused_by_name(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "speech.wav", melody(0.2, 16_000), 16_000)
    text = tmp_path / "film.mp4"
    text.write_text("This is no film.")
    for path, says in ((sound, r"speech\.wav holds no picture"), (text, r"film\.mp4 cannot be read")):
        with pytest.raises(InputError, match=says):
            list(video_frames(path))
    with pytest.raises(InputError, match=r"gone\.mp4"):
        list(video_frames(tmp_path / "gone.mp4"))


def test_a_film_cut_short_gives_the_frames_that_it_has(tmp_path: Path, grace: Image) -> None:
    whole = tmp_path / "whole.ts"
    write_film(whole, [shifted(grace, float(way)) for way in range(30)])
    cut = tmp_path / "cut.ts"
    cut.write_bytes(whole.read_bytes()[: 9 * whole.stat().st_size // 10])
    assert 3 < len(list(video_frames(cut))) < 30
