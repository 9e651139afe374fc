"""What the puppet has compiled draws what its twins in NumPy do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.types import Cutout, Floats, Image, Portrait, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.renderers.puppet.fields import Grid
from video_processor.renderers.puppet.texture import texture

pytestmark = pytest.mark.skipif(native.kernels is None, reason="the package was installed without a C compiler")

FRAMES = 12
MOST_MEAN, MOST_UNLIKE, UNLIKE = 0.3, 0.001, 8
"""Of the differences in levels, and of pixels that differ by more than the last: searches for where a turned head's
pixels come from end at slightly different places."""

FAR = 2
"""Frames of poses far beyond all limits, where the map folds and both searches stray."""


def portrait_of(key: str) -> Portrait:
    whole = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    return frame_portrait(whole, Size(224, 256), "portrait")


def cut_out(portrait: Portrait) -> Portrait:
    """Before nothing: what is drawn is RGBA."""
    cover = np.full(portrait.image.shape[:2], 255, np.uint8)
    cover[:, :40] = 0
    cutout = Cutout(np.dstack([portrait.image, cover]), None)
    return replace(portrait, cutout=cutout)


def motion(portrait: Portrait) -> tuple[Floats, Floats]:
    """Blendshapes (n, 52) and poses (n, 6) of all kinds, the last ones beyond all limits."""
    random = np.random.default_rng(8)
    shapes = np.clip(portrait.rest + random.normal(0, 0.3, (FRAMES, len(BLENDSHAPES))), 0, 1)
    pose = random.normal(0, 1, (FRAMES, 6)) * [9, 12, 9, 0.05, 0.05, 0.1]
    pose[-FAR:] *= 8
    return shapes.astype(np.float32), pose.astype(np.float32)


def drawn(session: PuppetSession) -> list[Image]:
    return [session.draw(*frame) for frame in zip(*motion(session.portrait), strict=True)]


def assert_alike(session: PuppetSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames with the compiled loops and without are one but for rounding, and all move."""
    compiled = drawn(session)
    with monkeypatch.context() as patch:
        patch.setattr(native, "kernels", None)
        plain = drawn(session)
    assert all(np.abs(frame.astype(int) - compiled[0]).max() > 50 for frame in compiled[1:])
    apart = [np.abs(a.astype(int) - b) for a, b in zip(compiled, plain, strict=True)]
    assert max(float(frame.mean()) for frame in apart[:-FAR]) < MOST_MEAN
    assert max(float((frame > UNLIKE).mean()) for frame in apart[:-FAR]) < MOST_UNLIKE


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
def test_frames_are_those_of_the_twins(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_alike(build_session(portrait_of(key)), monkeypatch)


def test_so_are_frames_with_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    session = build_session(cut_out(portrait_of(ASTRONAUT)))
    assert session.still.shape[2] == 4
    assert_alike(session, monkeypatch)


def noise(height: int, width: int, channels: int = 4) -> Image:
    return np.random.default_rng(3).integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("place", [np.nan, np.inf, -np.inf, 1e30, -1e30, -3.0, 5000.0])
def test_places_outside_are_read_at_the_edge(place: float) -> None:
    whole = slice(0, 20)
    picture = texture(noise(20, 20), (whole, whole), 4, 8)
    grid = Grid(-4, -4, 7, 7, 4)
    field = np.full((7, 7, 2), place, np.float32)
    canvas = np.zeros((20, 20, 4), np.uint8)
    picture.show(grid, field, (whole, whole), canvas, (whole, whole))
    edge = picture.fine[-1, -1] if np.isfinite(place) and place > 100 else picture.fine[0, 0]
    assert np.abs(canvas.astype(int) - edge).max() <= 3
    frame = np.zeros((20, 20, 3), np.uint8)
    picture.paint(grid, field, (whole, whole), noise(20, 20), (0, 0), frame)
    assert frame.any()


@pytest.mark.parametrize("size", [(3, 5), (7, 600), (30, 1100)])
def test_any_size_and_part_is_painted(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    height, width = size
    picture = noise(height, width)
    picture[:, width // 4 : width // 2, 3] = 0
    picture[:, : width // 4, 3] = 255
    box = (slice(0, height), slice(0, width))
    layered, behind = texture(picture, box, 5, 8), noise(height, width)
    grid = Grid(-3, -3, -(-(width + 6) // 3), -(-(height + 6) // 3), 3)
    strayed = np.random.default_rng(1).normal(0, 0.7, (grid.rows, grid.columns, 2)).astype(np.float32)
    field = layered.places(grid.nodes() + strayed)
    part = (slice(1, height), slice(1, width - 1))
    frames = []
    for kernels in (native.kernels, None):
        monkeypatch.setattr(native, "kernels", kernels)
        frames.append(np.zeros((height, width, 3), np.uint8))
        layered.paint(grid, field, part, behind, (1, 1), frames[-1])
    assert np.abs(frames[0].astype(int) - frames[1]).max() <= 6
    assert not frames[0][0].any()
    assert frames[0][1:, 1:-1].any()


def test_a_size_that_does_not_fit_is_refused() -> None:
    assert native.kernels is not None
    with pytest.raises(TypeError):
        native.kernels.composed(noise(2, 2), 2, 2, "behind", 2, 0, 0, noise(2, 2, 3), 2, 0, 0)  # type: ignore[arg-type]
    with pytest.raises((BufferError, ValueError)):
        native.kernels.composed(noise(4, 4)[:, ::2], 4, 2, noise(4, 4), 4, 0, 0, noise(4, 4, 3), 4, 0, 0)


def test_what_was_compiled_from_other_sources_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = native.digest()
    (tmp_path / "module.c").write_text("int changed;")
    monkeypatch.setattr(native, "SOURCES", tmp_path)
    assert native.digest() not in (None, compiled)
    assert native._loaded() is None
