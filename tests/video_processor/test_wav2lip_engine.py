"""Wav2Lip's mouth sits in the puppet's frames without a seam, follows the head steadily, and rests in silence."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import RenderError
from avatar.types import Floats, Image, Portrait, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.lip_fakes import (
    BATCH,
    BlankLips,
    FakeLips,
    PaintedLips,
    cut,
    hum,
    puppet_of,
    speaking,
    talk,
    whole,
)
from video_processor.backgrounds import set_background
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession
from video_processor.renderers.wav2lip.crop import samples_of
from video_processor.renderers.wav2lip.faces import Face, faces, moved_face
from video_processor.renderers.wav2lip.mask import mouth_mask
from video_processor.renderers.wav2lip.paste import paste
from video_processor.renderers.wav2lip.renderer import CONTEXT_FRAMES

SIDE = 320
FRAMES = 5


def portrait_of(key: str) -> Portrait:
    whole_picture = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    return frame_portrait(whole_picture, Size(SIDE, SIDE))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return portrait_of(GRACE_HOPPER)


@pytest.fixture(scope="module")
def puppet(portrait: Portrait) -> PuppetSession:
    session = puppet_of(portrait)
    assert isinstance(session, PuppetSession)
    return session


@pytest.fixture(scope="module")
def scene(puppet: PuppetSession, portrait: Portrait) -> list[tuple[Image, Face]]:
    """The puppet's frames and their faces."""
    motion = talk(FRAMES, portrait.rest)
    return [(image, face) for image, face in faces(puppet, whole(motion, hum(FRAMES))) if face is not None]


@pytest.fixture(scope="module")
def painted(portrait: Portrait) -> list[Image]:
    """The same frames with a mouth that cannot be overlooked."""
    return rendered(portrait, PaintedLips())


def rendered(portrait: Portrait, lips: FakeLips) -> list[Image]:
    motion = talk(FRAMES, portrait.rest)
    return list(speaking(portrait, lips).render(whole(motion, hum(FRAMES))))


def mask_over(image: Image, face: Face) -> Floats:
    """The mouth's share of a frame (H, W), by another way than the engine's."""
    mask = mouth_mask(face.crop.place(face.landmarks))
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(mask, face.crop.to_face, (width, height), flags=flags), np.float32)


def likeness_db(a: Image, b: Image, where: Floats) -> float:
    """Peak signal to noise where the mask is at least half."""
    off = (a[..., :3].astype(float) - b[..., :3])[where >= 0.5]
    return float(10 * np.log10(255**2 / max(float(np.mean(off**2)), 1e-9)))


def test_a_face_that_is_drawn_as_it_was_gives_the_puppets_frame(
    portrait: Portrait, scene: list[tuple[Image, Face]]
) -> None:
    for frame, (image, face) in zip(rendered(portrait, FakeLips()), scene, strict=True):
        assert likeness_db(frame, image, mask_over(image, face)) > 50


def test_the_mouth_is_the_networks_and_nothing_else_changes(
    painted: list[Image], scene: list[tuple[Image, Face]]
) -> None:
    for frame, (image, face) in zip(painted, scene, strict=True):
        mask = mask_over(image, face)
        changed = (frame != image).any(axis=-1)
        assert not (changed & (cv2.dilate(mask, np.ones((5, 5))) == 0)).any()
        assert changed[mask > 0.5].mean() > 0.95
        lips = face.landmarks[[13, 14]].mean(axis=0).astype(int)
        assert mask[lips[1], lips[0]] > 0.99


@pytest.mark.parametrize("light", [0.8, 1.1])
def test_the_mouth_takes_the_light_of_the_face(
    portrait: Portrait, scene: list[tuple[Image, Face]], light: float
) -> None:
    for frame, (image, face) in zip(rendered(portrait, FakeLips(light)), scene, strict=True):
        mask = mask_over(image, face)
        raw = np.clip(image * light, 0, 255).astype(np.uint8)
        assert likeness_db(frame, image, mask) > max(36, likeness_db(raw, image, mask) + 12)


