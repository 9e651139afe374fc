from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.types import Image, Portrait, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import FRAMINGS, LARGEST_SIDE, Framing, frame_portrait, own_size, resampled
from video_processor.portrait import analyse_portrait

SQUARE = Size(512, 512)
FRAMES = [SQUARE, Size(256, 256), Size(1280, 720), Size(720, 1280), Size(640, 480), Size(64, 512), Size(854, 480)]


def place_image(width: int, height: int) -> Image:
    """A picture whose red tells x and whose green tells y, each as 0..255 over the side; blue is 77."""
    x = np.tile(np.linspace(0, 255, width), (height, 1))
    y = np.tile(np.linspace(0, 255, height)[:, None], (1, width))
    return np.rint(np.stack([x, y, np.full_like(x, 77)], axis=2)).astype(np.uint8)


def portrait_of(width: int, height: int, x: float, y: float, face: float) -> Portrait:
    """A face of height `face`, and 0.8 of it across, whose middle lies at x, y."""
    landmarks = np.zeros((478, 3), np.float32)
    angles = np.linspace(0, 2 * np.pi, 478)
    landmarks[:, 0] = x + 0.4 * face * np.sin(angles)
    landmarks[:, 1] = y - 0.5 * face * np.cos(angles)
    landmarks[:, 2] = 0.1 * face
    for index, across, down in ((10, 0, -0.5), (152, 0, 0.5), (33, -0.25, -0.1), (263, 0.25, -0.1)):
        landmarks[index, :2] = x + across * face, y + down * face
    landmarks[[133, 362], :2] = [(x - 0.1 * face, y - 0.1 * face), (x + 0.1 * face, y - 0.1 * face)]
    person = np.zeros((height, width), np.uint8)
    person[:, width // 2 :] = 255
    return Portrait(
        image=place_image(width, height),
        landmarks=landmarks,
        person=person,
        pose=(1.0, 2.0, 3.0),
        rest=np.zeros(52, np.float32),
        inter_ocular=0.5 * face,
        digest="d",
        alpha=np.full((height, width), 200, np.uint8),
    )


def face_share(portrait: Portrait) -> float:
    return float(portrait.landmarks[152, 1] - portrait.landmarks[10, 1]) / portrait.size.height


def eye_line(portrait: Portrait) -> float:
    return float(portrait.landmarks[[33, 133, 362, 263], 1].mean()) / portrait.size.height


@pytest.mark.parametrize("size", FRAMES)
def test_everything_has_exactly_the_size(size: Size) -> None:
    framed = frame_portrait(portrait_of(1200, 1000, 600, 400, 250), size)
    assert framed.size == size
    assert framed.image.shape == (size.height, size.width, 3)
    assert framed.image.dtype == framed.person.dtype == np.uint8
    assert framed.person.shape == (size.height, size.width)
    assert framed.alpha is not None
    assert framed.alpha.shape == (size.height, size.width)
    assert (framed.alpha == 200).all()


def test_a_small_face_is_brought_to_head_and_shoulders() -> None:
    framed = frame_portrait(portrait_of(3000, 2000, 1900, 700, 300), SQUARE)
    assert face_share(framed) == pytest.approx(0.45, abs=0.01)
    assert eye_line(framed) == pytest.approx(0.42, abs=0.01)
    assert framed.landmarks[10, 0] == pytest.approx(256, abs=2)


@pytest.mark.parametrize(("x", "y"), [(160, 160), (2850, 160), (160, 1850), (2850, 1850)])
def test_at_the_picture_s_edge_the_frame_moves_and_nothing_is_padded(x: float, y: float) -> None:
    portrait = portrait_of(3000, 2000, x, y, 280)
    framed = frame_portrait(portrait, SQUARE)
    scale = framed.inter_ocular / portrait.inter_ocular
    corner = portrait.landmarks[33, :2] - framed.landmarks[33, :2] / scale
    assert face_share(framed) == pytest.approx(0.45, abs=0.01)
    assert (corner >= -1).all()
    assert (corner + 512 / scale <= np.array([3001, 2001])).all()


@pytest.mark.parametrize(("framing", "share"), [("close", 0.6), ("portrait", 0.45), ("square", 0.45), ("full", 0.15)])
def test_a_framing_sets_the_face_s_share(framing: Framing, share: float) -> None:
    framed = frame_portrait(portrait_of(3000, 2000, 1900, 700, 300), SQUARE, framing)
    assert face_share(framed) == pytest.approx(share, abs=0.01)


def test_portrait_cuts_a_picture_that_auto_keeps() -> None:
    portrait = portrait_of(512, 512, 256, 230, 200)
    assert np.array_equal(frame_portrait(portrait, SQUARE).image, portrait.image)
    assert face_share(frame_portrait(portrait, SQUARE, "portrait")) == pytest.approx(0.45, abs=0.01)


@pytest.mark.parametrize(("size", "height"), [(SQUARE, 2000), (Size(1280, 720), 1687), (Size(720, 1280), 2000)])
def test_whole_keeps_all_that_the_aspect_allows_and_centres_the_face(size: Size, height: int) -> None:
    portrait = portrait_of(3000, 2000, 1900, 700, 300)
    framed = frame_portrait(portrait, size, "full")
    assert framed.inter_ocular / portrait.inter_ocular == pytest.approx(size.height / height, rel=0.01)
    assert framed.landmarks[10, 0] == pytest.approx(min(size.width / 2, 1900 * size.height / height), rel=0.3)


def test_close_never_cuts_the_face_of_a_narrow_frame() -> None:
    framed = frame_portrait(portrait_of(3000, 2000, 1900, 900, 300), Size(360, 640), "close")
    low, high = framed.landmarks[:, 0].min(), framed.landmarks[:, 0].max()
    assert (high - low) / 360 == pytest.approx(1 / 1.15, abs=0.02)
    assert low > 0
    assert high < 360


def test_a_picture_that_is_already_close_is_not_cut() -> None:
    portrait = portrait_of(512, 512, 256, 230, 210)
    framed = frame_portrait(portrait, SQUARE)
    assert np.array_equal(framed.image, portrait.image)
    assert np.array_equal(framed.landmarks, portrait.landmarks)
    assert framed.notes == ()


def test_landmarks_depth_and_eye_distance_go_along() -> None:
    portrait = portrait_of(3000, 2000, 1900, 700, 300)
    framed = frame_portrait(portrait, SQUARE)
    scale = framed.inter_ocular / portrait.inter_ocular
    assert scale == pytest.approx(512 * 0.45 / 300, rel=0.01)
    assert framed.landmarks[0, 2] == pytest.approx(portrait.landmarks[0, 2] * scale, rel=0.01)
    for index in (33, 263, 152):
        x, y = framed.landmarks[index, :2].astype(int)
        red, green, _ = framed.image[y, x].astype(float) / 255 * [3000, 2000, 1]
        assert (red, green) == pytest.approx(tuple(portrait.landmarks[index, :2]), abs=12)
        assert (framed.person[y, x] > 127) == (portrait.landmarks[index, 0] > 1500)


def test_what_was_measured_on_the_head_stays() -> None:
    portrait = replace(portrait_of(900, 900, 450, 400, 300), notes=("one",))
    framed = frame_portrait(portrait, Size(640, 480))
    assert (framed.pose, framed.digest, framed.notes) == (portrait.pose, portrait.digest, ("one",))
    assert np.array_equal(framed.rest, portrait.rest)


@pytest.mark.parametrize(("width", "height", "size"), [(300, 900, Size(1280, 720)), (900, 300, Size(360, 640))])
def test_where_the_aspect_forces_it_the_edges_go_on_blurred(width: int, height: int, size: Size) -> None:
    framed = frame_portrait(portrait_of(width, height, width / 2, height / 2, 250), size)
    assert (np.abs(framed.image[..., 2].astype(int) - 77) <= 1).all()
    along = framed.image[size.height // 2, :, 0] if width < height else framed.image[:, size.width // 2, 1]
    assert (along[0], along[-1]) == (0, 255)
    assert len(np.unique(along[:8])) == 1
    low, high = framed.landmarks[:, :2].min(axis=0), framed.landmarks[:, :2].max(axis=0)
    assert (low >= 0).all()
    assert (high <= size).all()


def test_a_strong_enlargement_is_noted() -> None:
    framed = frame_portrait(portrait_of(200, 200, 100, 90, 80), SQUARE)
    assert framed.notes == ("The face is enlarged 2.6 times and looks soft; a larger picture would be sharper.",)


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(40, 700),
    height=st.integers(40, 700),
    across=st.floats(0.0, 1.0),
    down=st.floats(0.0, 1.0),
    share=st.floats(0.05, 1.0),
    frame=st.tuples(st.integers(16, 320), st.integers(16, 320)),
    framing=st.sampled_from(FRAMINGS),
)
def test_the_face_is_always_in_the_frame(
    width: int, height: int, across: float, down: float, share: float, frame: tuple[int, int], framing: Framing
) -> None:
    face = max(8.0, share * min(height, width / 0.8))
    x = 0.4 * face + across * (width - 0.8 * face)
    y = 0.5 * face + down * (height - face)
    size = Size(*frame)
    framed = frame_portrait(portrait_of(width, height, x, y, face), size, framing)
    assert framed.size == size
    slack = np.maximum(1.0, np.array(size) * (1.5 / face))
    assert (framed.landmarks[:, :2].min(axis=0) >= -slack).all()
    assert (framed.landmarks[:, :2].max(axis=0) <= size + slack).all()
    assert (np.abs(framed.image[..., 2].astype(int) - 77) <= 1).all()


def test_grace_hopper_shows_hat_and_shoulders() -> None:
    framed = frame_portrait(analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48), SQUARE)
    assert 0.35 < face_share(framed) < 0.5
    assert framed.landmarks[10, 1] > 0.2 * 512
    assert (framed.person[-8:] > 200).mean() > 0.6
    assert (framed.person[:4] > 200).mean() < 0.3


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
@pytest.mark.parametrize("size", [SQUARE, Size(1280, 720)])
def test_the_frame_s_landmarks_are_those_that_tracking_it_finds(key: str, size: Size) -> None:
    tracker = face_tracker()
    framed = frame_portrait(analyse_portrait(demo_picture(key), tracker, min_face_pixels=48), size)
    found, _ = tracker.landmarks(framed.image, tracker.detect(framed.image)[0])
    assert np.linalg.norm(found[:, :2] - framed.landmarks[:, :2], axis=1).mean() < 0.03 * framed.inter_ocular


