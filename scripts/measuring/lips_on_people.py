"""Lips from sound against those of people filmed while they spoke."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from audio_processor.decode import decode_audio
from avatar.types import HOP_SECONDS, Floats, VisemeTrack

CLOSED_GAP: Final = 0.02
"""Inner lips nearer than this share of the distance of the outer eye corners are closed."""

LONG_SECONDS: Final = 4.5
GAP_PER_OPENING: Final = 0.3
"""Eye distances between the inner lips at an opening of 1, as the motion takes it."""

TracksOf = Callable[[Floats], VisemeTrack]


@dataclass(frozen=True, slots=True)
class Clip:
    """A filmed speaker: the sound, and by frames of the film their times (s), the lips' gap and the mouth's width.

    Times are those of the sound that belongs to each frame; lengths in outer-eye-corner distances.
    """

    name: str
    person: str
    samples: Floats
    times: Floats
    gap: Floats
    width: Floats

    @property
    def seconds(self) -> float:
        return len(self.samples) / 16_000


def load_clips(folder: Path, scratch: Path) -> list[Clip]:
    """The clips of `talking/` that the manifest marks as fit for lips, moved by their measured offsets."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["use"] == "lips"]
    return [_clip(folder, row, scratch) for row in rows]


def _clip(folder: Path, row: Mapping[str, str], scratch: Path) -> Clip:
    name = row["name"]
    sound = decode_audio(folder / f"{name}.wav", scratch / name, max_minutes=5, max_megabytes=100)
    with (folder / f"{name}.curves.csv").open(encoding="utf-8", newline="") as file:
        seen = [frame for frame in csv.DictReader(file) if frame["face"] == "1"]
    times, gap, width = (
        np.array([float(frame[column]) for frame in seen], np.float32) for column in ("t", "mouth_open", "mouth_width")
    )
    samples = np.array(sound.samples)
    times = times - np.float32(float(row["offset_ms"]) / 1000)
    known = (times >= 0) & (times <= len(samples) / 16_000 - HOP_SECONDS)
    return Clip(name, row["person"], samples, times[known], gap[known], width[known])


@dataclass(frozen=True, slots=True)
class ClipScore:
    """Correlations of opening and width, the area under the curve of closed lips, the shares and spreads of both.

    `other_r` is the mean correlation of opening with the sounds of other people's clips.
    """

    clip: Clip
    opening_r: float
    other_r: float
    width_r: float
    auc: float
    spread: float
    mean: float
    real_spread: float
    real_mean: float
    closed: float


def scores(clips: list[Clip], track_of: TracksOf) -> list[ClipScore]:
    tracks = {clip.name: track_of(clip.samples) for clip in clips}
    return [_score(clip, clips, tracks) for clip in clips]


def _score(clip: Clip, clips: list[Clip], tracks: dict[str, VisemeTrack]) -> ClipScore:
    track = tracks[clip.name]
    opening = _at(track.opening, clip.times)
    strangers = [_stranger_r(clip, tracks[other.name]) for other in clips if other.person != clip.person]
    closed = clip.gap < CLOSED_GAP
    return ClipScore(
        clip,
        opening_r=correlation(opening, clip.gap),
        other_r=float(np.mean(strangers)),
        width_r=correlation(_at(track.width, clip.times), clip.width),
        auc=area_under_curve(-opening, closed),
        spread=float(opening.std() * GAP_PER_OPENING),
        mean=float(opening.mean() * GAP_PER_OPENING),
        real_spread=float(clip.gap.std()),
        real_mean=float(clip.gap.mean()),
        closed=float((opening * GAP_PER_OPENING < CLOSED_GAP).mean()),
    )


def _stranger_r(clip: Clip, track: VisemeTrack) -> float:
    """Correlation with another sound, as far as it goes."""
    shared = clip.times < len(track.opening) * HOP_SECONDS - HOP_SECONDS
    return correlation(_at(track.opening, clip.times[shared]), clip.gap[shared])


def _at(curve: Floats, times: Floats) -> Floats:
    return np.interp(times, np.arange(len(curve)) * HOP_SECONDS, curve).astype(np.float32)


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's r; 0 where one of them does not change."""
    if one.std() < 1e-6 or other.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def area_under_curve(score: Floats, truth: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Of the receiver operating characteristic: the chance that a true item scores over a false one; NaN if none is."""
    positive, negative = score[truth], score[~truth]
    if not len(positive) or not len(negative):
        return float("nan")
    ranked = np.sort(negative)
    under = np.searchsorted(ranked, positive, "left") + np.searchsorted(ranked, positive, "right")
    return float(under.mean() / (2 * len(negative)))
