"""The client's sound."""

import av
import numpy as np
import pytest

from avatar.errors import AudioError
from live.incoming import IncomingSound
from live.messages import SoundForm
from tests.live.showing import strongest_hz, tone


def test_pcm_of_any_cut_is_read_whole() -> None:
    sound = tone(0, 4_800)
    data = sound.astype("<i2").tobytes()
    incoming = IncomingSound(SoundForm(rate=48_000))
    parts = [incoming.read(data[begin : begin + 333]) for begin in range(0, len(data), 333)]
    assert np.array_equal(np.concatenate(parts), sound.astype(np.float32) / 32_768)


def test_two_channels_become_their_mean() -> None:
    both = np.stack([np.full(100, 1_000), np.full(100, 3_000)], axis=1).astype("<i2")
    read = IncomingSound(SoundForm(channels=2)).read(both.tobytes())
    assert np.allclose(read * 32_768, 2_000)


def test_opus_packets_are_decoded() -> None:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.open()
    incoming = IncomingSound(SoundForm(codec="opus", rate=48_000))
    heard = []
    for begin in range(0, 48_000, 960):
        frame = av.AudioFrame.from_ndarray(tone(begin, 960)[None], "s16", "mono")
        frame.sample_rate, frame.pts = 48_000, begin
        heard += [incoming.read(bytes(packet)) for packet in encoder.encode(frame)]
    sound = np.concatenate(heard)
    assert incoming.rate == 48_000
    assert abs(strongest_hz(sound) - 440.0) < 2.0


def test_rubbish_in_place_of_opus_is_told() -> None:
    with pytest.raises(AudioError, match="9 bytes is no Opus packet"):
        IncomingSound(SoundForm(codec="opus")).read(b"\xff\x03rubbish")


def test_a_frame_of_a_minute_is_refused() -> None:
    with pytest.raises(AudioError, match="60 s of sound"):
        IncomingSound(SoundForm()).read(bytes(2 * 16_000 * 60))
