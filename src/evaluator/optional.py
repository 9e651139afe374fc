"""Figures of networks that judge videos: each is taken where its network is installed, and says so where it is not.

A network is added by its entry in `JUDGES`: the figures, and how to build what takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from avatar.types import AudioClip, Portrait
from evaluator.metrics import NOT_INSTALLED, Values, unknown
from models.weights import WeightStore
from video_processor.tracking.landmarks import TrackedFace


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a judge is shown: the finished video with its face and sound, and the portrait at its size."""

    video: Path
    face: TrackedFace
    sound: AudioClip
    portrait: Portrait


class Take(Protocol):
    """Takes the figures of a judge from a video."""

    def __call__(self, evidence: Evidence) -> Values: ...


@dataclass(frozen=True, slots=True)
class Judge:
    """`metrics` that need `network`. `weights` are registry keys; `build` is None where no engine runs the network."""

    network: str
    metrics: tuple[str, ...]
    weights: tuple[str, ...] = ()
    build: Callable[[WeightStore], Take] | None = None


JUDGES: Final[tuple[Judge, ...]] = (
    Judge("SyncNet", ("lse_d", "lse_c")),
    Judge("LPIPS", ("lpips",)),
    Judge("a face recognition network", ("identity_embedding",)),
)


def judged(evidence: Evidence, store: WeightStore, judges: tuple[Judge, ...] = JUDGES) -> Values:
    """Every judge's figures, or why there are none."""
    found: Values = {}
    for judge in judges:
        if judge.build is None or not all(store.is_present(key) for key in judge.weights):
            found |= dict.fromkeys(judge.metrics, unknown(f"{judge.network} is {NOT_INSTALLED}"))
        else:
            found |= judge.build(store)(evidence)
    return found
