"""Wav2Lip hears for each frame what the original hears, however a video is cut, and is silent where nobody speaks."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Floats, RenderChunk, neutral_motion
from models.wav2lip.mel import mel_spectrogram, mel_window_starts, mel_windows
from tests.video_processor.lip_fakes import FPS, cut, hum, whole
from tests.video_processor.motion_factory import RATES
from video_processor.renderers.wav2lip.renderer import CONTEXT_FRAMES
from video_processor.renderers.wav2lip.sound import ChunkSound
from video_processor.renderers.wav2lip.voicing import reach, voicing

REST = np.zeros(len(BLENDSHAPES), np.float32)


def windows(chunk: RenderChunk) -> Floats:
    sound = ChunkSound(chunk)
    return np.stack([sound.window(frame) for frame in range(chunk.first, chunk.first + chunk.count)])


def shares(chunk: RenderChunk) -> Floats:
    return voicing(chunk, REST, ChunkSound(chunk))


def parts(frames: int) -> list[int]:
    lengths = [1, 2, max(1, frames // 3), 7]
    return [*lengths, frames - sum(lengths) - 1, 1]


@pytest.mark.parametrize("fps", RATES)
def test_windows_are_those_of_the_whole_spectrogram(fps: Fraction) -> None:
    frames = round(2 * fps) + 5
    sound = hum(frames, fps)
    mel = mel_spectrogram(sound)
    wanted = mel_windows(mel, mel_window_starts(frames, fps, mel.shape[1]))
    found = windows(whole(neutral_motion(frames, fps), sound))
    assert found.std() > 0.5
    np.testing.assert_allclose(found, wanted, atol=2e-5)


@pytest.mark.parametrize("fps", [FPS, Fraction(30000, 1001), Fraction(120)])
def test_chunks_hear_the_same_to_the_bit(fps: Fraction) -> None:
    frames = round(2 * fps)
    motion, sound = talk_and_rest(frames, fps), hum(frames, fps)
    sound[len(sound) // 3 : 2 * len(sound) // 3] = 0
    pieces = list(cut(motion, sound, parts(frames), CONTEXT_FRAMES))
    assert np.array_equal(np.concatenate([windows(piece) for piece in pieces]), windows(whole(motion, sound)))
    together = shares(whole(motion, sound))
    assert np.array_equal(np.concatenate([shares(piece) for piece in pieces]), together)
    assert together.min() == 0
    assert together.max() == 1


def talk_and_rest(frames: int, fps: Fraction) -> FaceMotion:
    motion = neutral_motion(frames, fps)
    motion.blendshapes[: frames // 4, BLENDSHAPE_INDEX["jawOpen"]] = 0.3
    return motion


@pytest.mark.parametrize("samples", [0, 1, 900, 3000])
def test_sound_shorter_than_a_window_is_heard_with_silence_after_it(samples: int) -> None:
    motion = neutral_motion(2, FPS)
    found = windows(whole(motion, hum(2)[:samples]))
    assert found.shape == (2, 80, 16)
    assert (found[:, :, -3:] == -4).all()


def test_a_window_begins_with_its_frame() -> None:
    """A click at 0.8 s lies in the windows of the frames from 0.6 s to 0.8 s, and moves through them."""
    sound = np.zeros(2 * SAMPLE_RATE_HZ, np.float32)
    sound[int(0.8 * SAMPLE_RATE_HZ)] = 1.0
    loudest = windows(whole(neutral_motion(50, FPS), sound)).mean(axis=1)
    heard = [frame for frame in range(50) if loudest[frame].max() > -3.9]
    assert heard == list(range(15, 21))
    assert [int(loudest[frame].argmax()) for frame in heard[1:-1]] == pytest.approx([13, 10, 6, 3], abs=1)


def test_mouths_are_left_alone_where_nothing_is_said() -> None:
    motion = neutral_motion(40, FPS)
    still = np.zeros(len(hum(40)), np.float32)
    assert (shares(whole(motion, still)) == 0).all()
    murmur = np.random.default_rng(0).normal(0, 10 ** (-55 / 20), len(still)).astype(np.float32)
    assert (shares(whole(motion, murmur)) == 0).all()
    assert (shares(whole(motion, hum(40))) == 1).all()
    assert (shares(whole(talk_and_rest(40, FPS), still))[:10] == 1).all()


def test_silence_comes_and_goes_smoothly() -> None:
    found = shares(whole(talk_and_rest(60, FPS), np.zeros(len(hum(60)), np.float32)))
    hold, fade = reach(25)
    passing = found[(found > 0) & (found < 1)]
    assert (np.diff(found) <= 0).all()
    assert len(passing) >= 2 * fade - 1
    assert found[15 + hold - fade - 1] == 1
    assert found[15 + hold + fade + 1] == 0


def test_lips_that_meet_in_a_word_are_no_silence() -> None:
    motion = neutral_motion(40, FPS)
    motion.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]] = 0.3
    motion.blendshapes[20:22, BLENDSHAPE_INDEX["jawOpen"]] = 0
    assert (shares(whole(motion, np.zeros(len(hum(40)), np.float32))) == 1).all()


def test_pursed_lips_speak_though_the_jaw_is_shut_and_a_smile_does_not() -> None:
    still = np.zeros(len(hum(20)), np.float32)
    for name, share in (("mouthPucker", 1.0), ("mouthSmileLeft", 0.0)):
        motion = neutral_motion(20, FPS)
        motion.blendshapes[:, BLENDSHAPE_INDEX[name]] = 0.5
        assert (shares(whole(motion, still)) == share).all()
