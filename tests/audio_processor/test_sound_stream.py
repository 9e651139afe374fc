import io
import wave

import av
import numpy as np
import pytest

from audio_processor.sound_stream import SOUND_FORMS, SoundForm, SoundStream, wave_head
from tests.audio_processor.sounds import sine

RATE = 22_050
PARTS = 4


def coded(form: SoundForm, rate: int = RATE) -> list[bytes]:
    stream = SoundStream(form, rate)
    tone = sine(440.0, 0.5, rate=rate)
    return [*(stream.add(tone) for _ in range(PARTS)), stream.finish()]


@pytest.mark.parametrize("form", SOUND_FORMS)
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_what_comes_in_parts_is_heard_whole(form: SoundForm, rate: int) -> None:
    with av.open(io.BytesIO(b"".join(coded(form, rate))), "r") as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
        heard_rate = container.streams.audio[0].rate
    heard = np.concatenate(frames).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(heard))

    assert len(heard) / heard_rate == pytest.approx(0.5 * PARTS, abs=0.12)
    assert np.argmax(spectrum) * heard_rate / len(heard) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("form", SOUND_FORMS)
def test_each_part_is_written_as_it_comes(form: SoundForm) -> None:
    parts = coded(form)

    assert all(parts[:PARTS])
    assert len(parts[-1]) < sum(map(len, parts)) / 3


def test_a_wav_that_has_ended_tells_its_length() -> None:
    body = b"".join(coded("wav"))[44:]
    with wave.open(io.BytesIO(wave_head(RATE, len(body) // 2) + body)) as file:
        assert file.getparams()[:4] == (1, 2, RATE, 2 * RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")

    assert np.abs(samples).max() / 32_767 == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("form", SOUND_FORMS)
def test_no_sound_is_a_file_too(form: SoundForm) -> None:
    assert isinstance(SoundStream(form, RATE).finish(), bytes)
