"""How something is said: pitch, loudness, syllables, phrases and what is stressed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import box_mean, frames_in
from audio_processor.nuclei import Nuclei, syllable_nuclei
from audio_processor.phrasing import phrases_of
from audio_processor.speakers import speakers_of
from audio_processor.tracks import SoundTracks
from avatar.types import HOP_SECONDS, Emphasis, Floats, Prosody

EMPHASIS_APART_SECONDS: Final = 0.8
EMPHASIS_LEAST: Final = 0.5
EMPHASIS_FULL: Final = 2.2
"""Prominence, in standard deviations of the speaker's own, that begins to count and that counts as 1."""

LOUDNESS_WEIGHT: Final = 0.5
PITCH_WEIGHT: Final = 0.5
LENGTH_WEIGHT: Final = 0.25
BASELINE_SECONDS: Final = 30.0
RATE_SECONDS: Final = 1.5
"""Two means over so long make a window of 3 s, most of which weighs on its middle 2 s."""

LEAST_SPEECH_SHARE: Final = 0.3
LEAST_LEVEL_SD_DB: Final = 2.0
LEAST_PITCH_SD: Final = 1.0
LEAST_LENGTH_SD: Final = 0.25
"""Least spreads (dB, semitones, natural logarithm), so that a flat voice has no emphases."""


def prosody_of(tracks: SoundTracks, speech: NDArray[np.bool_]) -> Prosody:
    """Prosody of a sound, with the mask (n,) of where somebody speaks."""
    nuclei = syllable_nuclei(tracks.energy_db, tracks.f0_hz, speech)
    seconds = float(speech.sum()) * HOP_SECONDS
    found = phrases_of(speech, nuclei)
    f0_hz = np.where(speech, tracks.f0_hz, 0.0).astype(np.float32)
    return Prosody(
        loudness_db=tracks.loudness_db,
        f0_hz=f0_hz,
        speech=speech,
        phrases=found,
        emphases=emphases(nuclei),
        rate_syllables_s=len(nuclei.frames) / seconds if seconds else 0.0,
        rates=rate_curve(nuclei.frames, speech),
        speakers=speakers_of(tracks.timbre, f0_hz, found),
        tilt_db=tracks.tilt_db,
    )


def rate_curve(nuclei: NDArray[np.intp], speech: NDArray[np.bool_]) -> Floats:
    """Syllables per second of speech (n,) over about 2 s around each moment, 0 where nobody speaks.

    `nuclei`: frames of the syllables. A stretch that holds little speech counts as if it held 0.45 s.
    """
    beats = np.zeros(len(speech), np.float32)
    np.add.at(beats, nuclei, 1.0 / HOP_SECONDS)
    count, share = (box_mean(box_mean(curve, RATE_SECONDS), RATE_SECONDS) for curve in (beats, speech))
    result: Floats = np.where(speech, count / np.maximum(share, LEAST_SPEECH_SHARE), 0.0).astype(np.float32)
    return result


def emphases(nuclei: Nuclei) -> tuple[Emphasis, ...]:
    """The syllables that stand out in level, pitch and length from the speaker's others, 0.8 s or more apart."""
    if len(nuclei.frames) < 3:
        return ()
    score = prominence(nuclei)
    apart = frames_in(EMPHASIS_APART_SECONDS)
    free = np.ones(int(nuclei.frames[-1]) + 1, bool)
    taken = []
    for i in np.argsort(-score, kind="stable"):
        frame = int(nuclei.frames[i])
        if score[i] >= EMPHASIS_LEAST and free[frame]:
            free[max(0, frame - apart + 1) : frame + apart] = False
            taken.append(i)
    strength = np.clip((score - EMPHASIS_LEAST) / (EMPHASIS_FULL - EMPHASIS_LEAST), 0.05, 1.0).round(4).tolist()
    times = (nuclei.frames * HOP_SECONDS).round(4).tolist()
    return tuple(Emphasis(times[i], strength[i]) for i in sorted(taken))


def prominence(nuclei: Nuclei) -> NDArray[np.float64]:
    """How far each nucleus stands out, in standard deviations of those within 15 s of it."""
    reach = frames_in(BASELINE_SECONDS) // 2
    low = np.searchsorted(nuclei.frames, nuclei.frames - reach)
    high = np.searchsorted(nuclei.frames, nuclei.frames + reach, side="right")
    parts = (
        (LOUDNESS_WEIGHT, nuclei.level_db, LEAST_LEVEL_SD_DB),
        (PITCH_WEIGHT, nuclei.semitones, LEAST_PITCH_SD),
        (LENGTH_WEIGHT, np.log(np.maximum(nuclei.length, 1.0)), LEAST_LENGTH_SD),
    )
    total = sum(weight * _standing_out(values, low, high, least) for weight, values, least in parts)
    return np.asarray(total, np.float64)


def _standing_out(
    values: NDArray[np.float64], low: NDArray[np.intp], high: NDArray[np.intp], least_deviation: float
) -> NDArray[np.float64]:
    """Values over the mean of items `low` to `high`, in their standard deviations; 0 where NaN."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    count, total, squares = (
        np.concatenate([[0.0], np.cumsum(part)])[high] - np.concatenate([[0.0], np.cumsum(part)])[low]
        for part in (known.astype(float), filled, np.square(filled))
    )
    mean = total / np.maximum(count, 1.0)
    deviation = np.sqrt(np.maximum(squares / np.maximum(count, 1.0) - np.square(mean), least_deviation**2))
    return np.where(known, (values - mean) / deviation, 0.0)
