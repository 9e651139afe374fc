"""How well the lips of a video go with its speech: as a tracker sees them against the speech's own curves."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import VISEME_INDEX
from avatar.types import HOP_SECONDS, Speech, VisemeTrack
from evaluator.faces import FaceCurves
from evaluator.metrics import Value, Values, known, unknown
from evaluator.reference import Reference
from evaluator.statistics import Curve, best_lag, correlations, on_grid, pearson, stretches

CLOSED: Final = 0.02
"""Inner lips nearer than this share of the distance of the outer eye corners are closed."""

CLOSED_OF_PARTED, MOST_CLOSED = 0.4, 0.05
"""In a portrait whose lips are parted, the mesh still sees a third of their gap when they are drawn shut: there they
are closed up to this share of it, at most so far.
"""

REACH_SECONDS: Final = 0.06
"""A closure counts within so long of its sound."""

PRESSED: Final = 0.5
BILABIAL: Final = 0.3
"""A bilabial: a stretch of at least this closure in which the viseme PP has at least this probability."""

SILENT_SECONDS: Final = 0.5
SPREAD_PERCENTS: Final = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class LipCurves:
    """Correlation of the opening with the speech's, or with real lips, at each lag in seconds."""

    lags: Curve
    r: Curve


def closed_gap(own: float) -> float:
    """Up to which gap the lips of a portrait are closed whose own lips are `own` apart."""
    return max(CLOSED, min(CLOSED_OF_PARTED * own, MOST_CLOSED))


def lips(face: FaceCurves, speech: Speech, closed: float = CLOSED) -> tuple[Values, LipCurves]:
    """Against the speech's opening track, and closures where there should be some; `closed` is a gap."""
    lags, r = correlations(face.times, face.opening, on_grid(speech.visemes.opening))
    best = best_lag(lags, r)
    flat = "lips or speech do not move"
    return {
        "lip_correlation": unknown(flat) if best is None else known(best.r),
        "lip_offset_ms": unknown(flat) if best is None else known(1000 * best.seconds),
        **closures(face, speech, closed),
    }, LipCurves(lags, r)


def closures(face: FaceCurves, speech: Speech, closed_up_to: float = CLOSED) -> Values:
    """Shares of closed lips at bilabials, at any time of speech, and of frames in silence and in speech."""
    closed = face.opening <= closed_up_to
    speaking = _at_frames(speech.prosody.speech, face)
    silent = ~_at_frames(_widened(speech.prosody.speech, SILENT_SECONDS), face)
    near = _near(closed, face)
    return {
        "closed_at_bilabials": _share(near[_frames(bilabials(speech.visemes), face)], "no bilabials"),
        "closed_at_random": _share(near[speaking], "no speech"),
        "closed_in_silence": _share(closed[silent], "no silence of a second or more"),
        "closed_in_speech": _share(closed[speaking], "no speech"),
    }


def bilabials(track: VisemeTrack) -> Curve:
    """Times in seconds at which lips are to be pressed for p, b or m."""
    pp = track.probabilities[:, VISEME_INDEX["PP"]]
    found = [(a, b) for a, b in stretches(track.closure >= PRESSED) if pp[a:b].max() >= BILABIAL]
    firmness = np.asarray(track.closure * pp, np.float64)
    middles = [a + np.average(np.arange(b - a), weights=firmness[a:b]) for a, b in found]
    return np.array(middles, np.float64) * HOP_SECONDS


def against_reference(face: FaceCurves, speech: Speech, reference: Reference) -> tuple[Values, LipCurves]:
    """Lips and speech track against the curve of real lips that belongs to the sound, at its own fixed lag."""
    real = reference.at
    lags, r = correlations(face.times, face.opening, real)
    best, out = best_lag(lags, r), pearson(face.opening, real(face.times))
    track = pearson(on_grid(speech.visemes.opening)(reference.sound_times), reference.opening)
    shown = face.opening[np.isfinite(real(face.times))]
    meant = reference.opening[(reference.sound_times >= 0) & (reference.sound_times <= face.times[-1])]
    spread = shown.std() / max(float(meant.std()), 1e-6) if len(shown) and len(meant) else np.nan
    return {
        "reference_correlation": known(out),
        "track_correlation": known(track),
        "correlation_loss": known(track - out),
        "reference_offset_ms": unknown("it does not vary") if best is None else known(1000 * best.seconds),
        "reference_spread": known(spread),
    }, LipCurves(lags, r)


def against_film(face: FaceCurves, speech: Speech, film: FaceCurves, offset: float) -> Values:
    """The same against a film of real lips `offset` seconds after the sound, which this tracker has followed too."""
    found, _ = against_reference(face, speech, Reference(film.times, film.opening, offset))
    return {
        "film_correlation": found["reference_correlation"],
        "film_loss": found["correlation_loss"],
        "film_spread": found["reference_spread"],
    }


def _share(mask: NDArray[np.bool_], why: str) -> Value:
    return known(mask.mean()) if len(mask) else unknown(why)


def _at_frames(track: NDArray[np.bool_], face: FaceCurves) -> NDArray[np.bool_]:
    at = np.rint(face.times / HOP_SECONDS).astype(np.intp)
    return np.asarray(track[np.minimum(at, len(track) - 1)])


def _frames(times: Curve, face: FaceCurves) -> NDArray[np.intp]:
    return np.asarray(np.clip(np.rint(times * face.fps), 0, len(face.times) - 1), np.intp)


def _near(closed: NDArray[np.bool_], face: FaceCurves) -> NDArray[np.bool_]:
    """(n,) whether lips are closed within reach of each frame."""
    reach = int(REACH_SECONDS * face.fps + 1e-6)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(closed, reach), 2 * reach + 1)
    return np.asarray(windows.any(axis=1))


def _widened(mask: NDArray[np.bool_], seconds: float) -> NDArray[np.bool_]:
    reach = round(seconds / HOP_SECONDS)
    result = mask.copy()
    for first, after in stretches(mask):
        result[max(0, first - reach) : after + reach] = True
    return result
