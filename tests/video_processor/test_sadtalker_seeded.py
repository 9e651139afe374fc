"""SadTalker's own networks, with weights that follow from their names, draw a portrait that is told to move.

Such weights draw noise, at 128 pixels to be quick: what is tested is that sound, motion and picture reach every
network in its own form.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import RenderError
from avatar.types import Image, Portrait, RenderChunk, neutral_motion
from models.acceleration import made_ready
from models.computing import Computing
from models.sadtalker.drawing import drawing_on
from models.sadtalker.networks import SadTalkerNetworks
from models.states import fill, unfilled
from tests.face_models import GRACE_HOPPER
from tests.seeded_weights import seeded_state
from tests.video_processor.sadtalker_factory import framed, sound_of
from video_processor.renderers.sadtalker.session import SadTalkerSession, build_session
from video_processor.renderers.sadtalker.view import view_of

pytest.importorskip("torch")
pytestmark = pytest.mark.slow

PIXELS = 128
FPS = Fraction(25)


@pytest.fixture(scope="module")
def networks() -> SadTalkerNetworks:
    import torch

    from models.sadtalker.expression import ExpressionNetwork
    from models.sadtalker.generator import Generator
    from models.sadtalker.keypoints import KeypointNetwork
    from models.sadtalker.mapping import FULL_COEFFICIENTS, MappingNetwork
    from models.sadtalker.reconstruction import ReconstructionNetwork

    def made(build: Callable[[], torch.nn.Module], name: str) -> torch.nn.Module:
        network = unfilled(build)
        state = {key: torch.from_numpy(np.array(value)) for key, value in seeded_state("sadtalker", name).items()}
        fill(network, state, Path(name))
        ready: torch.nn.Module = made_ready(network, Computing())
        return ready

    return SadTalkerNetworks(
        audio2exp=made(ExpressionNetwork, "audio2exp"),
        audio2pose=None,
        mapping=made(lambda: MappingNetwork(FULL_COEFFICIENTS), "mapping_still"),
        kp_extractor=made(KeypointNetwork, "kp_extractor"),
        generator=made(Generator, "generator"),
        recon=made(ReconstructionNetwork, "face_3drecon"),
        size=PIXELS,
        computing=Computing(),
        drawing=drawing_on(Computing()),
    )


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return framed(GRACE_HOPPER, 256, 256)


@pytest.fixture(scope="module")
def session(networks: SadTalkerNetworks, portrait: Portrait) -> SadTalkerSession:
    return build_session(portrait, view_of(portrait), networks, PIXELS)


def drawn(session: SadTalkerSession, yaw: float) -> Image:
    motion = neutral_motion(1, FPS, session.portrait.rest)
    motion = replace(motion, pose=np.array([[0, yaw, 0, 0, 0, 0]], np.float32))
    return next(iter(session.render(RenderChunk(0, 0, 1, motion, sound_of(1, FPS)))))


def test_the_networks_draw_frames_that_follow_the_head(session: SadTalkerSession, portrait: Portrait) -> None:
    mask, inside = session.paste.mask, session.paste.view.inside
    assert mask is not None
    at_rest, turned = drawn(session, 0), drawn(session, 20)
    assert at_rest.shape == portrait.image.shape
    for frame in (at_rest, turned):
        assert np.array_equal(frame[inside][mask == 0], portrait.image[inside][mask == 0])
    assert np.abs(at_rest.astype(int) - turned)[inside][mask > 0.5].mean() > 0.2
    assert session.semantics.shape == (73,)
    assert np.isfinite(session.semantics).all()


def test_weights_that_are_no_numbers_end_in_an_error(networks: SadTalkerNetworks, session: SadTalkerSession) -> None:
    import torch

    bias = networks.audio2exp.mapping1.bias
    before = bias.detach().clone()
    with torch.no_grad():
        bias.fill_(torch.nan)
    try:
        with pytest.raises(RenderError, match="expression"):
            drawn(session, 0)
    finally:
        with torch.no_grad():
            bias.copy_(before)
