"""How likely each 32 ms of a microphone's sound is speech, as it comes."""

from typing import Final, Protocol

import numpy as np

from audio_processor.detectors import SILERO, choose_detector
from avatar.settings import Settings
from avatar.types import SAMPLE_RATE_HZ, Floats
from models.silero import FRAME_SAMPLES, KEY, SileroNetwork, SileroState
from models.weights import WeightStore

SILENCE_DB: Final = -100.0

LOUDEST_DB: Final = -20.0
MOST_GAIN_DB: Final = 30.0
PEAK_FALL_DB: Final = 0.05
"""The network misses speech that is quiet: its loudest is brought to the first, by at most the second; what counts as
the loudest falls by the third a frame.
"""

LOWEST_HZ, HIGHEST_HZ = 70.0, 400.0
WINDOW: Final = 2 * FRAME_SAMPLES
FFT: Final = 4 * FRAME_SAMPLES
STRONGEST_PERIOD: Final = 0.9
WEAKEST_PERIOD: Final = 0.35
"""Normalised autocorrelation at the pitch from which a frame is surely voiced, and under which it surely is not."""

BAND_HZ: Final = 4_000.0
STEADY: Final = 0.12
"""Share of a frame's spectrum that must be other than in the frame before: a hum's stays."""


class VoiceMeter(Protocol):
    """Remembers what it has heard; one for each microphone."""

    def __call__(self, frame: Floats) -> float:
        """The probability of speech in (512,) samples at 16 kHz, which follow those before."""
        ...


class SileroMeter:
    """Silero VAD's network, which several meters may share."""

    def __init__(self, network: SileroNetwork) -> None:
        self._network, self._state = network, SileroState()
        self._peak_db = LOUDEST_DB

    def __call__(self, frame: Floats) -> float:
        self._peak_db = max(level_db(frame), self._peak_db - PEAK_FALL_DB, LOUDEST_DB - MOST_GAIN_DB)
        gain = 10.0 ** (max(0.0, LOUDEST_DB - self._peak_db) / 20.0)
        found, self._state = self._network(np.clip(frame * np.float32(gain), -1.0, 1.0), self._state)
        return float(found[0])


class PitchMeter:
    """A voice has a pitch, and a spectrum that moves; needs nothing that must be brought."""

    def __init__(self) -> None:
        self._before = np.zeros(FRAME_SAMPLES, np.float32)
        self._bands: Floats | None = None

    def __call__(self, frame: Floats) -> float:
        window = np.concatenate([self._before, frame])
        self._before = frame
        voiced = (_periodicity(window) - WEAKEST_PERIOD) / (STRONGEST_PERIOD - WEAKEST_PERIOD)
        return float(np.clip(voiced, 0.0, 1.0)) if self._moves(frame) else 0.0

    def _moves(self, frame: Floats) -> bool:
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(len(frame)).astype(np.float32)))
        top = round(BAND_HZ / SAMPLE_RATE_HZ * len(frame))
        bands = spectrum[:top] / max(float(spectrum[:top].sum()), 1e-9)
        before, self._bands = self._bands, bands.astype(np.float32)
        return before is None or 0.5 * float(np.abs(bands - before).sum()) > STEADY


def build_meter(settings: Settings) -> VoiceMeter:
    """The one that SPEECH_DETECTOR names. Raises `MissingExtraError`, `WeightsError` where that one lacks something."""
    store = WeightStore.of(settings)
    if choose_detector(settings.speech_detector, store).name != SILERO:
        return PitchMeter()
    return SileroMeter(SileroNetwork(store.path(KEY)))


def level_db(samples: Floats) -> float:
    """Of full scale; `SILENCE_DB` where there is nothing."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(SILENCE_DB, 10.0 * float(np.log10(max(power, 1e-10))))


def _periodicity(window: Floats) -> float:
    """The highest normalised autocorrelation of (1024,) samples at a period of a voice, 0..1."""
    centred = window - window.mean()
    spectrum = np.fft.rfft(centred, FFT)
    correlation = np.fft.irfft(np.square(np.abs(spectrum)), FFT)[:WINDOW]
    if correlation[0] <= 1e-7:
        return 0.0
    lags = np.arange(round(SAMPLE_RATE_HZ / HIGHEST_HZ), round(SAMPLE_RATE_HZ / LOWEST_HZ))
    whole = np.square(centred, dtype=np.float64).cumsum()
    energy = np.sqrt(np.maximum(whole[WINDOW - 1 - lags] * (whole[-1] - whole[lags - 1]), 1e-12))
    return float(np.max(correlation[lags] / energy))
