"""How much a filmed person smiles, apart from what speech does to the corners of the mouth."""

from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.renderers.puppet.calm_mouth import CalmMouth
from video_processor.renderers.puppet.carriage import Carriage
from video_processor.renderers.puppet.open_lips import CORNER_DROP

CORNERS: Final = (61, 291)
FULL_SMILE: Final = np.array([[-0.075, -0.085], [0.075, -0.085]])
"""Where full smiles of either side take those corners: to the subject's left and down, eye distances."""

SURE_FROM: Final = 0.25
MOST: Final = 1.0
"""A smile counts from the first value on; more than the second is not believed."""

KEPT: Final = 0.7
"""Share of the smile that stays: the rest is what opening and speech add to it."""

SMOOTH_SECONDS: Final = 0.2
"""A smile lasts longer than a sound: standard deviation of the Gaussian over time."""


def own_smiles(track: Carriage, calm: CalmMouth, seconds: float) -> Floats:
    """`mouthSmileRight` and `mouthSmileLeft` (n, 2) that stay in each frame of footage that lasts so long."""
    corners = (track.landmarks[:, CORNERS] - track.origins[:, None]) @ track.turns / track.scales[:, None, None]
    gaps = np.linalg.norm(track.landmarks[:, 13] - track.landmarks[:, 14], axis=1) / track.scales - calm.seam
    away = corners[..., :2] - calm.mean[list(CORNERS), :2]
    away[..., 1] -= CORNER_DROP * np.maximum(gaps, 0)[:, None]
    smiles = (away * FULL_SMILE).sum(axis=-1) / (FULL_SMILE**2).sum(axis=-1)
    smooth = _smoothed(smiles, SMOOTH_SECONDS * len(track) / seconds)
    return np.asarray(KEPT * np.clip((smooth - SURE_FROM) / (1 - SURE_FROM), 0, MOST), np.float32)


def _smoothed(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], sigma: float) -> Floats:
    """Each column of (n, k) blurred with a Gaussian of `sigma` frames; the ends go on as they are."""
    reach = max(1, round(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-3)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    columns = [np.convolve(column, weights / weights.sum(), mode="valid") for column in padded.T]
    return np.asarray(np.stack(columns, axis=1), np.float32)
