import os
import struct
from pathlib import Path

import numpy as np
import pytest

from audio_processor import decode
from audio_processor.decode import DECODED_NAME, decode_audio, probe
from avatar.errors import AudioError
from avatar.types import AudioClip
from tests.audio_processor.sounds import level_db, noise, sine, write_silent_video, write_sound, write_wav

FORMATS = [
    ("a.mp3", "libmp3lame"),
    ("a.flac", "flac"),
    ("a.ogg", "libopus"),
    ("a.m4a", "aac"),
    ("a.webm", "libopus"),
    ("a.mka", "pcm_s24le"),
    ("a.wav", "pcm_f32le"),
    ("b.wav", "pcm_mulaw"),
    ("A.WAV", "pcm_u8"),
]


def decoded(path: Path, folder: Path, *, max_minutes: float = 10, max_megabytes: float = 50) -> AudioClip:
    return decode_audio(path, folder, max_minutes=max_minutes, max_megabytes=max_megabytes)


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_every_usual_format_gives_the_same_sound(tmp_path: Path, folder: Path, name: str, codec: str) -> None:
    tone = sine(440, 2.0, rate=48_000)
    path = write_sound(tmp_path / name, tone, codec=codec, layout="stereo")

    clip = decoded(path, folder)

    assert clip.rate == 16_000
    assert clip.source == path
    assert clip.duration == pytest.approx(2.0, abs=0.06)
    middle = np.asarray(clip.samples[8000:24000], np.float64)
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 440
    assert level_db(middle) == pytest.approx(level_db(tone), abs=0.7)


def test_the_sound_of_a_video_is_taken(tmp_path: Path, folder: Path) -> None:
    path = write_sound(tmp_path / "a.mp4", sine(440, 1.0, rate=48_000), codec="aac", picture=True)

    assert decoded(path, folder).duration == pytest.approx(1.0, abs=0.06)


def test_samples_are_a_read_only_map_of_a_file_in_the_folder(tmp_path: Path, folder: Path) -> None:
    clip = decoded(write_wav(tmp_path / "a.wav", sine(440, 1.0)), folder)

    assert isinstance(clip.samples, np.memmap)
    assert not clip.samples.flags.writeable
    assert [path.name for path in folder.iterdir()] == [DECODED_NAME]


def test_a_finished_decode_is_not_repeated(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 1.0))
    first = np.array(decoded(path, folder).samples)
    monkeypatch.setattr(decode, "_opened", lambda _path: pytest.fail("decoded again"))

    assert np.array_equal(decoded(path, folder).samples, first)


def test_a_failed_decode_leaves_nothing_behind(tmp_path: Path, folder: Path) -> None:
    path = write_wav(tmp_path / "long.wav", sine(440, 2.0))

    with pytest.raises(AudioError, match="long"):
        decoded(path, folder, max_minutes=0.01)

    assert list(folder.iterdir()) == []


def test_sound_on_one_channel_keeps_its_level(tmp_path: Path, folder: Path) -> None:
    tone = sine(440, 1.0, rate=44_100)
    path = write_wav(tmp_path / "left.wav", np.stack([tone, np.zeros_like(tone)], axis=1), rate=44_100)

    assert level_db(decoded(path, folder).samples) == pytest.approx(level_db(tone), abs=0.3)


def test_opposite_channels_do_not_cancel(tmp_path: Path, folder: Path) -> None:
    tone = sine(440, 1.0)
    path = write_wav(tmp_path / "opposite.wav", np.stack([tone, -tone], axis=1))

    assert level_db(decoded(path, folder).samples) == pytest.approx(level_db(tone), abs=0.3)


def test_two_channels_become_their_mean(tmp_path: Path, folder: Path) -> None:
    left, right = noise(1.0, seed=1), noise(1.0, seed=2)
    path = write_wav(tmp_path / "two.wav", np.stack([left, right], axis=1))

    samples = decoded(path, folder).samples

    assert np.corrcoef(samples, (left + right) / 2)[0, 1] > 0.99


def test_a_constant_offset_is_taken_out(tmp_path: Path, folder: Path) -> None:
    path = write_wav(tmp_path / "offset.wav", sine(440, 1.0) + 0.4)

    samples = decoded(path, folder).samples

    assert abs(float(samples.mean())) < 1e-4
    assert level_db(samples) == pytest.approx(level_db(sine(440, 1.0)), abs=0.3)


