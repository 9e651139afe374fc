"""Lips from the sound alone, by a fixed linear rule over mel bands; any language, no network.

Twelve bands, levelled to the voice and the room around each moment, at four instants (30 ms before to 60 ms
after) give a score for each viseme by linear discriminant analysis (Fisher 1936), and opening and closure by
linear regression; width and rounding are what the visemes have on average, weighted by their probabilities.
The opening is the mean of both ways, spread to the range of real lips.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, runs, smooth
from audio_processor.lip_rule import BIASES, DIRECT_BIASES, DIRECT_WEIGHTS, SHAPES, WEIGHTS
from audio_processor.tracks import LIP_BANDS, SoundTracks
from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import Floats, VisemeTrack

TAP_FRAMES: Final = (-3, 0, 3, 6)
"""Instants that the rule sees, in frames of 10 ms."""

LEVEL_SECONDS: Final = 40.0
"""Voice and room are measured over this stretch."""

DYNAMIC_RANGE_NEPERS: Final = 12.0
"""Bands this far under the loudest are all one silence."""

TYPICAL_VARIANCE: Final = 4.0
TYPICAL_FRAMES: Final = 30.0
VARIANCE_FLOOR: Final = 1.0
BLOCK_FRAMES: Final = 1000
BLUR_SECONDS: Final = 0.025

DIRECT_SHARE: Final = 0.4
"""Weight of the regression in the opening."""

RANGE_PERCENTS: Final = (12.0, 95.0)
TYPICAL_RANGE: Final = (0.18, 0.48)
RANGE_TO: Final = (0.04, 0.62)
"""What those percentiles of the opening are before it is spread, in synthetic speech, and what they become:
16 % of the frames of real speech are closed, and 5 % open more than 0.64."""

RANGE_FRAMES: Final = 200.0
CLOSURE_FROM: Final = 0.18
CLOSURE_TO: Final = 0.3
"""The regression of closure between these becomes 0 to 1: half of the closed sounds of synthetic speech pass 0.22."""

TOUCHING_OPENING: Final = 0.05

WIDTH_MEAN: Final = 0.52
WIDTH_GAIN: Final = 2.0
ROUNDING_FROM: Final = 0.08
ROUNDING_GAIN: Final = 1.9
"""Bring width and rounding, which shrink to their means too, to their spread in synthetic speech."""

PARTED_OPENING: Final = 0.14
PARTED_SECONDS: Final = 0.1
CLOSED_SECONDS: Final = 0.35
"""In a pause the lips are parted, then half as far, then closed; the mask itself runs on for 0.1 s."""

REST_CLOSURE: Final = 0.5
GATE_BLUR_SECONDS: Final = 0.04


class _Lips(NamedTuple):
    """Curves (n,), as `VisemeTrack` has them."""

    opening: Floats
    width: Floats
    rounding: Floats
    closure: Floats


def visemes_from_sound(tracks: SoundTracks, speech: NDArray[np.bool_]) -> VisemeTrack:
    """The lips for a sound; closed where nobody speaks, but for short pauses, in which they stay just apart."""
    if not speech.any():
        return _closed(len(speech))
    raw, direct = _scored(Levelled(tracks.lip_bands, speech))
    probabilities, direct = smooth(raw, BLUR_SECONDS), smooth(direct, BLUR_SECONDS)
    mean_opening, mean_width, mean_rounding = (probabilities @ SHAPES).T
    width = np.clip(WIDTH_MEAN + WIDTH_GAIN * (mean_width - WIDTH_MEAN), 0.0, 1.0)
    rounding = np.clip(ROUNDING_GAIN * (mean_rounding - ROUNDING_FROM), 0.0, 1.0)
    closure = np.clip((direct[:, 1] - CLOSURE_FROM) / (CLOSURE_TO - CLOSURE_FROM), 0.0, 1.0)
    mixed = (1.0 - DIRECT_SHARE) * mean_opening + DIRECT_SHARE * direct[:, 0]
    opening = _spread(mixed, speech) * (1.0 - closure)
    touching = np.clip(1.0 - opening / TOUCHING_OPENING, 0.0, 1.0) * REST_CLOSURE
    return _gated(probabilities, _Lips(opening, width, rounding, np.maximum(closure, touching)), speech)


class Levelled:
    """Bands with mean 0 and variance about 1 over the speech of the 40 s around each frame, worked out as asked for.

    With less than a second of speech the variance leans on a typical one.
    """

    def __init__(self, bands: Floats, speech: NDArray[np.bool_]) -> None:
        """`bands` (n, 12); `speech` (n,), True somewhere."""
        self.bands = bands
        reach = frames_in(LEVEL_SECONDS) // 2
        self.centres = np.arange(0, len(bands) + reach // 4, reach // 4)
        self.levels = np.stack([_level(bands, speech, slice(max(0, c - reach), c + reach)) for c in self.centres])

    def seen(self, first: int, last: int) -> Floats:
        """What the rule sees at frames `first` to `last`: (last - first, 48); the ends are held."""
        begin, end = max(0, first + TAP_FRAMES[0]), min(len(self.bands), last + TAP_FRAMES[-1])
        frames = np.arange(begin, end)
        floor, *rest = (np.interp(frames, self.centres, level)[:, None] for level in self.levels.T)
        mean, scale = np.hstack(rest[:LIP_BANDS]), np.hstack(rest[LIP_BANDS:])
        levelled = ((np.maximum(self.bands[begin:end], floor) - mean) * scale).astype(np.float32)
        at = np.arange(first, last)[:, None] + np.array(TAP_FRAMES) - begin
        seen: Floats = levelled[np.clip(at, 0, len(levelled) - 1)].reshape(last - first, -1)
        return seen


def _level(bands: Floats, speech: NDArray[np.bool_], around: slice) -> NDArray[np.float64]:
    """Floor, then mean and scale of each band (25,), of the speech in a stretch; of all speech where it has none."""
    voice = bands[around][speech[around]]
    if not len(voice):
        voice = bands[speech]
    floor = float(voice.max()) - DYNAMIC_RANGE_NEPERS
    voice = np.maximum(voice, floor)
    spare = TYPICAL_FRAMES / (len(voice) + TYPICAL_FRAMES)
    variance = voice.var(axis=0) * (1.0 - spare) + TYPICAL_VARIANCE * spare
    return np.concatenate([[floor], voice.mean(axis=0), 1.0 / np.sqrt(variance + VARIANCE_FLOOR)])


def _scored(levelled: Levelled) -> tuple[Floats, Floats]:
    """Probability of each viseme (n, 15), and opening and closure (n, 2) by regression."""
    frames = len(levelled.bands)
    probabilities = np.empty((frames, len(VISEMES)), np.float32)
    direct = np.empty((frames, len(DIRECT_BIASES)), np.float32)
    for first in range(0, frames, BLOCK_FRAMES):
        last = min(first + BLOCK_FRAMES, frames)
        seen = levelled.seen(first, last)
        scores = seen @ WEIGHTS.T + BIASES
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities[first:last] = powers / powers.sum(axis=1, keepdims=True)
        direct[first:last] = seen @ DIRECT_WEIGHTS.T + DIRECT_BIASES
    return probabilities, direct


def _spread(opening: Floats, speech: NDArray[np.bool_]) -> Floats:
    """Means shrink towards each other; this brings them back to the range of real lips."""
    count = int(speech.sum())
    share = count / (count + RANGE_FRAMES)
    low, high = share * np.percentile(opening[speech], RANGE_PERCENTS) + (1 - share) * np.array(TYPICAL_RANGE)
    gain = (RANGE_TO[1] - RANGE_TO[0]) / max(high - low, 0.1)
    result: Floats = np.clip((opening - low) * gain + RANGE_TO[0], 0.0, 1.0).astype(np.float32)
    return result


def _gated(probabilities: Floats, lips: _Lips, speech: NDArray[np.bool_]) -> VisemeTrack:
    """The lips where somebody speaks, rest elsewhere, blended at the edges."""
    gate = smooth(speech.astype(np.float32), GATE_BLUR_SECONDS)
    parted = smooth(_pause_opening(speech), GATE_BLUR_SECONDS)
    quiet = probabilities * gate[:, None]
    quiet[:, VISEME_INDEX["sil"]] += 1.0 - gate
    rest_closure = REST_CLOSURE * np.clip(1.0 - parted / TOUCHING_OPENING, 0.0, 1.0)
    return VisemeTrack(
        probabilities=quiet,
        opening=gate * lips.opening + (1.0 - gate) * parted,
        width=gate * lips.width + (1.0 - gate) * np.float32(0.5),
        rounding=gate * lips.rounding,
        closure=gate * lips.closure + (1.0 - gate) * rest_closure,
    )


def _pause_opening(speech: NDArray[np.bool_]) -> Floats:
    """Opening (n,) outside speech: parted at first, then half as far, closed after about half a second."""
    opening = np.zeros(len(speech), np.float32)
    parted, closed = frames_in(PARTED_SECONDS), frames_in(CLOSED_SECONDS)
    for _, end in runs(speech):
        opening[end : end + closed] = PARTED_OPENING / 2
        opening[end : end + parted] = PARTED_OPENING
    opening[speech] = 0.0
    return opening


def _closed(frames: int) -> VisemeTrack:
    probabilities = np.zeros((frames, len(VISEMES)), np.float32)
    probabilities[:, VISEME_INDEX["sil"]] = 1.0
    zeros = np.zeros(frames, np.float32)
    half = np.full(frames, 0.5, np.float32)
    return VisemeTrack(probabilities, zeros, half, zeros.copy(), half * 2 * np.float32(REST_CLOSURE))
