"""Figures of networks that judge videos: each is taken where its network is installed, and says so where it is not.

A network is added by its entry in `JUDGES`: the figures, and how to build what takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from avatar.errors import AvatarError, InputError
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


def _syncnet(store: WeightStore) -> Take:
    from evaluator.syncnet import syncnet_judge

    return syncnet_judge(store)


JUDGES: Final[tuple[Judge, ...]] = (
    Judge("SyncNet", ("lse_d", "lse_c", "lse_offset_ms"), ("syncnet-v2",), _syncnet),
    Judge("LPIPS", ("lpips",)),
    Judge("a face recognition network", ("identity_embedding",)),
)


def judged(evidence: Evidence, store: WeightStore, judges: tuple[Judge, ...] = JUDGES) -> Values:
    """Every judge's figures, or why there are none: not installed, or what kept it from judging."""
    found: Values = {}
    for judge in judges:
        if judge.build is None or not all(_is_present(store, key) for key in judge.weights):
            found |= dict.fromkeys(judge.metrics, unknown(f"{judge.network} is {NOT_INSTALLED}"))
            continue
        try:
            found |= judge.build(store)(evidence)
        except AvatarError as error:
            found |= dict.fromkeys(judge.metrics, unknown(f"{judge.network} gives none: {error.message}"))
    return found


def _is_present(store: WeightStore, key: str) -> bool:
    """Whether the file is there; one that the registry does not list is not."""
    try:
        return store.is_present(key)
    except InputError:
        return False
