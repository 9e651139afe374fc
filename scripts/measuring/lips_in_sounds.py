"""Lips from sound where the answer is known: sounds without speech, labelled phones, and how fast it goes."""

import csv
import time
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from audio_processor.decode import decode_audio
from avatar.types import SAMPLE_RATE_HZ, Floats, VisemeTrack
from models.visemes.stream import VisemeStream, visemes_of
from scripts.measuring.lips_on_people import CLOSED_GAP, GAP_PER_OPENING

CLOSED_OPENING: Final = CLOSED_GAP / GAP_PER_OPENING
SHUT_CLOSURE: Final = 0.5
NEAR_SECONDS: Final = 0.06
PLACES_PER_SECOND: Final = 1000.0
BILABIAL: Final = "PP"
CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ // 25


class Bilabials(NamedTuple):
    """Shares of bilabials, and of places picked at random in speech, with closed lips within 60 ms of their time."""

    hit: float
    chance: float
    total: int


def sound_of(path: Path, scratch: Path) -> Floats:
    return np.array(decode_audio(path, scratch / path.stem, max_minutes=10, max_megabytes=200).samples)


def shut(track: VisemeTrack) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where the lips are pressed together (n,)."""
    return track.closure > SHUT_CLOSURE


def bilabials(folder: Path, scratch: Path) -> Bilabials:
    """Over the labelled recordings in `phones/`."""
    random = np.random.default_rng(0)
    hits: list[bool] = []
    chances: list[bool] = []
    for path in sorted(folder.glob("*.wav")):
        closed = shut(visemes_of([sound_of(path, scratch)]))
        with path.with_suffix(".visemes.csv").open(encoding="utf-8", newline="") as file:
            spans = [(float(r["start"]), float(r["end"]), r["viseme"]) for r in csv.DictReader(file)]
        spoken = [span for span in spans if span[2] != "sil"]
        found = [(start, end) for start, end, viseme in spoken if viseme == BILABIAL]
        hits += [_near(closed, start, end) for start, end in found]
        for start, end, _ in spoken:
            places = random.uniform(start, end, max(1, round((end - start) * PLACES_PER_SECOND)))
            chances += [_near(closed, place, place) for place in places]
    return Bilabials(float(np.mean(hits)), float(np.mean(chances)), len(hits))


def _near(closed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], start: float, end: float) -> bool:
    first, last = int((start - NEAR_SECONDS) * 100), int((end + NEAR_SECONDS) * 100)
    return bool(closed[max(0, first) : last + 1].any())


def speed(samples: Floats) -> tuple[float, float]:
    """Seconds of sound a second of one core, and its milliseconds for 40 ms of a live stream (95th percentile)."""
    whole = np.tile(samples, max(1, 60 * SAMPLE_RATE_HZ // len(samples)))
    visemes_of([whole[: 5 * SAMPLE_RATE_HZ]])
    begun = time.process_time()
    visemes_of(whole[i : i + 20 * SAMPLE_RATE_HZ] for i in range(0, len(whole), 20 * SAMPLE_RATE_HZ))
    ratio = len(whole) / SAMPLE_RATE_HZ / (time.process_time() - begun)
    stream = VisemeStream()
    taken = []
    for first in range(0, 10 * SAMPLE_RATE_HZ, CHUNK_SAMPLES):
        begun = time.process_time()
        stream.push(whole[first : first + CHUNK_SAMPLES])
        taken.append(time.process_time() - begun)
    return ratio, 1000 * float(np.percentile(taken[25:], 95))
