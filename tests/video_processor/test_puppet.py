"""The puppet gives the picture back at rest, obeys the motion as a tracker sees it, and keeps the background still."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import RenderError
from avatar.types import FaceMotion, Floats, Image, RenderChunk, Size
from models.face_mesh.tracker import FaceTracker
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.backgrounds import set_background
from video_processor.face_checks import EYES_HIDDEN
from video_processor.framing import frame_portrait, own_size
from video_processor.head_pose import head_angles, head_rotation
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.renderers.puppet.renderer import PuppetRenderer

SIDE = 320
STILL_POSE = np.zeros(6, np.float32)


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    return face_tracker()


def session_of(key: str) -> PuppetSession:
    portrait = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    return build_session(frame_portrait(portrait, Size(SIDE, SIDE)))


@pytest.fixture(scope="module")
def shut() -> PuppetSession:
    return session_of(GRACE_HOPPER)


@pytest.fixture(scope="module")
def smiling() -> PuppetSession:
    return session_of(ASTRONAUT)


def shapes(session: PuppetSession, **values: float) -> Floats:
    """The portrait's rest with some blendshapes set; a name without its side sets both."""
    changed = session.portrait.rest.copy()
    for name, value in values.items():
        for full in (name,) if name in BLENDSHAPE_INDEX else (f"{name}Left", f"{name}Right"):
            changed[BLENDSHAPE_INDEX[full]] = value
    return changed


def pose(pitch: float = 0, yaw: float = 0, roll: float = 0) -> Floats:
    return np.array([pitch, yaw, roll, 0, 0, 0], np.float32)


class Seen:
    """What a tracker measures in a frame; lengths in inter-ocular distances."""

    def __init__(self, frame: Image, tracker: FaceTracker) -> None:
        marks, _ = tracker.landmarks(frame, tracker.detect(frame)[0])
        unit = float(np.linalg.norm(marks[33] - marks[263]))

        def apart(a: int, b: int) -> float:
            return float(np.linalg.norm(marks[a, :2] - marks[b, :2])) / unit

        self.gap = apart(13, 14)
        self.width = apart(61, 291)
        self.lids = (apart(159, 145) + apart(386, 374)) / 2
        self.pitch, self.yaw, self.roll = head_angles(head_rotation(marks))


@pytest.mark.parametrize("name", ["shut", "smiling"])
def test_motion_at_rest_gives_the_picture_back(name: str, request: pytest.FixtureRequest) -> None:
    session: PuppetSession = request.getfixturevalue(name)
    frame = session.draw(session.portrait.rest, STILL_POSE)
    difference = np.abs(frame.astype(int) - session.portrait.image)
    assert difference.max() <= 2


def test_the_jaw_opens_and_shuts_the_lips(shut: PuppetSession, smiling: PuppetSession, tracker: FaceTracker) -> None:
    for session in (shut, smiling):
        gaps = [Seen(session.draw(shapes(session, jawOpen=j), STILL_POSE), tracker).gap for j in (0, 0.3, 0.6, 1.0)]
        assert gaps == sorted(gaps)
        assert gaps[0] < 0.04
        assert gaps[-1] > 0.22


def test_rounding_narrows_and_smiling_widens(shut: PuppetSession, tracker: FaceTracker) -> None:
    narrow, rest, wide = (
        Seen(shut.draw(shapes(shut, **change), STILL_POSE), tracker).width
        for change in ({"mouthPucker": 1.0}, {}, {"mouthSmile": 1.0})
    )
    assert narrow < rest - 0.05
    assert wide > rest + 0.03


def test_blinking_closes_the_lids(smiling: PuppetSession, tracker: FaceTracker) -> None:
    opened, half, closed = (
        Seen(smiling.draw(shapes(smiling, eyeBlink=b), STILL_POSE), tracker).lids for b in (0.0, 0.5, 1.0)
    )
    assert closed < half < opened
    assert closed < 0.62 * opened


@pytest.mark.parametrize("angle", ["pitch", "yaw", "roll"])
def test_the_head_turns_as_told(angle: str, shut: PuppetSession, tracker: FaceTracker) -> None:
    there, back = (
        getattr(Seen(shut.draw(shut.portrait.rest, pose(**{angle: degrees})), tracker), angle) for degrees in (6, -6)
    )
    # This tracker sees a picture's pitch and yaw larger than the one with attention, by which they are set.
    assert 9 < there - back < 28


def test_the_background_stays_still_when_the_head_turns(shut: PuppetSession) -> None:
    frame = shut.draw(shut.portrait.rest, pose(yaw=6, roll=4))
    corner = np.s_[:60, -60:]
    np.testing.assert_array_equal(frame[corner], shut.portrait.image[corner])


def test_every_blendshape_of_the_skin_moves_something(shut: PuppetSession) -> None:
    rest = shut.draw(shut.portrait.rest, STILL_POSE).astype(int)
    without_effect = {"tongueOut"}
    for name in set(BLENDSHAPES) - without_effect:
        given = shapes(shut, jawOpen=0.6, **{name: 1.0}) if name == "mouthClose" else shapes(shut, **{name: 1.0})
        assert np.abs(shut.draw(given, STILL_POSE).astype(int) - rest).max() > 8, name


