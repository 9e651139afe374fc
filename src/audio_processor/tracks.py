"""The curves that every analysis of a sound starts from, measured block by block."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from audio_processor import features
from audio_processor.features import BLOCK_FRAMES, SoundBlock, frames_of, sound_block
from audio_processor.pitch import MARGIN_SAMPLES, PitchCandidates, pitch_candidates, track_pitch
from avatar.settings import core_count
from avatar.types import HOP_SAMPLES, Floats

FLUX_CONTEXT: Final = 2
"""Flux compares frames 20 ms before and after."""

TIMBRE_COEFFICIENTS: Final = 12
MOST_THREADS: Final = 4
"""Each holds a block, with what is made of it about 10 MB."""


@dataclass(frozen=True, slots=True)
class SoundTracks:
    """Curves on the 10 ms grid (n,).

    `loudness_db`: RMS of 40 ms, floored at -80. `energy_db`: 200 to 4000 Hz. `f0_hz`: 0 where unvoiced.
    `tilt_db`: 1 to 5 kHz over what lies below 1 kHz.
    `flux`, `colour_flux`: change of the spectrum over 40 ms with and without that of its level, in nepers.
    `overtones`: mel bands within 30 dB of the strongest. `timbre` (n, 12): mel cepstrum, without the coefficient that
    is the level.
    """

    loudness_db: Floats
    energy_db: Floats
    f0_hz: Floats
    tilt_db: Floats
    flux: Floats
    colour_flux: Floats
    overtones: Floats
    timbre: Floats


@dataclass(frozen=True, slots=True)
class _BlockTracks:
    loudness_db: Floats
    energy_db: Floats
    pitch_hz: Floats
    pitch_strength: Floats
    pitch_level_db: Floats
    tilt_db: Floats
    flux: Floats
    colour_flux: Floats
    overtones: Floats
    timbre: Floats


def measure(
    samples: Floats, *, block_frames: int = BLOCK_FRAMES, check: Callable[[], None] = lambda: None
) -> SoundTracks:
    """The curves of mono sound at 16 kHz; the same whatever the size of a block and the number of cores.

    What `check`, called before each block, raises ends the work.
    """
    margin = MARGIN_SAMPLES + FLUX_CONTEXT * HOP_SAMPLES

    def part(first: int) -> _BlockTracks:
        check()
        return _measured(sound_block(samples, margin, first, block_frames))

    with ThreadPoolExecutor(min(core_count(), MOST_THREADS)) as pool:
        whole = _joined(pool.map(part, range(0, frames_of(samples), block_frames)), frames_of(samples))
    f0_hz = track_pitch(PitchCandidates(whole.pitch_hz, whole.pitch_strength, whole.pitch_level_db))
    return SoundTracks(
        whole.loudness_db,
        whole.energy_db,
        f0_hz,
        whole.tilt_db,
        whole.flux,
        whole.colour_flux,
        whole.overtones,
        whole.timbre,
    )


def _measured(block: SoundBlock) -> _BlockTracks:
    wide = features.log_mel(block, FLUX_CONTEXT)
    mel = wide[FLUX_CONTEXT:-FLUX_CONTEXT]
    pitch = pitch_candidates(block)
    return _BlockTracks(
        loudness_db=features.loudness_db(block),
        energy_db=features.band_energy_db(mel),
        pitch_hz=pitch.hz,
        pitch_strength=pitch.strength,
        pitch_level_db=pitch.level_db,
        tilt_db=features.tilt_db(mel),
        flux=features.flux(wide, FLUX_CONTEXT),
        colour_flux=features.flux(wide - wide.mean(axis=1, keepdims=True), FLUX_CONTEXT),
        overtones=features.overtones(mel),
        timbre=features.cepstrum(mel, TIMBRE_COEFFICIENTS),
    )


def _joined(parts: Iterator[_BlockTracks], frames: int) -> _BlockTracks:
    """Curves of `frames` frames, filled as the parts come, so that none is held twice."""
    names = [f.name for f in fields(_BlockTracks)]
    curves: dict[str, Floats] = {}
    first = 0
    for part in parts:
        for name in names:
            piece: Floats = getattr(part, name)
            whole = curves.setdefault(name, np.empty((frames, *piece.shape[1:]), np.float32))
            whole[first : first + len(piece)] = piece
        first += len(part.loudness_db)
    return _BlockTracks(**curves)