def test_shrinking_keeps_detail_and_makes_no_moire() -> None:
    portrait = portrait_of(2048, 2048, 1024, 1000, 900)
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 200
    framed = frame_portrait(replace(portrait, image=stripes), SQUARE)
    assert np.abs(framed.image.astype(int) - 100).max() <= 2
    edge = np.zeros((2048, 2048, 3), np.uint8)
    edge[:, 1024:] = 255
    sharp = frame_portrait(replace(portrait, image=edge), SQUARE).image[256, :, 0]
    assert ((sharp > 10) & (sharp < 245)).sum() <= 1
    assert cv2.countNonZero(sharp) == 256


@pytest.mark.parametrize("picture", [(512, 600), (513, 601), (333, 334), (1000, 65), (35, 32)])
def test_the_whole_picture_at_its_own_size_keeps_its_pixels(picture: tuple[int, int]) -> None:
    portrait = portrait_of(*picture, picture[0] / 2, picture[1] / 2, min(picture) / 3)
    size = own_size(portrait.size)
    assert size == (picture[0] // 2 * 2, picture[1] // 2 * 2)
    framed = frame_portrait(portrait, size, "full")
    x, y = np.rint(portrait.landmarks[0, :2] - framed.landmarks[0, :2]).astype(int)
    assert np.array_equal(framed.image, portrait.image[y : y + size.height, x : x + size.width])


def test_a_picture_of_fifty_megapixels_is_shown_whole_as_large_as_a_video_can_be() -> None:
    size = own_size(Size(8660, 5773))
    assert size == (LARGEST_SIDE, 2730)
    assert own_size(Size(100, 9000)) == (44, LARGEST_SIDE)


@pytest.mark.parametrize("factor", [0.23, 0.5, 0.9, 1.5, 3.0])
def test_resampling_keeps_detail_and_adds_none(factor: float) -> None:
    """A pattern that the smaller of both sizes can show survives; a finer one becomes grey instead of false bands."""
    side, new = 400, round(400 * factor)
    across = np.arange(side, dtype=np.float32)
    coarse_period, fine_period = 5 / min(factor, 1), 1.1 / factor
    for period, low, high in ((coarse_period, 0.55, 1.1), (fine_period, 0.0, 0.35)):
        if period < 2:
            continue
        waves = np.rint(127 + 100 * np.sin(2 * np.pi * across / period)).astype(np.uint8)
        found = resampled(np.dstack([np.tile(waves, (side, 1))] * 3), Size(new, new))
        amplitude = float(found[new // 2, 8:-8, 0].std() / waves.std())
        assert low <= amplitude <= high, (factor, period)