def test_drawing_in_chunks_equals_drawing_the_whole(shut: PuppetSession) -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    motion = FaceMotion(
        Fraction(25),
        np.clip(shut.portrait.rest + rng.random((6, 52), np.float32) * 0.2, 0, 1).astype(np.float32),
        rng.normal(0, 2, (6, 6)).astype(np.float32) * np.array([1, 1, 1, 0.01, 0.01, 0.01], np.float32),
    )
    silence = np.zeros(0, np.float32)
    whole = list(shut.render(RenderChunk(0, 0, 6, motion, silence)))
    later = list(shut.render(RenderChunk(1, 4, 2, motion[2:6], silence, lead=2)))
    np.testing.assert_array_equal(np.stack(later), np.stack(whole[4:]))


def test_threads_share_a_session(shut: PuppetSession) -> None:
    given = shapes(shut, jawOpen=0.5, eyeBlink=0.4)
    with ThreadPoolExecutor(2) as pool:
        frames = list(pool.map(lambda _: shut.draw(given, pose(yaw=3)), range(6)))
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame, frames[0])


def test_a_portrait_of_another_size_is_refused(shut: PuppetSession) -> None:
    with pytest.raises(RenderError, match="320x320"):
        PuppetRenderer().prepare(shut.portrait, Size(256, 256))


def test_hidden_eyes_are_left_as_they_are(shut: PuppetSession) -> None:
    behind_glasses = build_session(replace(shut.portrait, notes=(EYES_HIDDEN,)))
    frame = behind_glasses.draw(shapes(shut, eyeBlink=1.0), STILL_POSE)
    assert np.abs(frame.astype(int) - shut.portrait.image).max() <= 2


LIVELY = (
    ({"jawOpen": 0.5, "eyeBlink": 0.6}, pose(3, -5, 4)),
    ({"mouthSmile": 0.6, "browInnerUp": 0.5}, pose(-3, 6, -3)),
    ({"mouthPucker": 0.7}, pose(5, 2, 6)),
)


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
def test_in_the_whole_picture_only_what_moves_differs_from_the_source(key: str) -> None:
    source = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    size = own_size(source.size)
    session = build_session(frame_portrait(source, size, "full"))
    image = source.image[: size.height, : size.width]
    chin, eyes = session.portrait.landmarks[152, :2], session.portrait.inter_ocular
    y, x = np.mgrid[: size.height, : size.width]
    far = (y > chin[1] + 1.5 * eyes) | (np.abs(x - chin[0]) > 2.2 * eyes)
    person = far & (session.portrait.person > 200)
    assert far.mean() > 0.1
    assert person.mean() > 0.05
    for values, turned in LIVELY:
        frame = session.draw(shapes(session, **values), turned)
        changed = (frame != image).any(axis=2)
        assert changed.mean() > 0.02
        assert not changed[far].any()


@pytest.fixture(scope="module")
def transparent() -> PuppetSession:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    framed = frame_portrait(portrait, Size(SIDE, SIDE))
    return build_session(set_background(framed, "transparent", max_megapixels=50, max_megabytes=50))


def test_a_person_without_background_moves_with_its_outline(transparent: PuppetSession) -> None:
    frames = [transparent.draw(shapes(transparent, **values), turned) for values, turned in LIVELY]
    still = transparent.draw(shapes(transparent), STILL_POSE)
    assert transparent.portrait.cutout is not None
    assert np.array_equal(still[..., 3], transparent.portrait.cutout.front[..., 3])
    for frame in frames:
        assert frame.shape == (SIDE, SIDE, 4)
        assert frame.dtype == np.uint8
        assert frame[..., 3].min() == 0
        assert frame[SIDE // 2 :, SIDE // 2 - 20 : SIDE // 2 + 20, 3].min() == 255
        moved = np.abs(frame[..., 3].astype(int) - still[..., 3])
        assert moved.max() > 100
        assert moved.mean() < 20


def test_another_background_lies_still_behind_the_person(transparent: PuppetSession) -> None:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    framed = frame_portrait(portrait, Size(SIDE, SIDE))
    session = build_session(set_background(framed, "#0000ff", max_megapixels=50, max_megabytes=50))
    for values, turned in LIVELY:
        frame = session.draw(shapes(session, **values), turned)
        alpha = transparent.draw(shapes(transparent, **values), turned)
        assert (frame[alpha[..., 3] == 0] == (0, 0, 255)).all()
        assert np.array_equal(frame[alpha[..., 3] == 255], alpha[alpha[..., 3] == 255][:, :3])


@pytest.mark.parametrize("background", ["#0000ff", "blur", "transparent"])
def test_a_face_at_rest_is_the_still_composition(background: str) -> None:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    framed = frame_portrait(portrait, Size(SIDE, SIDE))
    session = build_session(set_background(framed, background, max_megapixels=50, max_megabytes=50))
    cutout = session.portrait.cutout
    assert cutout is not None
    still = cutout.front if cutout.behind is None else session.portrait.image
    frame = session.draw(shapes(session), STILL_POSE)
    assert frame.shape == still.shape
    assert np.abs(frame.astype(int) - still).max() <= 2
