"""What a video would take, before it is asked for."""

from dataclasses import asdict
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.rest.drawing_engines import named_engine
from api.rest.inputs import about
from api.rest.problems import PROBLEMS
from api.rest.service import Current, Service
from api.rest.views import API
from avatar.errors import InputError
from avatar.settings import parse_fps
from avatar.types import Size
from models.hardware import hardware_of
from models.weights import WeightStore
from video_processor.estimates.estimate import estimate_generation_time
from video_processor.estimates.past import PastRuns
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE
from video_processor.hybrid_generator import AUTO, Wants, choose, engines

LONGEST_SECONDS: Final = 24 * 3600.0


class EstimateView(BaseModel):
    """Time and memory of one video, learned from those that were made here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "engine": "puppet",
                    "device": "cpu",
                    "seconds": 5.6,
                    "drawing": 1.2,
                    "memory": 370000000,
                    "card_memory": 0,
                    "runs": 12,
                }
            ]
        }
    )

    engine: str
    device: str = Field(description="Where its network computes; `cpu` where it has none.")
    seconds: float = Field(description="From request to video, without waiting in the queue.")
    drawing: float = Field(description="Of these, what drawing and encoding the frames takes.")
    memory: int = Field(description="The most memory of the process, in bytes.")
    card_memory: int = Field(description="The most of a GPU's memory, in bytes; 0 where none is used.")
    runs: int = Field(description="Videos that this was learned from; 0 where only the shipped figures speak.")


class ChosenEstimateView(EstimateView):
    """With the engine that would be chosen, and why."""

    why: str
    passed_over: list[str] = Field(description="Engines that would be better, and why they are not taken.")


router = APIRouter(prefix=API, tags=["service"], responses=PROBLEMS)

Seconds = Annotated[float, Query(gt=0, le=LONGEST_SECONDS, description="Length of the sound.")]
Side = Annotated[int | None, Query(ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=2)]


@router.get("/estimate")
async def estimate(
    service: Current,
    seconds: Seconds = 10.0,
    renderer: Annotated[str, Query(max_length=64)] = AUTO,
    width: Side = None,
    height: Side = None,
    fps: Annotated[str | None, Query(max_length=32)] = None,
) -> ChosenEstimateView:
    """How long a video would take and how much memory; of the engine `auto` would choose, or of a named one."""
    side = width or height or service.settings.default_resolution
    size = Size(width or side, height or side)
    return await run_sync(_estimate, service, seconds, renderer, size, fps or service.settings.default_fps)


def _estimate(service: Service, seconds: float, renderer: str, size: Size, fps: str) -> ChosenEstimateView:
    settings = service.settings
    store, hardware, past = WeightStore.of(settings), hardware_of(settings), PastRuns(settings.data_dir)
    with about("fps"):
        try:
            rate = parse_fps(fps)
        except ValueError as error:
            raise InputError(f"The frame rate cannot be used: {error}.", cure="25 is a good choice.") from None
    found = engines(store, hardware)
    needs = {name: estimate_generation_time(seconds, name, size, rate, hardware=hardware, past=past) for name in found}
    heavy = {name: need for name, need in needs.items() if found[name].capabilities.weights}
    with named_engine():
        choice = choose(renderer, found, store, wants=Wants(needs=heavy), hardware=hardware)
    return ChosenEstimateView(**asdict(needs[choice.name]), why=choice.why, passed_over=list(choice.passed_over))
