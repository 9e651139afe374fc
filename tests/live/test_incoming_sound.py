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


def opus_packets() -> list[bytes]:
    """A second of a tone of 440 Hz."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.open()
    packets = []
    for begin in range(0, 48_000, 960):
        frame = av.AudioFrame.from_ndarray(tone(begin, 960)[None], "s16", "mono")
        frame.sample_rate, frame.pts = 48_000, begin
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def test_opus_packets_are_decoded() -> None:
    incoming = IncomingSound(SoundForm(codec="opus", rate=48_000))
    sound = np.concatenate([incoming.read(packet) for packet in opus_packets()])
    assert incoming.rate == 48_000
    assert abs(strongest_hz(sound) - 440.0) < 2.0


@pytest.mark.parametrize("form", [SoundForm(codec="opus", rate=48_000), SoundForm(channels=2)])
def test_an_empty_frame_brings_nothing(form: SoundForm) -> None:
    assert len(IncomingSound(form).read(b"")) == 0


def test_opus_is_heard_after_empty_and_broken_frames() -> None:
    incoming = IncomingSound(SoundForm(codec="opus", rate=48_000))
    packets = opus_packets()
    heard = [incoming.read(packet) for packet in packets[:10]]
    assert len(incoming.read(b"")) == 0
    for broken in (b"\xff\x03rubbish", bytes(100_000)):
        with pytest.raises(AudioError, match="no Opus packet"):
            incoming.read(broken)
    heard += [incoming.read(packet) for packet in packets[10:]]
    assert abs(strongest_hz(np.concatenate(heard)) - 440.0) < 2.0


def test_rubbish_in_place_of_opus_is_told() -> None:
    with pytest.raises(AudioError, match="9 bytes is no Opus packet"):
        IncomingSound(SoundForm(codec="opus")).read(b"\xff\x03rubbish")


def test_a_frame_of_a_minute_is_refused() -> None:
    with pytest.raises(AudioError, match="60 s of sound"):
        IncomingSound(SoundForm()).read(bytes(2 * 16_000 * 60))