def test_no_edge_shows_where_the_mouth_begins(painted: list[Image], scene: list[tuple[Image, Face]]) -> None:
    """What is laid in comes in from nothing: at the mask's rim it is next to nothing, and it never jumps."""
    for frame, (image, face) in zip(painted, scene, strict=True):
        mask = mask_over(image, face)
        change = frame.astype(np.float32) - image
        rim = (mask > 0) & (mask < 0.02)
        assert np.abs(change)[rim].max() <= 4
        step = np.maximum(np.abs(np.diff(change, axis=0)).max(-1)[:, 1:], np.abs(np.diff(change, axis=1)).max(-1)[1:])
        outer = mask[1:, 1:] < 0.1
        assert step[outer].max() <= 20
        assert step.max() > 60


def test_the_box_itself_is_never_seen(portrait: Portrait, scene: list[tuple[Image, Face]]) -> None:
    for image, face in scene:
        mask = mouth_mask(face.crop.place(face.landmarks))
        assert mask.max() > 0.99
        assert not mask[:49].any()
        assert not mask[-1].any()
        assert not mask[:, [0, -1]].any()
        corners = np.array([[0, 0], [95, 95]])
        back = (corners - face.crop.to_face[:, 2]) @ np.linalg.inv(face.crop.to_face[:, :2]).T
        assert (back > 0).all()
        assert (back < image.shape[0]).all()


def test_no_word_moves_the_crop(puppet: PuppetSession) -> None:
    still = np.zeros(6, np.float32)
    shut, wide = puppet.portrait.rest.copy(), puppet.portrait.rest.copy()
    wide[BLENDSHAPE_INDEX["jawOpen"]] = 0.7
    wide[BLENDSHAPE_INDEX["mouthSmileLeft"]] = 0.7
    a, b = moved_face(puppet, shut, still), moved_face(puppet, wide, still)
    assert np.array_equal(a.crop.to_face, b.crop.to_face)
    assert np.abs(a.landmarks - b.landmarks)[152].max() > 3


def test_the_crop_glides_with_the_head(puppet: PuppetSession) -> None:
    """The head turns, nods and tilts: the crop's corners never jump, and eyes stay level and in place in it."""
    motion = talk(100, puppet.portrait.rest)
    found = [moved_face(puppet, s, p) for s, p in zip(motion.blendshapes, motion.pose, strict=True)]
    inverse = [np.linalg.inv(np.vstack([face.crop.to_face, [0, 0, 1]])) for face in found]
    corners = np.stack([(m @ np.array([[0, 96, 48], [0, 0, 96], [1, 1, 1]]))[:2] for m in inverse])
    assert np.ptp(corners, axis=0).max() > 15
    assert np.abs(np.diff(corners, 2, axis=0)).max() < 1.2
    eyes = np.stack([face.crop.place(face.landmarks[[33, 263]]) for face in found])
    assert np.abs(eyes[:, 0, 1] - eyes[:, 1, 1]).max() < 0.1
    assert np.ptp(eyes[..., 1]) < 4


def test_the_face_fills_the_crop_as_the_original_detector_boxes_it(scene: list[tuple[Image, Face]]) -> None:
    for _, face in scene:
        x, y = face.crop.place(face.landmarks).T
        assert x.min() == pytest.approx(-0.5, abs=2.5)
        assert x.max() == pytest.approx(95.5, abs=2.5)
        assert y[10] == pytest.approx(-0.5, abs=2.5)
        assert 88 < y[152] < 98
        assert y[[13, 14]].mean() > 60


def test_the_cut_face_is_the_mean_of_what_it_covers(scene: list[tuple[Image, Face]]) -> None:
    """A checkerboard finer than the crop's pixels becomes its grey, whichever way it is shifted."""
    face = replace(scene[0][1].crop, to_face=np.array([[0.25, 0, 0.3], [0, 0.25, -0.4]]), scale=4.0)
    board = np.indices((400, 400)).sum(axis=0) % 2 * 255
    seen = face.cut(np.dstack([board] * 3).astype(np.uint8), samples_of(face))
    assert np.abs(seen[4:-4, 4:-4].astype(int) - 127).max() <= 3


