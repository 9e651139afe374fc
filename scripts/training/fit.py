"""Trains the network on examples; one thread, one seed, one result."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.visemes.network import VISEME_OUTPUTS
from scripts.training.examples import Example
from scripts.training.network import LipNetwork

CROP_FRAMES: Final = 320
BATCH: Final = 16
LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 0.01
CURVE_WEIGHTS: Final = (12.0, 8.0, 5.0)
"""Of the squared errors of opening, width and rounding."""

CLOSURE_WEIGHT: Final = 1.2
VISEME_WEIGHT: Final = 0.25
PHONE_WEIGHT: Final = 0.35
LARGEST_WARP: Final = 0.05
FILTER_POINTS: Final = 6
FILTER_DEVIATION: Final = 0.15

PROGRESS_STEPS: Final = 100


def fitted(
    examples: Sequence[Example], steps: int, seed: int, say: Callable[[str], None] = lambda _: None
) -> LipNetwork:
    """The network after `steps` batches of random crops."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = LipNetwork()
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    running = 0.0
    for step in range(steps):
        loss = _loss(network, *_batch(examples, random))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        running += float(loss.detach())
        if (step + 1) % PROGRESS_STEPS == 0:
            say(f"batch {step + 1} of {steps}: loss {running / PROGRESS_STEPS:.4f}")
            running = 0.0
    network.eval()
    return network


def _batch(examples: Sequence[Example], random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Levelled frames, lips, classes and whether a frame exists, of one crop each of some examples."""
    chosen = [examples[i] for i in random.integers(len(examples), size=BATCH)]
    levelled = np.zeros((BATCH, CROP_FRAMES, chosen[0].levelled.shape[1]), np.float32)
    lips = np.zeros((BATCH, CROP_FRAMES, chosen[0].lips.shape[1]), np.float32)
    phones = np.zeros((BATCH, CROP_FRAMES), np.int64)
    exists = np.zeros((BATCH, CROP_FRAMES), np.float32)
    for row, item in enumerate(chosen):
        first = int(random.integers(max(1, len(item.phones) - CROP_FRAMES + 1)))
        part = slice(first, first + CROP_FRAMES)
        count = len(item.phones[part])
        levelled[row, :count], lips[row, :count] = _varied(item.levelled[part], random), item.lips[part]
        phones[row, :count], exists[row, :count] = item.phones[part], 1.0
    return torch.from_numpy(levelled), torch.from_numpy(lips), torch.from_numpy(phones), torch.from_numpy(exists)


def _varied(levelled: NDArray[np.float16], random: np.random.Generator) -> NDArray[np.float32]:
    """Levelled frames (n, 64) through another mild filter, bands moved up or down by up to 5 %."""
    bands = levelled.shape[1]
    at = np.clip(np.arange(bands) * np.exp(random.uniform(-LARGEST_WARP, LARGEST_WARP)), 0, bands - 1.001)
    low = at.astype(int)
    share = (at - low).astype(np.float32)
    moved = levelled[:, low] * (1 - share) + levelled[:, low + 1] * share
    points = random.normal(scale=FILTER_DEVIATION, size=FILTER_POINTS)
    tilt = np.interp(np.linspace(0, FILTER_POINTS - 1, bands), np.arange(FILTER_POINTS), points)
    result: NDArray[np.float32] = (moved + tilt).astype(np.float32)
    return result


def _loss(network: LipNetwork, levelled: Tensor, lips: Tensor, phones: Tensor, exists: Tensor) -> Tensor:
    scores, classes = network(levelled)
    visemes, curves = scores[..., :VISEME_OUTPUTS], scores[..., VISEME_OUTPUTS:]
    wanted_visemes, wanted = lips[..., :VISEME_OUTPUTS], lips[..., VISEME_OUTPUTS:]
    errors = torch.square(curves[..., :3] - wanted[..., :3]) @ torch.tensor(CURVE_WEIGHTS)
    closure = functional.binary_cross_entropy_with_logits(curves[..., 3], wanted[..., 3], reduction="none")
    viseme = -(wanted_visemes * torch.log_softmax(visemes, dim=-1)).sum(dim=-1)
    phone = functional.cross_entropy(classes.flatten(0, 1), phones.flatten(), reduction="none").reshape(phones.shape)
    total = errors + CLOSURE_WEIGHT * closure + VISEME_WEIGHT * viseme + PHONE_WEIGHT * phone
    return (total * exists).sum() / exists.sum()
