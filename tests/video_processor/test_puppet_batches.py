"""Frames by the batch equal those of the processor, on whatever device PyTorch finds."""

import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import ConfigurationError, MissingExtraError
from avatar.types import Cutout, FaceMotion, Portrait, RenderChunk, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.batches import BATCH, BatchSession, torch_device
from video_processor.renderers.puppet.engine import build_session
from video_processor.renderers.puppet.renderer import PuppetRenderer

torch = pytest.importorskip("torch")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
FRAMES = BATCH + 3
CLOSEST = 2


def portrait_of(key: str) -> Portrait:
    whole = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    return frame_portrait(whole, Size(192, 256), "portrait")


def lively(portrait: Portrait) -> RenderChunk:
    """Everything at once: talking, blinking, looking about and turning, one frame of it at rest."""
    t = np.linspace(0, 1, FRAMES, dtype=np.float32)
    shapes = np.tile(portrait.rest, (FRAMES, 1)).astype(np.float32)
    for name in ("jawOpen", "eyeBlinkLeft", "browInnerUp", "eyeLookOutLeft", "eyeLookInRight", "tongueOut"):
        shapes[1:, BLENDSHAPE_INDEX[name]] = t[1:]
    pose = np.outer(t, [12, -18, 15, 0.05, 0.05, 0.1]).astype(np.float32)
    return RenderChunk(0, 0, FRAMES, FaceMotion(Fraction(25), shapes, pose), np.zeros(0, np.float32))


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
@pytest.mark.parametrize("ground", ["own", "new", "none"])
def test_batches_equal_single_frames(key: str, ground: str) -> None:
    portrait = portrait_of(key)
    if ground != "own":
        cover = np.where(portrait.person[..., None] > 127, 255, 90).astype(np.uint8)
        front = np.concatenate([portrait.image, cover], axis=2)
        behind = np.full_like(portrait.image, 40)
        share = cover.astype(np.float32) / 255
        image = np.rint(portrait.image * share + behind * (1 - share)).astype(np.uint8)
        portrait = replace(portrait, image=image, cutout=Cutout(front, behind if ground == "new" else None))
    session, chunk = build_session(portrait), lively(portrait)
    single = np.stack(list(session.render(chunk))).astype(int)
    together = np.stack(list(BatchSession(session, torch.device(DEVICE)).render(chunk)))
    assert together.shape == single.shape
    assert together.dtype == np.uint8
    difference = np.abs(together - single)
    assert difference.max() <= CLOSEST
    assert np.abs(single[-1] - single[0]).max() > 50


def test_the_renderer_draws_where_it_is_told() -> None:
    portrait = portrait_of(GRACE_HOPPER)
    session = PuppetRenderer(f"{DEVICE}:0").prepare(portrait, portrait.size)
    assert isinstance(session, BatchSession)
    chunk = lively(portrait)
    assert len(list(session.render(replace(chunk, count=2)))) == 2


@pytest.mark.parametrize("name", ["cuda:99", "nonsense"])
def test_a_device_that_is_not_there_is_named_with_its_cure(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"PUPPET_DEVICE is {name}") as caught:
        torch_device(name)
    assert "PUPPET_DEVICE=cpu" in caught.value.cure


def test_without_torch_the_command_that_installs_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="PyTorch is not installed") as caught:
        PuppetRenderer("cuda")
    assert "[neural]" in caught.value.cure
