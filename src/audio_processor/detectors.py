"""Who hears where somebody speaks: the project's own rule, or Silero VAD's network; and which of them is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, rolling_percentile, runs, smooth, widened, without_short_gaps
from audio_processor.features import read_samples
from audio_processor.tracks import SoundTracks
from audio_processor.vad import (
    AFTER_SECONDS,
    BEFORE_SECONDS,
    PEAK_PERCENT,
    PEAK_WINDOW_SECONDS,
    REST_SECONDS,
    UNDER_PEAK_DB,
    audible,
    noise_and_peak,
    speech_mask,
)
from avatar.errors import InputError
from avatar.types import HOP_SAMPLES, Choice, Floats
from models import silero
from models.downloads import download_command
from models.silero import FRAME_SAMPLES, INSTALL, KEY, SileroNetwork, SileroState
from models.weights import WeightStore

AUTO: Final = "auto"
OWN: Final = "own"
SILERO: Final = "silero"
DETECTORS: Final = (SILERO, OWN)

BLOCK_SAMPLES: Final = 156 * FRAME_SAMPLES
"""Samples that the network is given at a time: 5 s."""

LEVEL_DB: Final = -20.0
MOST_GAIN_DB: Final = 50.0
"""The network misses speech that is quiet; its loudest 40 ms are brought to the first, by at most the second."""

CERTAIN: Final = 0.5
STILL: Final = 0.25
"""Speech begins where the probability is over the first, and reaches as far as it stays over the second."""

AGREED: Final = 0.2
"""Least probability of what our own rule hears too: a whisper, a sob, a first word out of breath."""

GAP_SECONDS: Final = 0.1
EDGE_SECONDS: Final = 0.08
"""The network hears in steps of 32 ms: so far before and after what it finds, what is clearly audible belongs to it."""

REACH_SECONDS: Final = 0.02
OVER_NOISE_DB: Final = 3.0
LEVEL_BLUR_SECONDS: Final = 0.02
NOISE_REACH_SECONDS: Final = 0.05
"""In noise the network's probability stays high through short pauses; what does not rise over the noise is left out."""

Check = Callable[[], None]


class SpeechDetector(Protocol):
    """Finds speech in mono sound at 16 kHz whose curves have been measured."""

    @property
    def name(self) -> str: ...

    def mask(self, samples: Floats, tracks: SoundTracks, check: Check) -> NDArray[np.bool_]:
        """True (n,) on the 10 ms grid where somebody speaks. What `check`, called again and again, raises ends it."""
        ...


class OwnDetector:
    """The rule of `vad.py`, from level, pitch and spectrum; needs nothing."""

    name: Final = OWN

    def mask(self, samples: Floats, tracks: SoundTracks, check: Check) -> NDArray[np.bool_]:  # noqa: ARG002 - curves do
        return speech_mask(tracks)


@dataclass(frozen=True, slots=True)
class SileroDetector:
    """Silero VAD's probabilities with hysteresis; their edges are moved to where the sound begins and ends."""

    network: SileroNetwork
    name: str = SILERO

    def mask(self, samples: Floats, tracks: SoundTracks, check: Check) -> NDArray[np.bool_]:
        probability = self.probabilities(samples, tracks.loudness_db, check)
        certain = _with_hysteresis(probability) | ((probability > AGREED) & speech_mask(tracks))
        certain = without_short_gaps(certain, GAP_SECONDS)
        noise, peak = noise_and_peak(tracks.energy_db)
        heard = widened(tracks.energy_db > peak - UNDER_PEAK_DB, REACH_SECONDS, REACH_SECONDS)
        over_noise = smooth(tracks.energy_db, LEVEL_BLUR_SECONDS) > noise + OVER_NOISE_DB
        heard &= widened(over_noise, NOISE_REACH_SECONDS, NOISE_REACH_SECONDS)
        edges = widened(certain, EDGE_SECONDS, EDGE_SECONDS) & audible(tracks)
        return _with_margins(without_short_gaps((certain & heard) | edges, REST_SECONDS))

    def probabilities(self, samples: Floats, loudness_db: Floats, check: Check = lambda: None) -> Floats:
        """How likely somebody speaks (n,), on the grid of `loudness_db` (n,)."""
        gain_db = _gain_db(loudness_db)
        state, parts = SileroState(), list[Floats]()
        for first in range(0, max(1, len(samples)), BLOCK_SAMPLES):
            check()
            block = read_samples(samples, first, min(len(samples), first + BLOCK_SAMPLES))
            at = (first + np.arange(len(block))) / HOP_SAMPLES
            block *= np.power(10.0, np.interp(at, np.arange(len(gain_db)), gain_db) / 20.0).astype(np.float32)
            found, state = self.network(_whole_frames(block), state)
            parts.append(found)
        steps = np.concatenate(parts)
        centres = (np.arange(len(steps)) + 0.5) * (FRAME_SAMPLES / HOP_SAMPLES)
        return np.interp(np.arange(len(loudness_db)), centres, steps).astype(np.float32)