def test_chunks_equal_the_whole(portrait: Portrait, painted: list[Image]) -> None:
    session = speaking(portrait, PaintedLips())
    pieces = cut(talk(FRAMES, portrait.rest), hum(FRAMES), [3, 1, 1], CONTEXT_FRAMES)
    assert np.array_equal([frame for piece in pieces for frame in session.render(piece)], painted)


def test_the_network_always_gets_batches_of_one_size(portrait: Portrait) -> None:
    lips = FakeLips()
    assert len(rendered(portrait, lips)) == FRAMES
    assert lips.batches == [BATCH] * -(-FRAMES // BATCH)


def test_in_silence_the_puppets_closed_mouth_stays_and_the_network_rests(portrait: Portrait) -> None:
    motion = talk(FRAMES, portrait.rest)
    motion.blendshapes[:] = portrait.rest
    chunk = whole(motion, np.zeros_like(hum(FRAMES)))
    lips = PaintedLips()
    frames = list(speaking(portrait, lips).render(chunk))
    assert np.array_equal(frames, list(puppet_of(portrait).render(chunk)))
    assert not lips.batches


def test_speech_fades_into_silence(portrait: Portrait) -> None:
    frames = 24
    motion = talk(frames, portrait.rest)
    motion.blendshapes[:] = portrait.rest
    motion.pose[:] = 0
    sound = hum(frames)
    sound[len(sound) // 4 :] = 0
    shown = list(speaking(portrait, PaintedLips()).render(whole(motion, sound)))
    paint = [np.abs(frame.astype(int) - shown[-1]).mean() for frame in shown]
    middle = [amount / paint[0] for amount in paint if 0.02 * paint[0] < amount < 0.9 * paint[0]]
    assert paint[-1] == 0
    assert len(middle) >= 2
    assert middle == sorted(middle, reverse=True)


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
def test_a_transparent_portrait_keeps_its_outline(key: str) -> None:
    portrait = set_background(portrait_of(key), "transparent", max_megapixels=1, max_megabytes=1)
    motion = talk(3, portrait.rest)
    chunk = whole(motion, hum(3))
    own = list(puppet_of(portrait).render(chunk))
    for frame, image in zip(speaking(portrait, PaintedLips()).render(chunk), own, strict=True):
        assert frame.shape == (SIDE, SIDE, 4)
        assert np.array_equal(frame[..., 3], image[..., 3])
        assert (frame[..., :3] != image[..., :3]).any()


def test_a_blank_mouth_is_an_error_so_that_another_engine_takes_over(portrait: Portrait) -> None:
    with pytest.raises(RenderError, match="blank mouth"):
        rendered(portrait, BlankLips())


def test_threads_draw_the_same(portrait: Portrait, painted: list[Image]) -> None:
    session = speaking(portrait, PaintedLips())
    chunk = whole(talk(FRAMES, portrait.rest), hum(FRAMES))
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda _: list(session.render(chunk)), range(3)):
            assert np.array_equal(found, painted)


def test_a_render_that_is_left_leaves_the_worker_free(portrait: Portrait) -> None:
    session = speaking(portrait, FakeLips())
    chunk = whole(talk(FRAMES, portrait.rest), hum(FRAMES))
    left: Iterator[Image] = session.render(chunk)
    next(left)
    del left
    assert len(list(session.render(chunk))) == FRAMES


def test_notes_are_the_networks_own(portrait: Portrait) -> None:
    assert speaking(portrait, FakeLips(notes=("halved",))).notes == ("halved",)


def test_a_mask_past_the_pictures_edge_is_cut_off(scene: list[tuple[Image, Face]]) -> None:
    """A face half out of the picture, and one wholly out of it."""
    image, face = scene[0]
    seen = face.crop.cut(image, 2)
    mask = mouth_mask(face.crop.place(face.landmarks))
    height = int(face.landmarks[14, 1])
    for rows, changes in ((height, True), (4, False)):
        part = image[:rows].copy()
        paste(part, face.crop, seen, np.full_like(seen, 90), mask)
        assert (part != image[:rows]).any() == changes
