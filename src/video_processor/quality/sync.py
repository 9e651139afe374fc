"""Whether the mouth moves when the motion says so: how much its pixels change against how fast its shapes do."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import FaceMotion, Floats

LARGEST_LAG_SECONDS: Final = 0.5
LEAST_FRAMES: Final = 25
OTHER_SHAPES: Final = ("mouthClose", "mouthFunnel", "mouthPucker", "mouthLowerDownLeft", "mouthUpperUpLeft")
OTHERS_WEIGHT: Final = 0.5
"""Beside the jaw these shapes move the mouth's pixels, about half as far."""


@dataclass(frozen=True, slots=True)
class MouthSync:
    """Correlation of the mouth's change with the motion's: as it is, and at the lag where it is highest.

    `lag` in frames; positive where the picture comes late.
    """

    at_zero: float
    best: float
    lag: int


def mouth_sync(mouth: Floats, motion: FaceMotion) -> MouthSync | None:
    """Of the mouth's change (n,) in the frames of `motion`; None where one of both does not move enough to tell."""
    wanted = mouth_speed(motion)
    reach = min(round(LARGEST_LAG_SECONDS * motion.fps), len(wanted) // 4)
    found = [(_correlation(mouth, wanted, lag), lag) for lag in range(-reach, reach + 1)]
    known = [(r, lag) for r, lag in found if r is not None]
    at_zero = next((r for r, lag in known if lag == 0), None)
    if at_zero is None:
        return None
    best, lag = max(known, key=lambda item: (item[0], -abs(item[1])))
    return MouthSync(at_zero, best, lag)


def mouth_speed(motion: FaceMotion) -> NDArray[np.float64]:
    """(n,) how much the mouth's shapes change from the frame before."""
    jaw = np.abs(np.diff(motion.shape("jawOpen"), prepend=motion.shape("jawOpen")[:1]))
    others = [np.abs(np.diff(motion.shape(name), prepend=motion.shape(name)[:1])) for name in OTHER_SHAPES]
    return np.asarray(jaw + OTHERS_WEIGHT * np.sum(others, axis=0), np.float64)


def _correlation(mouth: Floats, wanted: NDArray[np.float64], lag: int) -> float | None:
    """Pearson's r of the mouth's change with what was wanted `lag` frames before."""
    n = len(wanted)
    seen, due = mouth[max(0, lag) : n + min(0, lag)], wanted[max(0, -lag) : n - max(0, lag)]
    known = np.isfinite(seen)
    seen, due = seen[known], due[known]
    if len(seen) < LEAST_FRAMES or seen.std() < 1e-3 or due.std() < 1e-4:
        return None
    return float(np.corrcoef(seen, due)[0, 1])
