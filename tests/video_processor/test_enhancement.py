"""Frames between the engine and the encoder: sharpened, calmed, enlarged; and who does it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import WeightsError
from avatar.types import Image, Size
from models.weights import WeightStore
from video_processor.enhancement.base import Chained, Enhancer
from video_processor.enhancement.choice import SHARP_UP_TO, EnhancementWish, choose_enhancer
from video_processor.enhancement.detail import FLICKER_LEVELS, DetailPass, calmed
from video_processor.enhancement.sharpening import OVERSHOOT_LEVELS, unsharp_mask
from video_processor.enhancement.upscaling import enlarged, upscaled_size, upscaling

LISTED = """
files:
  - key: gfpgan
    purpose: faces
    group: gfpgan
    required: false
    file: GFPGANv1.4.pth
    size: 4
    sha256: "{digest}"
    licence: Apache-2.0
    commercial: true
    source:
      url: https://example.org/GFPGANv1.4.pth
"""


def step_edge() -> Image:
    image = np.full((32, 32, 3), 90, np.uint8)
    image[:, 16:] = 160
    return image


def soft_edge() -> Image:
    """An edge as an enlarged picture has it."""
    return np.asarray(cv2.GaussianBlur(step_edge(), (0, 0), 1.2), np.uint8)


def noise(frames: int, side: int = 24, channels: int = 3) -> list[Image]:
    return list(np.random.default_rng(4).integers(0, 256, (frames, side, side, channels), dtype=np.uint8))


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    """Lists GFPGAN's checkpoint, which is not there."""
    registry = tmp_path / "weights.yaml"
    registry.write_text(LISTED.format(digest="0" * 64), encoding="utf-8")
    return WeightStore(tmp_path, registry)


def install(store: WeightStore) -> None:
    (store.folder / "GFPGANv1.4.pth").write_bytes(b"1234")


def test_sharpening_leaves_the_alpha_alone() -> None:
    sharpening = unsharp_mask(1.0)
    frame = np.dstack([step_edge(), np.tile(np.arange(32, dtype=np.uint8) * 8, (32, 1))])
    [found] = sharpening.enhance([frame])
    [opaque] = sharpening.enhance([step_edge()])
    assert np.array_equal(found[..., 3], frame[..., 3])
    assert np.array_equal(found[..., :3], opaque)


def test_an_enlarged_picture_gets_steeper_edges_and_the_same_areas() -> None:
    source: list[Image] = [step_edge(), step_edge()]

    def frames() -> Iterator[Image]:
        yield from source

    first, second = unsharp_mask(1.5).enhance(frames())
    assert np.array_equal(first, second)
    assert first.dtype == np.uint8
    assert first[16, 15, 0] < 90
    assert first[16, 16, 0] > 160
    assert np.array_equal(first[:, 0], source[0][:, 0])


def test_the_classical_pass_makes_edges_steeper_without_a_halo() -> None:
    [found] = DetailPass(1.0).enhance([soft_edge()])
    row, before = found[16, :, 0].astype(int), soft_edge()[16, :, 0].astype(int)
    assert np.diff(row).max() > np.diff(before).max()
    assert row.min() >= before.min() - OVERSHOOT_LEVELS
    assert row.max() <= before.max() + OVERSHOOT_LEVELS
    [unchanged] = DetailPass(0.0).enhance([soft_edge()])
    assert np.array_equal(unchanged, soft_edge())


def test_the_classical_pass_leaves_the_alpha_alone() -> None:
    frames = noise(3, channels=4)
    found = list(DetailPass().enhance(frames))
    assert all(np.array_equal(a[..., 3], b[..., 3]) for a, b in zip(found, frames, strict=True))


def second_difference(frames: Sequence[Image]) -> float:
    values = np.stack(frames).astype(np.float32)
    return float(np.abs(np.diff(values, 2, axis=0)).mean())


def test_flicker_is_halved_and_movement_is_not() -> None:
    rng = np.random.default_rng(2)
    still = np.full((32, 32, 3), 120, np.int16)
    flickering = [(still + rng.integers(-1, 2, still.shape)).astype(np.uint8) for _ in range(12)]
    calm = [flickering[0], *(calmed(b, a) for a, b in pairwise(flickering))]
    assert second_difference(calm[1:]) < 0.6 * second_difference(flickering[1:])
    moved = calmed(np.full((8, 8, 3), 200, np.uint8), np.full((8, 8, 3), 50, np.uint8))
    assert (moved == 200 - FLICKER_LEVELS).all()


@pytest.mark.parametrize(
    "enhancer",
    [DetailPass(0.8), unsharp_mask(1.2), Chained([DetailPass(), upscaling(Size(36, 36))]), Chained([DetailPass()] * 2)],
    ids=lambda enhancer: enhancer.name,
)
def test_chunks_are_enhanced_as_the_whole_is(enhancer: Enhancer) -> None:
    frames = noise(11)
    whole = list(enhancer.enhance(frames))
    parts: list[Image] = []
    for first, end in ((0, 1), (1, 4), (4, 11)):
        lead = min(enhancer.context_before, first)
        parts += enhancer.enhance(frames[first - lead : end], first=first, lead=lead)
    assert np.array_equal(np.stack(parts), np.stack(whole))


