"""Frames by the batch on a GPU, through PyTorch.

The coarse grids and the small patches of eyes and mouth are made as on the processor; what is done for every pixel
(expanding the maps, sampling the texture, composing with the background) is done for many frames at once. Frames
equal those of the processor to 2/255.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from avatar.errors import ConfigurationError, MissingExtraError
from avatar.types import FaceMotion, Floats, Image, RenderChunk
from video_processor.renderers.puppet.engine import PuppetSession
from video_processor.renderers.puppet.fields import Box, Grid, is_empty, within
from video_processor.renderers.puppet.stage import Plan

BATCH: Final = 16
"""Frames at once: enough to fill a GPU, few enough for its memory at 4K."""


def torch_device(name: str) -> Any:
    """The PyTorch device of that name. Raises `MissingExtraError` without PyTorch, `ConfigurationError` without it."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            f"PUPPET_DEVICE is {name}, but PyTorch is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[neural]"; or set PUPPET_DEVICE=cpu.',
        ) from None
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ConfigurationError(
            f"PUPPET_DEVICE is {name}, which PyTorch cannot use here: {reason}.",
            cure="`nvidia-smi` shows the GPUs of this machine; without one set PUPPET_DEVICE=cpu.",
        ) from None
    return device


class BatchSession:
    """A puppet's session whose pixels are made on `device`. Safe for threads."""

    def __init__(self, session: PuppetSession, device: Any) -> None:
        import torch

        self.session = session
        self._torch, self._device = torch, device
        stage = session.stage
        self._texture = self._planes(stage.texture.fine)[None]
        self._behind = None if session.behind is None else self._planes(session.behind[..., :3])
        self._still = torch.from_numpy(session.still).to(device)
        height, width = stage.texture.fine.shape[:2]
        self._to_unit = torch.tensor([2 / (width - 1), 2 / (height - 1)], device=device)

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, as the puppet's own session gives them."""
        motion = chunk.own_motion
        for first in range(0, len(motion), BATCH):
            yield from self.draw(motion[first : first + BATCH])

    def draw(self, motion: FaceMotion) -> Sequence[Image]:
        """The frames of a stretch of motion, all at once."""
        session, stage = self.session, self.session.stage
        plans, patches = [], []
        for n, (shapes, pose) in enumerate(zip(motion.blendshapes, motion.pose, strict=True)):
            plan, features = session.plan(shapes, pose)
            plans.append(plan)
            if is_empty(features.box):
                continue
            patch, maps = plan.shown(features.box)
            features.draw(patch, maps)
            patches.append((n, features.box, patch))
        canvas = self._sampled(plans)
        for n, box, patch in patches:
            rows, columns = within(box, stage.box)
            canvas[n, :, rows, columns] = self._planes(patch)
        frames = self._still.expand(len(plans), *self._still.shape).clone()
        frames[:, stage.box[0], stage.box[1]] = self._composed(canvas).permute(0, 2, 3, 1).to(self._torch.uint8)
        return list(frames.cpu().numpy())

    def _sampled(self, plans: Sequence[Plan]) -> Any:
        """The texture through the plans' maps over the stage's box: (n, 4, h, w), whole numbers."""
        stage, functional = self.session.stage, self._torch.nn.functional
        places = self._expanded(stage.head.grid, [plan.head for plan in plans], stage.box)
        for n, plan in enumerate(plans):
            rows, columns = within(plan.seen, stage.box)
            places[n, :, rows, columns] = self._expanded(plan.face_grid, [plan.face], plan.seen)[0]
        unit = places.permute(0, 2, 3, 1) * self._to_unit - 1
        texture = self._texture.expand(len(plans), *self._texture.shape[1:])
        found = functional.grid_sample(texture, unit, "bilinear", "border", align_corners=True)
        return found.round()

    def _expanded(self, grid: Grid, fields: Sequence[Floats], box: Box) -> Any:
        """Fields (rows, columns, 2) at every pixel of `box`: (n, 2, h, w)."""
        nodes = self._torch.from_numpy(np.stack(fields)).to(self._device).permute(0, 3, 1, 2)
        size = [grid.rows * grid.step, grid.columns * grid.step]
        wide = self._torch.nn.functional.interpolate(nodes, size, mode="bilinear", align_corners=False)
        rows, columns = within(box, grid.box)
        return wide[:, :, rows, columns]

    def _composed(self, canvas: Any) -> Any:
        """`canvas` (n, 4, h, w) over what lies behind it: (n, 3, h, w), or itself where nothing does."""
        if self._still.shape[-1] == canvas.shape[1]:
            return canvas
        if self._behind is None:
            return canvas[:, :3]
        return (self._behind + (canvas[:, :3] - self._behind) * (canvas[:, 3:] / 255)).round()

    def _planes(self, picture: Image) -> Any:
        """(h, w, k) as float planes (k, h, w)."""
        return self._torch.from_numpy(np.ascontiguousarray(picture)).to(self._device).permute(2, 0, 1).float()
