"""Who enhances the frames of a video: what is asked for, what is chosen, and what works in a run."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from avatar.errors import EnhancementError
from avatar.types import Image, Size
from models.gfpgan.restorer import load_restorer
from models.hardware import hardware_of
from models.loaded import file_mark, process_networks
from models.weights import WeightStore
from orchestrator.context import RunContext
from orchestrator.portraits import face_tracker
from orchestrator.rendering import reason_of
from orchestrator.request import Job
from orchestrator.state import EnhancerRecord, RenderRecord
from video_processor.enhancement.alignment import face_finder
from video_processor.enhancement.base import Chained, Enhancer
from video_processor.enhancement.choice import (
    ChosenEnhancer,
    EnhancementWish,
    choose_enhancer,
    has_checkpoint,
)
from video_processor.enhancement.detail import DetailPass
from video_processor.enhancement.restoring import GFPGAN, FaceEnhancer, Restorer
from video_processor.enhancement.sharpening import unsharp_mask
from video_processor.enhancement.upscaling import upscaled_size, upscaling
from video_processor.portrait import load_portrait


def chosen_enhancer(context: RunContext, magnification: float, failed: Mapping[str, str]) -> ChosenEnhancer:
    """Who is to work in this run. Raises `WeightsError` where a checkpoint that was asked for by name is missing."""
    wish, store = wish_of(context.job), context.weights
    has_gpu = wish.enhance == "auto" and has_checkpoint(store) and hardware_of(context.settings).device.is_gpu
    return choose_enhancer(magnification, wish, store, failed, has_gpu=has_gpu)


def require_checkpoint(job: Job, store: WeightStore) -> None:
    """Raises `WeightsError` where a network is asked for by name whose checkpoint is missing."""
    choose_enhancer(1.0, wish_of(job), store)


def wish_of(job: Job) -> EnhancementWish:
    return EnhancementWish(job.enhance, job.enhance_strength, job.enhance_every, job.upscale)


def file_size(job: Job, drawn: Size) -> Size:
    """The size of the file for frames that are drawn at that size."""
    return upscaled_size(drawn, job.upscale)


def enhancer_record(job: Job, chosen: ChosenEnhancer) -> EnhancerRecord:
    return {
        "kind": chosen.kind,
        "sigma": chosen.sigma,
        "strength": job.enhance_strength,
        "every": job.enhance_every,
    }


def open_enhancer(context: RunContext, render: RenderRecord) -> Enhancer | None:
    """What the record says; None where frames go to the encoder as they are drawn.

    Raises `EnhancementError` where a network cannot be loaded.
    """
    drawn, size = Size(render["drawn_width"], render["drawn_height"]), Size(render["width"], render["height"])
    record = render["enhancer"]
    larger: list[Enhancer] = [upscaling(size)] if size != drawn else []
    links: list[Enhancer]
    if record["kind"] == "gfpgan":
        links = [*larger, _face_enhancer(context, render, drawn, size)]
    elif record["kind"] == "detail":
        links = [DetailPass(record["strength"]), *larger]
    elif record["kind"] == "unsharp":
        links = [unsharp_mask(record["sigma"]), *larger]
    else:
        links = larger
    return Chained(links) if links else None


def enhanced_frames(
    enhancer: Enhancer, frames: Iterable[Image], render: RenderRecord, *, first: int, lead: int
) -> Iterator[Image]:
    """What the enhancer makes of `frames`, see `Enhancer.enhance`.

    Whatever goes wrong in it is an `EnhancementError` where another can take over, as for GFPGAN; errors of `frames`
    are raised as they are.
    """
    source = _Source(frames)
    try:
        yield from enhancer.enhance(source, first=first, lead=lead)
    except Exception as error:
        if error is source.error or isinstance(error, EnhancementError) or render["enhancer"]["kind"] != GFPGAN:
            raise
        raise EnhancementError(f"{GFPGAN} failed: {reason_of(error)}") from error


class _Source:
    """Passes frames on, and remembers the error that they end in."""

    def __init__(self, frames: Iterable[Image]) -> None:
        self._frames = frames
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[Image]:
        try:
            yield from self._frames
        except Exception as error:
            self.error = error
            raise


def _face_enhancer(context: RunContext, render: RenderRecord, drawn: Size, size: Size) -> FaceEnhancer:
    landmarks = load_portrait(Path(render["portrait"])).landmarks * (size.height / drawn.height)
    try:
        restorer = face_restorer(context)
        finder = face_finder(face_tracker(context.weights), landmarks)
    except Exception as error:
        raise EnhancementError(f"{GFPGAN} cannot be loaded: {reason_of(error)}") from error
    return FaceEnhancer(restorer, finder, render["enhancer"]["strength"], render["enhancer"]["every"])


def face_restorer(context: RunContext) -> Restorer:
    """GFPGAN, loaded once for the process. Raises `WeightsError`."""
    path, computing = context.weights.path(GFPGAN), hardware_of(context.settings).computing(GFPGAN)
    return process_networks().get((GFPGAN, file_mark(path), computing), lambda: load_restorer(path, computing))
