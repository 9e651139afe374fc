"""H.265 in an MP4: joined without encoding, streamed, and read by players that ask for `hvc1`."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.errors import EncodingError
from avatar.types import Size
from tests.video_processor.sound_factory import melody, write_wav
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack
from video_processor.formats import FORMATS, in_codec
from video_processor.fragments import codecs, initialisation, part
from video_processor.sound_frames import load_format, read_frames
from video_processor.streaming_parts import (
    PictureClock,
    picture_run,
    picture_track,
    segment_samples,
    sound_run,
    sound_track,
)

SIZE = Size(96, 64)
FPS = Fraction(25)
LENGTHS = (7, 12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two segments, a soundtrack, and the film of them."""
    place = tmp_path_factory.mktemp("hevc")
    moving = np.linspace(0, 200, sum(LENGTHS) * 3).reshape(-1, 1, 1, 3)
    frames = iter(np.broadcast_to(moving, (sum(LENGTHS), SIZE.height, SIZE.width, 3)).astype(np.uint8))
    for index, length in enumerate(LENGTHS):
        cut = [next(frames) for _ in range(length)]
        encode_segment(cut, place / f"{index}.mp4", size=SIZE, fps=FPS, crf=20, preset="ultrafast", codec="h265")
    seconds = float(sum(LENGTHS) / FPS)
    source = write_wav(place / "in.wav", melody(seconds, 16_000, 1), 16_000)
    encode_soundtrack(source, place / "s.m4a", bitrate=64_000, duration=seconds, frames_in=place)
    assemble_video([place / "0.mp4", place / "1.mp4"], place / "s.m4a", place / "film.mp4", fps=FPS)
    return place


def test_the_film_is_hevc_that_apples_players_take(folder: Path) -> None:
    with av.open(str(folder / "film.mp4")) as film:
        picture = film.streams.video[0]
        assert (picture.codec_context.name, picture.codec_context.codec_tag) == ("hevc", "hvc1")
        assert picture.codec_context.pix_fmt == "yuv420p"
        decoded = [frame.to_ndarray(format="rgb24")[0, 0, 1] for frame in film.decode(picture)]
    assert len(decoded) == sum(LENGTHS)
    assert np.all(np.diff(np.asarray(decoded, int)) > 0)


def test_its_parts_play_as_the_film_does(folder: Path) -> None:
    clock, sound = PictureClock(FPS), load_format(folder)
    assert sound is not None
    init = initialisation(picture_track(folder / "0.mp4", clock), sound_track(sound))
    pictures = picture_run(0, segment_samples(folder / "0.mp4", clock), clock)
    whole = init + part(1, [pictures, sound_run(sound, 0, read_frames(folder, 0, sound.frames))])
    with av.open(io.BytesIO(whole), "r") as streamed, av.open(str(folder / "film.mp4")) as film:
        assert streamed.streams.video[0].codec_context.codec_tag == "hvc1"
        parts = [frame.to_ndarray() for frame in streamed.decode(video=0)]
        frames = [frame.to_ndarray() for frame in film.decode(video=0)]
    assert len(parts) == LENGTHS[0]
    assert all(np.array_equal(one, other) for one, other in zip(parts, frames, strict=False))


def test_players_are_told_profile_and_level(folder: Path) -> None:
    """`hvc1.1.6.L30.90`: Main, compatible with Main and Main 10, main tier, level 1 (30 thirtieths)."""
    assert codecs(picture_track(folder / "0.mp4", PictureClock(FPS))) == "hvc1.1.6.L30.90,mp4a.40.2"


def test_only_an_mp4_has_the_choice() -> None:
    assert in_codec(FORMATS["mp4"], "h264") is FORMATS["mp4"]
    assert in_codec(FORMATS["webm"], "h265") is FORMATS["webm"]
    assert in_codec(FORMATS["mp4"], "h265").streams


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("av.codecs_available", {"libx264"})
    frames = [np.zeros((64, 96, 3), np.uint8)]
    with pytest.raises(EncodingError, match=r"lacks libx265.*VIDEO_CODEC=h264"):
        encode_segment(frames, tmp_path / "a.mp4", size=SIZE, fps=FPS, crf=20, preset="ultrafast", codec="h265")
