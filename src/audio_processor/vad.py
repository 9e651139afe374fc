"""When somebody speaks: loud enough over the noise, voiced, and moving as speech moves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import box_mean, frames_in, rolling_percentile, runs, spans, widened, without_short_gaps
from audio_processor.tracks import SoundTracks
from avatar.types import Floats, Span

SILENCE_DB: Final = -85.0
"""Energy in the speech band under which nothing is heard: 16-bit rounding noise lies there."""

NOISE_WINDOW_SECONDS: Final = 6.0
NOISE_PERCENT: Final = 8.0
PEAK_WINDOW_SECONDS: Final = 20.0
PEAK_PERCENT: Final = 97.0
OVER_NOISE_DB: Final = 6.0
UNDER_PEAK_DB: Final = 38.0
LEAST_RANGE_DB: Final = 14.0
"""Speech without a pause leaves no noise to measure; the noise is taken to lie at least this far under the peak."""

STILL_PITCH_CENTS: Final = 1.5
JUMP_CENTS: Final = 200.0
"""The pitch of a voice changes by more than the first and less than the second in 10 ms."""

STILL_FLUX: Final = 0.35
"""Mean change of the log-mel bands over 40 ms, in nepers; speech has about 1.5, singing 0.8, a held tone 0.2."""

EVIDENCE_SECONDS: Final = 0.6
VOICED_SHARE: Final = 0.2
MOVING_SHARE: Final = 0.45
"""Least share of a stretch that is voiced, and of its voiced frames that move."""

EVIDENCE_REACH_SECONDS: Final = 0.35
LEAST_OVERTONES: Final = 6
"""Least number of mel bands within 30 dB of the strongest: a voice has overtones, a whistle has not."""

RUN_EVIDENCE_SHARE: Final = 0.3
"""Least share of a stretch of sound that must itself give evidence."""

WHISPER_FLUX: Final = 0.85
WHISPER_DEPTH_DB: Final = 5.0
WHISPER_BLUR_SECONDS: Final = 0.05
WHISPER_VOICED_SHARE: Final = 0.35
WHISPER_AUDIBLE_SHARE: Final = 0.4
"""Without a voice, only a sound whose level and colour change as much as those of whispered syllables is speech."""

BEFORE_SECONDS: Final = 0.06
AFTER_SECONDS: Final = 0.1
GAP_SECONDS: Final = 0.2
LEAST_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 0.2
REST_SECONDS: Final = 0.1
"""Least length of a gap in the mask, which is shorter than the real one by the widening."""


def speech_mask(tracks: SoundTracks) -> NDArray[np.bool_]:
    """True (n,) where somebody speaks."""
    heard = audible(tracks)
    evidence = _voice(tracks) | _whisper(tracks, heard)
    near = widened(evidence & heard, EVIDENCE_REACH_SECONDS, EVIDENCE_REACH_SECONDS)
    mask = without_short_gaps(heard & near, GAP_SECONDS)
    for first, last in runs(mask):
        if last - first < frames_in(LEAST_SECONDS) or evidence[first:last].mean() < RUN_EVIDENCE_SHARE:
            mask[first:last] = False
    return without_short_gaps(widened(mask, BEFORE_SECONDS, AFTER_SECONDS), REST_SECONDS)


def audible(tracks: SoundTracks) -> NDArray[np.bool_]:
    """True (n,) where the sound is clearly over the noise, and not far under the loudest around it."""
    result: NDArray[np.bool_] = tracks.energy_db > _threshold(tracks.energy_db)
    return result


def phrases(speech: NDArray[np.bool_]) -> tuple[Span, ...]:
    """Stretches of speech between gaps of at least 0.2 s."""
    return spans(without_short_gaps(speech, PAUSE_SECONDS))


def noise_and_peak(energy_db: Floats) -> tuple[Floats, Floats]:
    """The level (n,) of the noise around each moment, and of the loudest speech."""
    peak = rolling_percentile(energy_db, PEAK_WINDOW_SECONDS, PEAK_PERCENT)
    noise = rolling_percentile(energy_db, NOISE_WINDOW_SECONDS, NOISE_PERCENT)
    return np.minimum(noise, peak - np.float32(LEAST_RANGE_DB)), peak


def _threshold(energy_db: Floats) -> Floats:
    noise, peak = noise_and_peak(energy_db)
    result: Floats = np.maximum(np.maximum(noise + OVER_NOISE_DB, peak - UNDER_PEAK_DB), np.float32(SILENCE_DB))
    return result


def _voice(tracks: SoundTracks) -> NDArray[np.bool_]:
    """Where enough of the sound is voiced, has overtones, and neither its pitch nor its spectrum stands still."""
    voiced = tracks.f0_hz > 0
    cents = 1200.0 * np.abs(np.diff(np.log2(np.maximum(tracks.f0_hz, 1.0)), prepend=0.0))
    moving = (cents > STILL_PITCH_CENTS) & (cents < JUMP_CENTS) & (tracks.flux > STILL_FLUX)
    moving &= tracks.overtones >= LEAST_OVERTONES
    share = box_mean(voiced, EVIDENCE_SECONDS)
    enough: NDArray[np.bool_] = box_mean(voiced & moving, EVIDENCE_SECONDS) > MOVING_SHARE * share
    return enough & (share > VOICED_SHARE)


def _whisper(tracks: SoundTracks, heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    lively = box_mean(tracks.colour_flux, EVIDENCE_SECONDS) > WHISPER_FLUX
    floor = rolling_percentile(tracks.energy_db, PEAK_WINDOW_SECONDS, PEAK_PERCENT) - UNDER_PEAK_DB
    level = box_mean(np.maximum(tracks.energy_db, floor), WHISPER_BLUR_SECONDS)
    spread = box_mean(np.square(level), EVIDENCE_SECONDS) - np.square(box_mean(level, EVIDENCE_SECONDS))
    deep = spread > WHISPER_DEPTH_DB**2
    unvoiced = box_mean(tracks.f0_hz > 0, EVIDENCE_SECONDS) < WHISPER_VOICED_SHARE
    evidence: NDArray[np.bool_] = lively & deep & unvoiced & (box_mean(heard, EVIDENCE_SECONDS) > WHISPER_AUDIBLE_SHARE)
    return evidence