def test_a_chain_is_called_after_its_links_and_needs_what_they_need() -> None:
    chain = Chained([DetailPass(0.5), upscaling(Size(64, 64)), DetailPass(0.5)])
    assert chain.name == "detail-0.50+upscaled-64x64+detail-0.50"
    assert chain.context_before == 2
    assert chain.notes == ()


@pytest.mark.parametrize(
    ("drawn", "upscale", "size"),
    [
        ((512, 512), "none", (512, 512)),
        ((512, 512), "720p", (720, 720)),
        ((640, 360), "1080p", (1920, 1080)),
        ((360, 640), "720p", (720, 1280)),
        ((500, 334), "720p", (1078, 720)),
        ((1280, 1280), "1080p", (1280, 1280)),
        ((1000, 200), "1080p", (4096, 820)),
    ],
)
def test_the_file_s_shorter_side_is_what_was_asked_for(
    drawn: tuple[int, int], upscale: str, size: tuple[int, int]
) -> None:
    assert upscaled_size(Size(*drawn), upscale) == Size(*size)  # type: ignore[arg-type]


def test_an_enlarged_edge_is_steep_and_rings_no_more_than_anybody_sees() -> None:
    larger = enlarged(step_edge(), Size(64, 96))
    assert larger.shape == (96, 64, 3)
    row = larger[48, :, 1].astype(int)
    assert row.min() >= 90 - OVERSHOOT_LEVELS - 1
    assert row.max() <= 160 + OVERSHOOT_LEVELS + 1
    assert np.diff(row).max() > 30
    assert abs(int(larger[0, 0, 0]) - 90) <= 1


def test_alpha_is_enlarged_with_its_colours() -> None:
    frame = np.dstack([step_edge(), np.full((32, 32), 255, np.uint8)])
    frame[:, :16, 3] = 0
    [found] = upscaling(Size(64, 64)).enhance([frame])
    assert found.shape == (64, 64, 4)
    assert found[:, :28, 3].max() == 0
    assert found[:, 36:, 3].min() == 255


def test_a_picture_with_pixels_enough_is_left_as_it_is() -> None:
    chosen = choose_enhancer(SHARP_UP_TO)
    assert (chosen.kind, chosen.choice.name) == ("none", "none")


def test_an_enlarged_picture_is_sharpened_and_the_result_says_why() -> None:
    chosen = choose_enhancer(3.0)
    assert chosen.kind == "unsharp"
    assert chosen.choice.name == unsharp_mask(chosen.sigma).name
    assert "3.0 times" in chosen.choice.why


def test_what_is_asked_for_by_name_is_taken(store: WeightStore) -> None:
    assert choose_enhancer(3.0, EnhancementWish("none"), store).kind == "none"
    assert choose_enhancer(1.0, EnhancementWish("detail"), store).kind == "detail"
    with pytest.raises(WeightsError, match="models download gfpgan"):
        choose_enhancer(1.0, EnhancementWish("gfpgan"), store)
    install(store)
    assert choose_enhancer(1.0, EnhancementWish("gfpgan"), store).choice.why == "asked for"


def test_faces_are_restored_unasked_only_on_a_gpu_and_with_the_checkpoint(store: WeightStore) -> None:
    without = choose_enhancer(1.0, None, store, has_gpu=True)
    assert (without.kind, without.choice.passed_over) == ("none", ("gfpgan lacks its checkpoint",))
    install(store)
    slow = choose_enhancer(3.0, None, store, has_gpu=False)
    assert slow.kind == "unsharp"
    assert "without a GPU" in slow.choice.passed_over[0]
    assert choose_enhancer(3.0, None, store, has_gpu=True).kind == "gfpgan"


def test_a_checkpoint_that_may_not_be_used_restores_nothing_unasked(store: WeightStore, tmp_path: Path) -> None:
    install(store)
    bound = tmp_path / "bound.yaml"
    listed = LISTED.replace("commercial: true", "commercial: false").format(digest="0" * 64)
    bound.write_text(listed, encoding="utf-8")
    assert choose_enhancer(1.0, None, WeightStore(tmp_path, bound), has_gpu=True).kind == "none"
    assert choose_enhancer(1.0, None, WeightStore(tmp_path, bound, noncommercial=True), has_gpu=True).kind == "gfpgan"


def test_the_classical_pass_takes_over_where_the_network_fails(store: WeightStore) -> None:
    chosen = choose_enhancer(1.0, EnhancementWish("gfpgan"), store, {"gfpgan": "no numbers"})
    assert (chosen.kind, chosen.choice.name) == ("detail", "detail")
    assert chosen.choice.passed_over == ("gfpgan failed: no numbers",)
    assert choose_enhancer(1.0, EnhancementWish("none"), store, {"gfpgan": "no numbers"}).kind == "none"