def test_quiet_sound_keeps_its_level(tmp_path: Path, folder: Path) -> None:
    path = write_wav(tmp_path / "quiet.wav", sine(440, 1.0, level=0.001))

    assert level_db(decoded(path, folder).samples) == pytest.approx(-63.0, abs=1.0)


def test_what_a_cut_file_still_holds_is_used(tmp_path: Path, folder: Path) -> None:
    whole = write_wav(tmp_path / "whole.wav", sine(440, 4.0)).read_bytes()
    path = tmp_path / "cut.wav"
    path.write_bytes(whole[: len(whole) // 2])

    assert decoded(path, folder).duration == pytest.approx(2.0, abs=0.1)


def test_a_header_that_claims_hours_is_not_believed(tmp_path: Path, folder: Path) -> None:
    data = bytearray(write_wav(tmp_path / "stream.wav", sine(440, 1.0)).read_bytes())
    data[4:8] = data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    path = tmp_path / "endless.wav"
    path.write_bytes(data)

    assert decoded(path, folder, max_minutes=1).duration == pytest.approx(1.0, abs=0.05)


def test_values_that_are_no_numbers_become_silence(tmp_path: Path, folder: Path) -> None:
    path = write_sound(tmp_path / "a.wav", sine(440, 1.0, rate=16_000), codec="pcm_f32le", rate=16_000)
    data = bytearray(path.read_bytes())
    data[-400:] = struct.pack("<f", float("nan")) * 100
    path.write_bytes(data)

    assert np.isfinite(decoded(path, folder).samples).all()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.wav", b"", "empty.wav is empty"),
        ("text.wav", b"This is a text and no sound at all.\n" * 50, "text.wav is damaged or not a sound file"),
        ("random.mp3", np.random.default_rng(0).bytes(5000), "random.mp3 is damaged or not a sound file"),
    ],
)
def test_what_is_no_sound_is_refused_by_name(
    tmp_path: Path, folder: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(AudioError, match=message) as caught:
        decoded(path, folder)

    assert caught.value.cure


def test_a_file_without_samples_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match=r"none\.wav holds no sound"):
        decoded(write_wav(tmp_path / "none.wav", sine(440, 0.0)), folder)


def test_a_missing_file_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match=r"no sound file .*nowhere\.wav"):
        decoded(tmp_path / "nowhere.wav", folder)


def test_a_folder_is_no_sound(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match="is not a file"):
        decoded(tmp_path, folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, folder: Path) -> None:
    path = write_wav(tmp_path / "locked.wav", sine(440, 1.0))
    path.chmod(0)

    with pytest.raises(AudioError, match=r"locked\.wav cannot be read"):
        decoded(path, folder)


def test_a_video_without_sound_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match=r"mute\.mp4 is a video without sound"):
        decoded(write_silent_video(tmp_path / "mute.mp4"), folder)


def test_too_long_a_sound_is_refused_with_the_limit(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match=r"long\.wav is longer than 0\.05 minutes"):
        decoded(write_wav(tmp_path / "long.wav", sine(440, 4.0)), folder, max_minutes=0.05)


def test_too_large_a_file_is_refused_with_the_limit(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(AudioError, match=r"large\.wav is too large.*at most 0\.01 MB"):
        decoded(write_wav(tmp_path / "large.wav", sine(440, 2.0)), folder, max_megabytes=0.01)


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile {}\n", "#EXTM3U\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"])
def test_a_playlist_named_as_a_sound_opens_nothing_else(tmp_path: Path, folder: Path, text: str) -> None:
    other = write_wav(tmp_path / "other.wav", sine(440, 1.0))
    path = tmp_path / "list.wav"
    path.write_text(text.format(other))

    with pytest.raises(AudioError, match=r"list\.wav"):
        decoded(path, folder)


def test_probe_tells_what_the_header_says(tmp_path: Path) -> None:
    info = probe(write_wav(tmp_path / "a.wav", np.zeros((44_100, 2)), rate=44_100))

    assert (info.codec, info.rate_hz, info.channels) == ("pcm_s16le", 44_100, 2)
    assert info.duration == pytest.approx(1.0)
