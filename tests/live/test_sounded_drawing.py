"""Frames that are drawn one by one as they are heard: those of the batch renderer."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import RenderError
from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Floats, Image, Portrait, RenderChunk, Size
from live.sounded import SessionDrawer, SoundedDrawer
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.lip_fakes import FPS, WORKER, BlankLips, FakeLips, PaintedLips, hum, puppet_of, talk, whole
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.base import LiveContext, RenderSession
from video_processor.renderers.wav2lip.renderer import LIVE
from video_processor.renderers.wav2lip.session import Wav2LipSession

SIDE = Size(128, 128)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return frame_portrait(analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48), SIDE)


@pytest.fixture(scope="module")
def puppet(portrait: Portrait) -> RenderSession:
    return puppet_of(portrait)


def painting(puppet: RenderSession, portrait: Portrait, lips: FakeLips | None = None) -> Wav2LipSession:
    return Wav2LipSession(puppet, portrait.rest, lips or PaintedLips(), 1, WORKER)


def drawer(session: RenderSession, sound: Floats, context: LiveContext = LIVE) -> SoundedDrawer:
    """One that hears `sound` (n,) at 16 kHz from the beginning on."""

    def heard(first: int, count: int) -> Floats:
        return np.concatenate([sound, np.zeros(first + count, np.float32)])[first : first + count]

    made = SoundedDrawer(session, SIDE, FPS, context)
    made.listen(heard)
    return made


def drawn(one: SoundedDrawer, motion: FaceMotion) -> list[Image]:
    return [
        one.draw(n, shapes, pose) for n, (shapes, pose) in enumerate(zip(motion.blendshapes, motion.pose, strict=True))
    ]


def of_video(session: RenderSession, motion: FaceMotion, sound: Floats) -> list[Image]:
    """The same frames of a video that goes on: at its end the last windows of sound are another matter."""
    more = FaceMotion(
        motion.fps, *(np.concatenate([a, a[-1:].repeat(10, 0)]) for a in (motion.blendshapes, motion.pose))
    )
    seconds = len(more) / float(motion.fps)
    longer = np.concatenate([sound, np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)])
    return list(session.render(RenderChunk(0, 0, len(motion), more, longer[: round(seconds * SAMPLE_RATE_HZ)])))


def test_frames_equal_those_of_the_whole_video(puppet: RenderSession, portrait: Portrait) -> None:
    motion, sound = talk(10, portrait.rest), hum(10)
    session = painting(puppet, portrait)
    assert np.array_equal(drawn(drawer(session, sound), motion), of_video(session, motion, sound))


def test_so_do_they_where_a_voice_begins_and_ends(puppet: RenderSession, portrait: Portrait) -> None:
    motion, sound = talk(24, portrait.rest), hum(24)
    jaw = motion.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]]
    jaw[:9] = jaw[12:] = 0.0
    sound[: 9 * 640] = sound[12 * 640 :] = 0.0
    session = painting(puppet, portrait)
    together = of_video(session, motion, sound)
    assert np.array_equal(drawn(drawer(session, sound), motion), together)
    own = list(puppet.render(whole(motion, sound)))
    painted = [not np.array_equal(a, b) for a, b in zip(together, own, strict=True)]
    assert not any(painted[:2] + painted[-5:])
    assert all(painted[8:12])


def test_no_more_need_be_known_ahead_than_the_engine_says(puppet: RenderSession, portrait: Portrait) -> None:
    motion, sound = talk(6, portrait.rest), hum(16)
    session = painting(puppet, portrait)
    frames = of_video(session, motion, sound)
    index = 5
    ahead = index * 640 + round(LIVE.needed * SAMPLE_RATE_HZ)
    known, less = (drawn(drawer(session, sound[:stop]), motion[: index + 1])[-1] for stop in (ahead, ahead - 500))
    assert np.array_equal(known, frames[index])
    assert not np.array_equal(less, frames[index])


def test_frames_that_are_left_out_count_as_those_before_them(puppet: RenderSession, portrait: Portrait) -> None:
    motion, sound = talk(16, portrait.rest), hum(16)
    held = FaceMotion(FPS, motion.blendshapes[::4].repeat(4, axis=0), motion.pose[::4].repeat(4, axis=0))
    session = painting(puppet, portrait)
    one = drawer(session, sound)
    found = [one.draw(n, motion.blendshapes[n], motion.pose[n]) for n in range(0, 16, 4)]
    assert np.array_equal(found, of_video(session, held, sound)[::4])


def test_in_silence_the_puppets_frame_stays(puppet: RenderSession, portrait: Portrait) -> None:
    motion = talk(3, portrait.rest)
    motion.blendshapes[:] = portrait.rest
    lips = PaintedLips()
    sound = np.zeros(10_000, np.float32)
    frames = drawn(drawer(painting(puppet, portrait, lips), sound), motion)
    assert np.array_equal(frames, list(puppet.render(whole(motion, sound))))
    assert not lips.batches


def test_where_the_network_fails_the_puppet_goes_on(puppet: RenderSession, portrait: Portrait) -> None:
    failed: list[Exception] = []
    motion, sound = talk(4, portrait.rest), hum(4)
    one = SoundedDrawer(painting(puppet, portrait, BlankLips()), SIDE, FPS, LIVE, failed.append)
    one.listen(lambda first, count: sound[first : first + count])
    assert np.array_equal(drawn(one, motion), list(puppet.render(whole(motion, sound))))
    assert [type(error) for error in failed] == [RenderError]


class Broken:
    """Lies over no other session."""

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        raise RenderError("out of paint")


def test_an_engine_without_another_below_it_fails(portrait: Portrait) -> None:
    with pytest.raises(RenderError, match="out of paint"):
        drawn(drawer(Broken(), hum(1)), talk(1, portrait.rest))


def test_other_frame_rates_hear_as_much(puppet: RenderSession, portrait: Portrait) -> None:
    fps = Fraction(10)
    motion, sound = talk(6, portrait.rest, fps), hum(6, fps)
    session = painting(puppet, portrait)
    one = SoundedDrawer(session, SIDE, fps, LIVE)
    one.listen(lambda first, count: np.concatenate([sound, np.zeros(9_000, np.float32)])[first : first + count])
    assert np.array_equal(drawn(one, motion), of_video(session, motion, sound))


def test_frames_of_one_process_are_drawn_one_at_a_time() -> None:
    busy, most = [0], [0]

    class Watched:
        def render(self, chunk: RenderChunk) -> Iterator[Image]:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
            time.sleep(0.002)
            busy[0] -= 1
            yield np.zeros((8, 8, 3), np.uint8)

    one = SessionDrawer(Watched(), Size(8, 8), FPS)
    shapes, pose = np.zeros(52, np.float32), np.zeros(6, np.float32)
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(lambda number: one.draw(number, shapes, pose), range(12)))
    assert (len(frames), most) == (12, [1])
