"""`auto` begins with the engine that a preset names, and goes on from there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from avatar.types import Portrait, Size
from models.weights import WeightStore
from video_processor.hybrid_generator import Wants, choose
from video_processor.renderers.base import Renderer, RendererCapabilities, RenderSession

BEST, NEURAL, PLAIN = "best", "neural", "plain"


class _Engine:
    def __init__(self, name: str, weights: tuple[str, ...] = ()) -> None:
        self.capabilities = RendererCapabilities(name, 1, "", weights=weights)

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        raise NotImplementedError


ENGINES: Final[Mapping[str, Renderer]] = {
    BEST: _Engine(BEST),
    NEURAL: _Engine(NEURAL, ("face-mesh", "iris")),
    PLAIN: _Engine(PLAIN),
}


def test_it_falls_back_with_reasons_where_the_first_lacks_its_checkpoint(tmp_path: Path) -> None:
    choice = choose("auto", ENGINES, WeightStore(tmp_path), wants=Wants(begin_with=NEURAL))
    assert (choice.name, choice.passed_over) == (PLAIN, ("neural lacks face-mesh, iris",))
    assert choice.why == "the best engine after neural that this machine can run"


def test_it_takes_the_first_where_it_can_run_although_there_are_better_ones(tmp_path: Path) -> None:
    choice = choose("auto", ENGINES, WeightStore(tmp_path), wants=Wants(begin_with=PLAIN))
    assert (choice.name, choice.why, choice.passed_over) == (PLAIN, "what the preset begins with", ())


def test_an_engine_that_there_is_not_is_passed_over(tmp_path: Path) -> None:
    choice = choose("auto", ENGINES, WeightStore(tmp_path), wants=Wants(begin_with="other"))
    assert (choice.name, choice.passed_over) == (BEST, ("other is no engine of this program",))


def test_an_engine_that_is_named_is_taken_whatever_the_preset_begins_with(tmp_path: Path) -> None:
    assert choose(BEST, ENGINES, WeightStore(tmp_path), wants=Wants(begin_with=PLAIN)).why == "asked for"
