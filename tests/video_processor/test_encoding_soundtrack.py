"""The soundtrack is the source, sample for sample, over exactly the picture's time."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avatar.errors import AudioError, EncodingError
from avatar.types import Size
from tests.video_processor.sound_factory import heard, lag, melody, samples_declared, write_wav
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack

BITRATE = 128_000


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("rate", "kept"), [(44_100, 44_100), (48_000, 48_000), (8_000, 48_000), (16_000, 48_000), (96_000, 48_000)]
)
def test_the_source_is_heard_at_its_own_time(tmp_path: Path, rate: int, kept: int, channels: int) -> None:
    source, path = write_wav(tmp_path / "in.wav", melody(1.0, rate, channels), rate), tmp_path / "out.m4a"
    encode_soundtrack(source, path, bitrate=BITRATE, duration=1.0)
    sound, found_rate = heard(path)
    assert (found_rate, len(sound)) == (kept, channels)
    expected = melody(1.0, kept, channels)
    assert lag(sound[0], expected[0]) == 0
    middle = slice(2_000, kept - 2_000)
    for one, other in zip(sound, expected, strict=True):
        assert np.corrcoef(one[middle], other[middle])[0, 1] > 0.995


@pytest.mark.parametrize("duration", [0.04, 0.7, 1.0, 1.00100, 1.3346, 2.0])
@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050])
def test_it_lasts_as_long_as_the_picture_to_the_sample(tmp_path: Path, rate: int, duration: float) -> None:
    source, path = write_wav(tmp_path / "in.wav", melody(1.0, rate), rate), tmp_path / "out.m4a"
    encode_soundtrack(source, path, bitrate=BITRATE, duration=duration)
    wanted = round(duration * heard(path)[1])
    assert samples_declared(path) == (wanted, wanted)


def test_what_the_source_does_not_fill_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "out.m4a"
    encode_soundtrack(write_wav(tmp_path / "in.wav", melody(0.5, 48_000), 48_000), path, bitrate=BITRATE, duration=1.5)
    sound = heard(path)[0][0]
    assert np.sqrt(np.mean(sound[:24_000] ** 2)) > 0.1
    assert np.abs(sound[26_100:]).max() < 1e-4


def test_more_than_two_channels_become_stereo(tmp_path: Path) -> None:
    path = tmp_path / "out.m4a"
    surround = np.concatenate([melody(0.5, 48_000, 2), np.zeros((4, 24_000))])
    encode_soundtrack(write_wav(tmp_path / "in.wav", surround, 48_000), path, bitrate=BITRATE, duration=0.5)
    sound, _ = heard(path)
    assert len(sound) == 2
    assert lag(sound[0], surround[0]) == 0


def test_the_sound_of_a_video_can_be_used(tmp_path: Path) -> None:
    frames = [np.full((64, 64, 3), 9 * i, np.uint8) for i in range(25)]
    encode_segment(frames, tmp_path / "s.mp4", size=Size(64, 64), fps=Fraction(25), crf=18, preset="ultrafast")
    source = write_wav(tmp_path / "in.wav", melody(1.0, 44_100, 2), 44_100)
    encode_soundtrack(source, tmp_path / "s.m4a", bitrate=BITRATE, duration=1.0)
    assemble_video([tmp_path / "s.mp4"], tmp_path / "s.m4a", tmp_path / "film.mp4", fps=Fraction(25))
    encode_soundtrack(tmp_path / "film.mp4", tmp_path / "again.m4a", bitrate=BITRATE, duration=1.0)
    sound, rate = heard(tmp_path / "again.m4a")
    assert rate == 44_100
    assert lag(sound[0], melody(1.0, 44_100)[0]) == 0


def test_samples_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    sound = melody(0.5, 48_000).astype(np.float32)
    sound[0, 5_000:5_010] = np.nan
    sound[0, 6_000] = np.inf
    with av.open(str(tmp_path / "in.wav"), "w") as container:
        stream: Any = container.add_stream("pcm_f32le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound, format="flt", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    encode_soundtrack(tmp_path / "in.wav", tmp_path / "out.m4a", bitrate=BITRATE, duration=0.5)
    decoded = heard(tmp_path / "out.m4a")[0][0]
    assert np.isfinite(decoded).all()
    assert lag(decoded, melody(0.5, 48_000)[0]) == 0


def test_a_source_without_usable_sound_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "junk.mp3"
    junk.write_bytes(bytes(range(256)) * 20)
    frames = [np.zeros((64, 64, 3), np.uint8)] * 3
    encode_segment(frames, tmp_path / "mute.mp4", size=Size(64, 64), fps=Fraction(25), crf=18, preset="ultrafast")
    missing = tmp_path / "missing.wav"
    for source in (junk, tmp_path / "mute.mp4", missing):
        with pytest.raises(AudioError, match=source.name):
            encode_soundtrack(source, tmp_path / "out.m4a", bitrate=BITRATE, duration=1.0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["junk.mp3", "mute.mp4"]


def test_a_setting_that_the_encoder_refuses_leaves_no_file(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", melody(0.2, 48_000), 48_000)
    with pytest.raises(EncodingError, match=r"out\.m4a"):
        encode_soundtrack(source, tmp_path / "out.m4a", bitrate=-1, duration=0.2)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.samples
@pytest.mark.parametrize(
    "name",
    [
        "sad_deyu.wav",
        "sonic_talk_female_english_10s.MP3",
        "sonic_sing_female_10s.wav",
        "made/speech.m4a",
        "made/speech_opus.webm",
        "made/speech_vorbis.ogg",
        "made/speech_24k_bad.mp3",
        "made/speech_mulaw_8k.wav",
        "made/speech_left_only_44k.wav",
    ],
)
def test_recordings_of_every_kind_keep_their_time(tmp_path: Path, samples: Path, name: str) -> None:
    source, path = samples / "audio" / name, tmp_path / "out.m4a"
    encode_soundtrack(source, path, bitrate=BITRATE, duration=3.0)
    sound, rate = heard(path)
    with av.open(str(source)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono" if len(sound) == 1 else "stereo", rate=rate)
        blocks = []
        for frame in container.decode(audio=0):
            frame.pts = None
            blocks += [piece.to_ndarray() for piece in resampler.resample(frame)]
    reference = np.concatenate(blocks, axis=1)[:, : 3 * rate].astype(np.float64)
    loudest = int(np.argmax((reference**2).sum(axis=1)))
    assert lag(sound[loudest], reference[loudest]) == 0