def choose_detector(wanted: str, store: WeightStore) -> Choice:
    """Who hears: the one asked for, or with `auto` Silero where it can run, else our own rule.

    Raises `InputError` for an unknown name, and where what was asked for lacks something `MissingExtraError` or
    `WeightsError`.
    """
    if wanted not in (AUTO, *DETECTORS):
        raise InputError(f"Nobody hears by the name of '{wanted}'.", cure=f"There are {', '.join((AUTO, *DETECTORS))}.")
    if wanted == SILERO:
        store.path(KEY)
        silero.require_runtime()
    if wanted != AUTO:
        return Choice(wanted, "asked for")
    if missing := lacking(SILERO, store):
        return Choice(OWN, "needs nothing but this program", (f"{SILERO} lacks {missing}",))
    return Choice(SILERO, "misses less in noise and cuts pauses more exactly")


def build_detector(name: str, store: WeightStore) -> SpeechDetector:
    """The detector that `choose_detector` named. Raises `MissingExtraError`, `WeightsError`."""
    return SileroDetector(SileroNetwork(store.path(KEY))) if name == SILERO else OwnDetector()


def lacking(name: str, store: WeightStore) -> str:
    """What a detector lacks to run here, and how to get it; empty where it can run."""
    if name == SILERO and not silero.has_runtime():
        return f"onnxruntime (`{INSTALL}`)"
    if name == SILERO and not store.is_present(KEY):
        return f"{store.entry(KEY).file} ({download_command([KEY])})"
    return ""


def _gain_db(loudness_db: Floats) -> Floats:
    peak = rolling_percentile(loudness_db, PEAK_WINDOW_SECONDS, PEAK_PERCENT)
    result: Floats = np.clip(LEVEL_DB - peak, 0.0, MOST_GAIN_DB)
    return result


def _whole_frames(block: Floats) -> Floats:
    missing = -len(block) % FRAME_SAMPLES if len(block) else FRAME_SAMPLES
    return np.pad(block, (0, missing))


def _with_margins(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask with as much before and after speech as our own rule adds; of every gap at least 0.1 s is left."""
    before, after, rest = (frames_in(seconds) for seconds in (BEFORE_SECONDS, AFTER_SECONDS, REST_SECONDS))
    result = mask.copy()
    ends = [(-len(mask), -len(mask)), *runs(mask), (2 * len(mask), 2 * len(mask))]
    for (_, end), (first, last), (start, _) in zip(ends, ends[1:], ends[2:], strict=False):
        gaps = max(0, first - end - rest), max(0, start - last - rest)
        lead = min(before, gaps[0] * before // (before + after))
        trail = min(after, gaps[1] * after // (before + after))
        result[max(0, first - lead) : last + trail] = True
    return result


def _with_hysteresis(probability: Floats) -> NDArray[np.bool_]:
    mask = probability > STILL
    for first, last in runs(mask):
        mask[first:last] = bool((probability[first:last] > CERTAIN).any())
    return mask
