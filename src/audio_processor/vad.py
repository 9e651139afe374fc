"""When somebody speaks: loud enough over the noise, voiced, and moving as speech moves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import box_mean, rolling_percentile, runs, spans, widened, without_short_gaps
from audio_processor.features import mel_centres_hz
from avatar.types import Floats, Span

SPEECH_LOW_HZ: Final = 200.0
SPEECH_HIGH_HZ: Final = 4_000.0
SILENCE_DB: Final = -85.0
"""Energy in the speech band under which nothing is heard: 16-bit rounding noise lies there."""

NOISE_WINDOW_SECONDS: Final = 6.0
NOISE_PERCENT: Final = 8.0
PEAK_WINDOW_SECONDS: Final = 20.0
OVER_NOISE_DB: Final = 6.0
UNDER_PEAK_DB: Final = 38.0
LEAST_RANGE_DB: Final = 24.0
"""Speech without a pause leaves no noise to measure; the noise is taken to lie at least this far under the peak."""

STILL_PITCH_CENTS: Final = 1.5
JUMP_CENTS: Final = 200.0
"""The pitch of a voice changes by more than the first in 10 ms and less than the second; an instrument stays or leaps."""

STILL_FLUX: Final = 0.35
"""Mean change of the log-mel bands over 30 ms, in nepers of power; speech has about 1.4, singing 0.7, a held tone 0.15."""

FLUX_FRAMES: Final = 3
EVIDENCE_SECONDS: Final = 0.6
VOICED_SHARE: Final = 0.2
MOVING_SHARE: Final = 0.3
"""Least share of a stretch that is voiced, and of its voiced frames that move."""

EVIDENCE_REACH_SECONDS: Final = 0.35
WHISPER_FLUX: Final = 1.25
WHISPER_DEPTH_DB: Final = 6.0
"""Without a voice, only a sound whose level and spectrum change as much as those of whispered syllables is speech."""

BEFORE_SECONDS: Final = 0.06
AFTER_SECONDS: Final = 0.1
GAP_SECONDS: Final = 0.2
LEAST_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 0.3


def speech_mask(mel: Floats, f0_hz: Floats) -> NDArray[np.bool_]:
    """True (n,) where somebody speaks, from log-mel bands (n, 40) and pitch (n,), 0 where unvoiced."""
    energy = band_energy_db(mel)
    audible = energy > _threshold(energy)
    flux = spectral_flux(mel)
    evidence = _voice(f0_hz, flux) | _whisper(energy, flux, audible)
    near = widened(evidence & audible, EVIDENCE_REACH_SECONDS, EVIDENCE_REACH_SECONDS)
    mask = without_short_gaps(audible & near, GAP_SECONDS)
    for first, last in runs(mask):
        if last - first < LEAST_SECONDS * 100:
            mask[first:last] = False
    return without_short_gaps(widened(mask, BEFORE_SECONDS, AFTER_SECONDS), GAP_SECONDS)


def phrases(speech: NDArray[np.bool_]) -> tuple[Span, ...]:
    """Stretches of speech between pauses of at least 0.3 s."""
    return spans(without_short_gaps(speech, PAUSE_SECONDS))


def band_energy_db(mel: Floats) -> Floats:
    """Energy (n,) of 200 to 4000 Hz in dB."""
    centres = mel_centres_hz()[1:-1]
    inside = (centres >= SPEECH_LOW_HZ) & (centres <= SPEECH_HIGH_HZ)
    result: Floats = 10.0 * np.log10(np.exp(mel[:, inside]).sum(axis=1))
    return result


def spectral_flux(mel: Floats) -> Floats:
    """Mean absolute change (n,) of the bands over 30 ms."""
    flux = np.zeros(len(mel), np.float32)
    half = FLUX_FRAMES // 2
    change = np.abs(mel[FLUX_FRAMES:] - mel[:-FLUX_FRAMES])[:, 4:34].mean(axis=1)
    flux[half : half + len(change)] = change
    return flux


def _threshold(energy: Floats) -> Floats:
    peak = rolling_percentile(energy, PEAK_WINDOW_SECONDS, 97.0)
    noise = rolling_percentile(energy, NOISE_WINDOW_SECONDS, NOISE_PERCENT)
    noise = np.minimum(noise, peak - LEAST_RANGE_DB)
    return np.maximum(np.maximum(noise + OVER_NOISE_DB, peak - UNDER_PEAK_DB), SILENCE_DB)


def _voice(f0_hz: Floats, flux: Floats) -> NDArray[np.bool_]:
    """Where enough of the sound is voiced and neither its pitch nor its spectrum stands still."""
    voiced = f0_hz > 0
    cents = 1200.0 * np.abs(np.diff(np.log2(np.maximum(f0_hz, 1.0)), prepend=0.0))
    moving = (cents > STILL_PITCH_CENTS) & (cents < JUMP_CENTS) & (flux > STILL_FLUX)
    share = box_mean(voiced, EVIDENCE_SECONDS)
    enough: NDArray[np.bool_] = box_mean(voiced & moving, EVIDENCE_SECONDS) > MOVING_SHARE * share
    return enough & (share > VOICED_SHARE)


def _whisper(energy: Floats, flux: Floats, audible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mean = box_mean(energy, EVIDENCE_SECONDS)
    depth = np.sqrt(np.maximum(box_mean(np.square(energy), EVIDENCE_SECONDS) - np.square(mean), 0.0))
    lively = box_mean(flux, EVIDENCE_SECONDS) > WHISPER_FLUX
    evidence: NDArray[np.bool_] = lively & (depth > WHISPER_DEPTH_DB) & (box_mean(audible, EVIDENCE_SECONDS) > 0.4)
    return evidence
