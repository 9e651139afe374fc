"""The engine that draws is the best that can, or the one asked for; a failure hands on to the next."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import InputError, RenderError, WeightsError
from avatar.types import Cutout, Portrait, RenderChunk, Size, neutral_motion
from models.weights import WeightStore
from video_processor.hybrid_generator import choose, engines
from video_processor.renderers.base import Renderer, RendererCapabilities, RenderSession
from video_processor.renderers.still import StillRenderer

NEURAL, PUPPET, STILL = "neural", "puppet", "still"


@dataclass
class Engine:
    name: str
    weights: tuple[str, ...] = ()
    capabilities: RendererCapabilities = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities = RendererCapabilities(self.name, 1, "", weights=self.weights)

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        raise NotImplementedError


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    """A folder without a single model file."""
    return WeightStore(tmp_path)


AVAILABLE: dict[str, Renderer] = {
    NEURAL: Engine(NEURAL, ("face-mesh", "iris")),
    PUPPET: Engine(PUPPET),
    STILL: Engine(STILL),
}


def test_auto_takes_the_first_that_can_run_and_says_what_the_others_lack(store: WeightStore) -> None:
    choice = choose("auto", AVAILABLE, store)
    assert choice.name == PUPPET
    assert choice.passed_over == ("neural lacks face-mesh, iris",)


def test_an_engine_that_is_asked_for_is_taken(store: WeightStore) -> None:
    assert choose(STILL, AVAILABLE, store).name == STILL


def test_an_unknown_engine_is_refused_with_the_names_of_all(store: WeightStore) -> None:
    with pytest.raises(InputError, match="magic") as caught:
        choose("magic", AVAILABLE, store)
    assert "auto, neural, puppet, still" in caught.value.cure


def test_an_engine_that_is_asked_for_without_its_files_tells_how_to_get_them(store: WeightStore) -> None:
    with pytest.raises(WeightsError, match="face-mesh") as caught:
        choose(NEURAL, AVAILABLE, store)
    assert "models download" in caught.value.cure


@pytest.mark.parametrize("wanted", ["auto", PUPPET])
def test_the_next_engine_takes_over_from_one_that_failed(wanted: str, store: WeightStore) -> None:
    choice = choose(wanted, AVAILABLE, store, {PUPPET: "out of memory"})
    assert choice.name == STILL
    assert "puppet failed" in choice.why
    assert "puppet failed: out of memory" in choice.passed_over


def test_where_all_failed_every_cause_is_told(store: WeightStore) -> None:
    with pytest.raises(RenderError, match=r"first.*second"):
        choose("auto", AVAILABLE, store, {PUPPET: "first", STILL: "second"})


def test_an_engine_before_the_one_asked_for_never_takes_over(store: WeightStore) -> None:
    with pytest.raises(RenderError, match="second"):
        choose(STILL, AVAILABLE, store, {STILL: "second"})


def test_the_shipped_engines_end_with_the_still_picture(store: WeightStore) -> None:
    found = engines(store)
    assert list(found)[-1] == STILL
    assert all(name == engine.capabilities.name for name, engine in found.items())
    assert choose("auto", found, store).name == PUPPET


def portrait(side: int) -> Portrait:
    image = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    points = np.full((478, 3), side / 2, np.float32)
    person = np.full((side, side), 255, np.uint8)
    return Portrait(image, points, person, (0.0, 0.0, 0.0), np.zeros(len(BLENDSHAPES), np.float32), side / 4, "digest")


def test_the_still_engine_shows_the_picture_for_each_frame() -> None:
    source = portrait(64)
    motion = neutral_motion(3, Fraction(25))
    chunk = RenderChunk(0, 0, 3, motion, np.zeros(1920, np.float32))
    frames = list(StillRenderer().prepare(source, Size(64, 64)).render(chunk))
    assert len(frames) == 3
    assert all(np.array_equal(frame, source.image) for frame in frames)
    frames[0][:] = 0
    assert np.array_equal(frames[1], source.image)


def test_the_still_engine_shows_a_person_without_background() -> None:
    front = np.random.default_rng(1).integers(0, 255, (64, 64, 4), dtype=np.uint8)
    source = replace(portrait(64), cutout=Cutout(front, None))
    chunk = RenderChunk(0, 0, 2, neutral_motion(2, Fraction(25)), np.zeros(1280, np.float32))
    frames = list(StillRenderer().prepare(source, Size(64, 64)).render(chunk))
    assert all(np.array_equal(frame, front) for frame in frames)


def test_a_transparent_video_needs_an_engine_with_alpha(store: WeightStore) -> None:
    flat_first: dict[str, Renderer] = {"flat": Engine("flat"), **engines(store)}
    choice = choose("auto", flat_first, store, transparent=True)
    assert (choice.name, choice.passed_over) == (PUPPET, ("flat draws no transparent videos",))
    assert choose("auto", flat_first, store).name == "flat"
    with pytest.raises(InputError, match="flat draws no transparent"):
        choose("flat", flat_first, store, transparent=True)
