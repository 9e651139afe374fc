"""Which enhancer works on a video, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from avatar.types import Choice
from models.weights import WeightStore
from video_processor.enhancement.detail import DETAIL
from video_processor.enhancement.restoring import GFPGAN
from video_processor.enhancement.sharpening import unsharp_mask
from video_processor.enhancement.upscaling import Upscale

Enhance = Literal["auto", "none", "detail", "gfpgan"]
ENHANCES: Final[tuple[Enhance, ...]] = get_args(Enhance)

NONE: Final = "none"
USUAL_STRENGTH: Final = 0.8
MOST_EVERY: Final = 10

SHARP_UP_TO: Final = 1.25
"""A picture enlarged less than this still looks sharp."""

SIGMA_PER_MAGNIFICATION: Final = 0.5
LARGEST_SIGMA_PIXELS: Final = 2.0


@dataclass(frozen=True, slots=True)
class EnhancementWish:
    """What is asked for: who enhances, how strongly (0..1), every how many frames anew, and how large the file gets."""

    enhance: Enhance = "auto"
    strength: float = USUAL_STRENGTH
    every: int = 1
    upscale: Upscale = "none"


@dataclass(frozen=True, slots=True)
class ChosenEnhancer:
    """Who enhances, as a result tells it, and all that makes it. `sigma` is that of an enlarged picture's edges."""

    choice: Choice
    kind: Literal["none", "unsharp", "detail", "gfpgan"]
    sigma: float = 0.0


def choose_enhancer(
    magnification: float,
    wish: EnhancementWish | None = None,
    store: WeightStore | None = None,
    failed: Mapping[str, str] | None = None,
    *,
    has_gpu: bool = False,
) -> ChosenEnhancer:
    """The enhancer for a portrait that was enlarged `magnification` times to fill the frame, and why.

    `auto` restores faces only on a GPU, with the checkpoint in `store`; else it sharpens what was enlarged. `failed`
    maps enhancers to what went wrong: the classical pass takes over. Raises `WeightsError` where GFPGAN is asked for
    by name and its checkpoint is missing.
    """
    wish, failed = wish or EnhancementWish(), failed or {}
    if GFPGAN in failed and wish.enhance in ("auto", GFPGAN):
        why = f"takes over, since {GFPGAN} failed"
        return ChosenEnhancer(Choice(DETAIL, why, (f"{GFPGAN} failed: {failed[GFPGAN]}",)), "detail")
    if wish.enhance == NONE:
        return ChosenEnhancer(Choice(NONE, "asked for"), "none")
    if wish.enhance == DETAIL:
        return ChosenEnhancer(Choice(DETAIL, "asked for"), "detail")
    if wish.enhance == GFPGAN:
        if store is not None:
            store.path(GFPGAN)
        return ChosenEnhancer(Choice(GFPGAN, "asked for"), "gfpgan")
    return _automatic(magnification, store, has_gpu=has_gpu)


def _automatic(magnification: float, store: WeightStore | None, *, has_gpu: bool) -> ChosenEnhancer:
    if not has_checkpoint(store):
        passed_over = (f"{GFPGAN} lacks its checkpoint",)
    elif not has_gpu:
        passed_over = (f"{GFPGAN} takes seconds a frame without a GPU; it can be asked for by name",)
    else:
        return ChosenEnhancer(Choice(GFPGAN, "the best enhancer that this machine can run"), "gfpgan")
    if magnification <= SHARP_UP_TO:
        return ChosenEnhancer(Choice(NONE, "the picture has the pixels that the video needs", passed_over), "none")
    sigma = round(min(SIGMA_PER_MAGNIFICATION * magnification, LARGEST_SIGMA_PIXELS), 2)
    why = f"the picture is enlarged {magnification:.1f} times"
    return ChosenEnhancer(Choice(unsharp_mask(sigma).name, why, passed_over), "unsharp", sigma)


def has_checkpoint(store: WeightStore | None) -> bool:
    """Whether GFPGAN's lies there and may be used."""
    return store is not None and any(file.key == GFPGAN for file in store.files) and not store.lack(GFPGAN)
