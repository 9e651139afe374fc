"""How much of a frame's mouth is the network's: all of it in speech, none in silence, where the puppet's stays shut."""

from math import ceil
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, RenderChunk
from video_processor.renderers.puppet.fields import ease
from video_processor.renderers.wav2lip.sound import ChunkSound

JAW: Final = BLENDSHAPE_INDEX["jawOpen"]
LIPS: Final = tuple(
    BLENDSHAPE_INDEX[name]
    for name in (
        "mouthFunnel",
        "mouthPucker",
        "mouthRollLower",
        "mouthRollUpper",
        "mouthLowerDownLeft",
        "mouthLowerDownRight",
        "mouthUpperUpLeft",
        "mouthUpperUpRight",
        "tongueOut",
    )
)
JAW_AT_WORK, LIPS_AT_WORK = (0.02, 0.07), (0.10, 0.25)
"""Over these stretches of `jawOpen`, and of what the lips' shapes add to those of the picture, a mouth goes from rest
to speech."""

HOLD_SECONDS, FADE_SECONDS = 0.08, 0.08
"""A mouth counts as speaking this long before and after it does, so that lips that meet in a word do not; and passes
into silence and out of it over the second."""


def reach(fps: float) -> tuple[int, int]:
    """Frames on either side whose speech holds, and over which it fades, one at least."""
    return max(1, ceil(HOLD_SECONDS * fps)), max(1, ceil(FADE_SECONDS * fps))


def voicing(chunk: RenderChunk, rest: Floats, sound: ChunkSound) -> Floats:
    """The network's share (count,) of each of the chunk's own frames, 0..1.

    `rest` (52,): the blendshapes that the picture shows. A frame is silent where neither the motion speaks nor
    anything is heard, nor in the frames around it.
    """
    hold, fade = reach(float(chunk.motion.fps))
    own = np.arange(chunk.count) + chunk.lead
    frames = np.clip(np.arange(own[0] - hold - fade, own[-1] + hold + fade + 1), 0, len(chunk.motion) - 1)
    known, places = np.unique(frames, return_inverse=True)
    heard = [sound.loudness(chunk.first - chunk.lead + int(frame)) for frame in known]
    speaks = np.maximum(_at_work(chunk.motion.blendshapes[known], rest), np.asarray(heard, np.float32))[places]
    held = _around(speaks, hold).max(axis=1)
    weights = np.bartlett(2 * fade + 3)[1:-1]
    share = _around(held, fade) @ (weights / weights.sum())
    return ease(0.0, 1.0, np.asarray(np.round(share, 6), np.float32))


def _at_work(shapes: Floats, rest: Floats) -> Floats:
    """How much the mouths of blendshapes (n, 52) speak (n,)."""
    jaw = ease(*JAW_AT_WORK, shapes[:, JAW])
    lips = ease(*LIPS_AT_WORK, (shapes - rest)[:, LIPS].max(axis=1))
    return np.maximum(jaw, lips)


def _around(values: Floats, reach: int) -> Floats:
    """Each value with `reach` on either side (n - 2 reach, 2 reach + 1)."""
    return np.lib.stride_tricks.sliding_window_view(values, 2 * reach + 1)
