"""The network from levelled log-mel to lips, in NumPy, fed piece by piece.

Two frames of 10 ms make a step of 20 ms. An input convolution and dilated residual convolutions (S. Bai et al.
2018, *An empirical evaluation of generic convolutional and recurrent networks*, sections 3.2 to 3.4), each of
three taps; the first few see one step ahead each, the rest none. A linear head gives both frames of each step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats
from models.visemes.mel import HALF_WINDOW, MEL_BANDS

STEP_FRAMES: Final = 2
TAPS: Final = 3
DILATIONS: Final = (1, 1, 1, 2, 2, 4, 4, 1)
"""Of the input convolution and of the seven after it, in steps."""

AHEAD_STEPS: Final = (1, 1, 1, 0, 0, 0, 0, 0)
"""Steps after the present one that each sees."""

VISEME_OUTPUTS: Final = 15
CURVE_OUTPUTS: Final = 4
OUTPUTS: Final = VISEME_OUTPUTS + CURVE_OUTPUTS
"""Scores of the visemes, then opening, width, rounding and the score of closure."""

NETWORK_AHEAD_SECONDS: Final = (
    (sum(AHEAD_STEPS) + 1) * STEP_FRAMES * HOP_SAMPLES + HALF_WINDOW - HOP_SAMPLES
) / SAMPLE_RATE_HZ
"""How far past a frame's time the sound must be known before the network can tell its outputs: 82.5 ms."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution: `weight` (3 x inputs, outputs), oldest tap first; `bias` (outputs,)."""

    weight: Floats
    bias: Floats
    dilation: int
    ahead: int
    residual: bool

    @property
    def reach(self) -> int:
        """Steps from the oldest tap to the newest."""
        return (TAPS - 1) * self.dilation


@dataclass(frozen=True, slots=True)
class Network:
    """The layers, a head (channels, 2 x 19), and mean opening and width of each viseme (15, 2)."""

    layers: tuple[Layer, ...]
    head_weight: Floats
    head_bias: Floats
    shapes: Floats


class NetworkStream:
    """One pass of a network over a sound; the same whatever the pieces in which the frames come."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._odd: Floats = np.empty((0, MEL_BANDS), np.float32)
        inputs = [len(layer.weight) // TAPS for layer in network.layers]
        self._kept: list[Floats] = [
            np.zeros((layer.reach - layer.ahead, width), np.float32)
            for layer, width in zip(network.layers, inputs, strict=True)
        ]

    def push(self, levelled: Floats) -> Floats:
        """Levelled frames (n, 64); the outputs (m, 19) of the frames that have become sure."""
        frames = np.concatenate([self._odd, levelled])
        whole = len(frames) // STEP_FRAMES * STEP_FRAMES
        self._odd = frames[whole:]
        steps = frames[:whole].reshape(-1, STEP_FRAMES * MEL_BANDS)
        for index in range(len(self._network.layers)):
            steps = self._convolved(index, steps)
        return self._outputs(steps)

    def flush(self) -> Floats:
        """The outputs of the last frames; after the end there is nothing. An odd last frame has a silent second."""
        if len(self._odd):
            self._odd = np.concatenate([self._odd, self._odd[-1:]])
        steps = self._odd.reshape(-1, STEP_FRAMES * MEL_BANDS)
        self._odd = self._odd[:0]
        for index, layer in enumerate(self._network.layers):
            after = np.zeros((layer.ahead, steps.shape[1]), np.float32)
            steps = self._convolved(index, np.concatenate([steps, after]))
        return self._outputs(steps)

    def _convolved(self, index: int, steps: Floats) -> Floats:
        """Steps that layer `index` gives for new ones; what it needs of them later is kept."""
        layer = self._network.layers[index]
        known = np.concatenate([self._kept[index], steps])
        count = max(0, len(known) - layer.reach)
        self._kept[index] = known[count:]
        if not count:
            return np.empty((0, len(layer.bias)), np.float32)
        taps = [known[tap * layer.dilation : tap * layer.dilation + count] for tap in range(TAPS)]
        result: Floats = np.maximum(np.hstack(taps) @ layer.weight + layer.bias, 0.0)
        if layer.residual:
            here = layer.reach - layer.ahead
            result += known[here : here + count]
        return result

    def _outputs(self, steps: Floats) -> Floats:
        raw: Floats = steps @ self._network.head_weight + self._network.head_bias
        frames: Floats = raw.reshape(-1, OUTPUTS)
        return frames
