"""What a viewer of fragments emits is an MP4 with the stage's pictures, sound and times."""

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.errors import EncodingError
from avatar.types import Size
from live.contract import SOUND_RATE_HZ, TimedSound
from live.media import Media, MediaKind
from live.viewers.fragments import FragmentViewer
from tests.live.showing import grey_of, moment, picture, show, tone
from video_processor.fragments import SoundCodecName

SIDE = 128
SIZE = Size(SIDE, SIDE)


BEHIND = {"aac": 3 * 1024, "opus": 960 + 312}
"""Samples that are held back at most: a frame that is not full, and the encoder's delay."""


def made(indices: list[int], fps: int, sound: SoundCodecName = "aac") -> list[Media]:
    emitted: list[Media] = []
    show(FragmentViewer(SIZE, fps, emitted.append, sound=sound), indices, fps, SIDE)
    return emitted


def pictures_of(data: bytes) -> list[tuple[Fraction, float]]:
    """Times, and the grey of the upper half."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (Fraction(frame.pts or 0) * (frame.time_base or 1), float(frame.to_ndarray(format="rgb24")[:60].mean()))
            for frame in container.decode(video=0)
        ]


def sound_of(data: bytes) -> tuple[int, NDArray[np.float32]]:
    with av.open(io.BytesIO(data), "r") as container:
        frames = list(container.decode(audio=0))
        begin = Fraction(frames[0].pts or 0) * (frames[0].time_base or 1) * SOUND_RATE_HZ
        return round(begin), np.concatenate([frame.to_ndarray()[0] for frame in frames])


def durations(data: bytes) -> list[tuple[Fraction, Fraction]]:
    with av.open(io.BytesIO(data), "r") as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [((p.pts or 0) * p.time_base, (p.duration or 0) * p.time_base) for p in packets]


def lag_of(heard: NDArray[np.float32], wanted: NDArray[np.float32]) -> int:
    """Samples by which one is later, within a period; Opus keeps no waveform."""
    lags = range(-50, 51)
    return max(lags, key=lambda lag: float(heard[100 + lag : len(heard) - 100 + lag] @ wanted[100:-100]))


@pytest.mark.parametrize(
    ("fps", "first", "sound"), [(25, 0, "aac"), (30, 70, "aac"), (25, 70, "opus"), (30, 0, "opus")]
)
def test_pictures_and_sound_come_back_at_their_times(fps: int, first: int, sound: SoundCodecName) -> None:
    indices = list(range(first, first + 60))
    emitted = made(indices, fps, sound)
    assert [media.kind for media in emitted] == [MediaKind.INITIALISATION] + [MediaKind.FRAGMENT] * 60
    assert [media.at for media in emitted[1:]] == [index / fps for index in indices]
    data = b"".join(media.data for media in emitted)

    found = pictures_of(data)
    assert [time for time, _ in found] == [Fraction(index, fps) for index in indices]
    assert max(abs(grey - grey_of(index)) for index, (_, grey) in zip(indices, found, strict=True)) < 4

    begin, heard = sound_of(data)
    assert 0 <= begin - first * SOUND_RATE_HZ // fps < 960
    settled, wanted = heard[4096:], (tone(begin + 4096, len(heard) - 4096) / 32768).astype(np.float32)
    assert np.abs(settled - wanted).max() < 0.02 if sound == "aac" else lag_of(settled, wanted) == 0


@pytest.mark.parametrize("sound", ["aac", "opus"])
def test_every_fragment_brings_its_frame_and_the_sound_of_its_time(sound: SoundCodecName) -> None:
    emitted = made(list(range(30)), 25, sound)
    for index in range(3, 30, 5):
        until = b"".join(media.data for media in emitted[: index + 2])
        begin, heard = sound_of(until)
        assert pictures_of(until)[-1][0] == Fraction(index, 25)
        assert begin + len(heard) >= 1920 * (index + 1) - BEHIND[sound]


def test_frames_that_are_left_out_leave_no_hole_and_shift_nothing() -> None:
    kept = [0, 1, 2, 5, 6, 9, 10]
    data = b"".join(media.data for media in made(kept, 25))
    times = durations(data)
    assert all(a + length == b for (a, length), (b, _) in pairwise(times))
    shown = dict(pictures_of(data))
    assert all(abs(shown[Fraction(index, 25)] - grey_of(index)) < 4 for index in kept)
    assert abs(shown[Fraction(3, 25)] - grey_of(2)) < 4
    assert dict(times)[Fraction(3, 25)] == Fraction(2, 25)


def test_a_key_frame_comes_every_two_seconds_and_when_wanted() -> None:
    emitted: list[Media] = []
    viewer = FragmentViewer(SIZE, 10, emitted.append)
    show(viewer, range(7), 10, SIDE)
    viewer.want_key()
    show(viewer, range(7, 40), 10, SIDE)
    assert [i for i, media in enumerate(emitted[1:]) if media.key] == [0, 7, 27]

    joined = emitted[0].data + b"".join(media.data for media in emitted[8:])
    assert pictures_of(joined)[0][0] == Fraction(7, 10)


def test_while_no_pictures_are_wanted_the_sound_goes_on() -> None:
    emitted: list[Media] = []
    viewer = FragmentViewer(SIZE, 25, emitted.append)
    show(viewer, range(5), 25, SIDE)
    viewer.wants_pictures = False
    show(viewer, range(5, 15), 25, SIDE)
    viewer.wants_pictures = True
    show(viewer, range(15, 20), 25, SIDE)
    data = b"".join(media.data for media in emitted)
    begin, heard = sound_of(data)
    assert begin == 0
    assert len(heard) >= 20 * 1920 - BEHIND["aac"]
    times = durations(data)
    assert (Fraction(5, 25), Fraction(10, 25)) in times


def test_sound_does_not_wait_for_a_picture_that_is_late() -> None:
    emitted: list[Media] = []
    viewer = FragmentViewer(SIZE, 25, emitted.append, sound="opus")
    show(viewer, range(5), 25, SIDE)
    counts = []
    for index in range(5, 15):
        sound, late = moment(index, 25, SIDE)
        viewer.sound(sound)
        counts.append(len(emitted) - 6)
    assert counts == [0, 0, *range(1, 9)]
    begin, heard = sound_of(b"".join(media.data for media in emitted))
    assert begin + len(heard) >= 15 * 1920 - BEHIND["opus"]
    viewer.frame(late)
    show(viewer, range(15, 20), 25, SIDE)
    data = b"".join(media.data for media in emitted)
    times = durations(data)
    assert all(a + length == b for (a, length), (b, _) in pairwise(times))
    assert dict(pictures_of(data))[Fraction(14, 25)] == pytest.approx(grey_of(14), abs=4)
    _, heard = sound_of(data)
    wanted = (tone(begin + 4096, len(heard) - 4096) / 32768).astype(np.float32)
    assert lag_of(heard[4096:], wanted) == 0


def test_without_sound_the_picture_stands_alone() -> None:
    emitted: list[Media] = []
    viewer = FragmentViewer(SIZE, 25, emitted.append, sound=None)
    show(viewer, range(5), 25, SIDE)
    assert "mp4a" not in viewer.mime
    with av.open(io.BytesIO(b"".join(media.data for media in emitted)), "r") as container:
        assert not container.streams.audio
        assert len(list(container.decode(video=0))) == 5


def test_the_mime_type_tells_the_codecs_of_the_stream() -> None:
    viewer = FragmentViewer(SIZE, 25, lambda _: None)
    assert viewer.mime.startswith('video/mp4; codecs="avc1.42c0')
    assert viewer.mime.endswith(',mp4a.40.2"')
    with av.open(io.BytesIO(viewer.initialisation.data), "r") as container:
        codec = container.streams.video[0].codec_context
        assert f'"avc1.{(codec.extradata or b"")[1:4].hex()},' in viewer.mime
        assert codec.colorspace == 6


def test_lost_sound_is_silence_of_the_same_length() -> None:
    emitted: list[Media] = []
    viewer = FragmentViewer(SIZE, 25, emitted.append)
    for index in range(40):
        sound, frame = moment(index, 25, SIDE)
        if not 10 <= index < 20:
            viewer.sound(sound)
        viewer.frame(frame)
    begin, heard = sound_of(b"".join(media.data for media in emitted))
    assert begin == 0
    assert np.abs(heard[11 * 1920 : 19 * 1920]).max() < 0.01
    assert np.abs(heard[30 * 1920 : 36 * 1920] - tone(30 * 1920, 6 * 1920) / np.float32(32768)).max() < 0.02


def test_a_picture_of_another_size_is_refused_by_its_size() -> None:
    viewer = FragmentViewer(SIZE, 25, lambda _: None)
    _, frame = moment(0, 25, SIDE)
    with pytest.raises(EncodingError, match="128 x 128"):
        viewer.frame(replace(frame, image=picture(0, 64)))
    viewer.sound(TimedSound(0.0, tone(0, 0)))
