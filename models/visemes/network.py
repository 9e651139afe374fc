"""The network from levelled log-mel to lips, in NumPy, fed piece by piece.

Two frames of 10 ms make a step of 20 ms. An input convolution and dilated residual convolutions (S. Bai et al.
2018, *An empirical evaluation of generic convolutional and recurrent networks*, sections 3.2 to 3.4), each of
three taps; the first few see one step ahead each, the rest none. A linear head gives both frames of each step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from avatar.types import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats
from models.visemes.mel import HALF_WINDOW, MEL_BANDS

STEP_FRAMES: Final = 2
TAPS: Final = 3
DILATIONS: Final = (1, 1, 1, 2, 2, 4, 4, 1)
"""Of the input convolution and of the seven after it, in steps."""

AHEAD_STEPS: Final = (1, 1, 1, 0, 0, 0, 0, 0)
"""Steps after the present one that each sees."""

BLOCK_STEPS: Final = 64
"""So many steps go through a layer at once at most."""

FEW_STEPS: Final = 2
"""So few are quicker multiplied one by one."""

VISEME_OUTPUTS: Final = 15
CURVE_OUTPUTS: Final = 4
OUTPUTS: Final = VISEME_OUTPUTS + CURVE_OUTPUTS
"""Scores of the visemes, then opening, width, rounding and the score of closure."""

NETWORK_AHEAD_SECONDS: Final = (
    (sum(AHEAD_STEPS) + 1) * STEP_FRAMES * HOP_SAMPLES + HALF_WINDOW - HOP_SAMPLES
) / SAMPLE_RATE_HZ
"""How far past a frame's time the sound must be known before the network can tell its outputs: 82.5 ms."""

_ZERO: Final = np.zeros((), np.float32)


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


class _Convolution:
    """A layer that keeps what it needs of the steps that were pushed, at most `BLOCK_STEPS` at a time."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._width = len(layer.weight) // TAPS
        self._steps = np.zeros((layer.reach + BLOCK_STEPS, self._width), np.float32)
        step, item = self._steps.strides
        self._taps = as_strided(
            self._steps, (BLOCK_STEPS, TAPS, self._width), (step, layer.dilation * step, item), writeable=False
        )
        self._begin, self._end = 0, layer.reach - layer.ahead

    @property
    def silence(self) -> Floats:
        """The steps (ahead, inputs) after the end."""
        return np.zeros((self._layer.ahead, self._width), np.float32)

    def push(self, steps: Floats) -> Floats:
        """The steps that the layer gives with these."""
        self._keep(steps)
        layer, begin = self._layer, self._begin
        count = max(0, self._end - begin - layer.reach)
        taps = self._taps[begin : begin + count].reshape(count, TAPS * self._width)
        result: Floats = np.vecmat(taps, layer.weight) if count <= FEW_STEPS else taps @ layer.weight
        result += layer.bias
        np.maximum(result, _ZERO, out=result)
        if layer.residual:
            here = begin + layer.reach - layer.ahead
            result += self._steps[here : here + count]
        self._begin += count
        return result

    def _keep(self, steps: Floats) -> None:
        end = self._end + len(steps)
        if end > len(self._steps):
            kept = self._end - self._begin
            self._steps[:kept] = self._steps[self._begin : self._end]
            self._begin, end = 0, kept + len(steps)
        self._steps[end - len(steps) : end] = steps
        self._end = end


class NetworkStream:
    """One pass of a network over a sound; the same whatever the pieces in which the frames come."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._odd: Floats = np.empty((0, MEL_BANDS), np.float32)
        self._layers = [_Convolution(layer) for layer in network.layers]

    def push(self, levelled: Floats) -> Floats:
        """Levelled frames (n, 64); the outputs (m, 19) of the frames that have become sure."""
        frames = np.concatenate([self._odd, levelled])
        whole = len(frames) // STEP_FRAMES * STEP_FRAMES
        self._odd = frames[whole:]
        steps = frames[:whole].reshape(-1, STEP_FRAMES * MEL_BANDS)
        if len(steps) <= BLOCK_STEPS:
            return self._outputs(self._convolved(steps))
        blocks = (steps[first : first + BLOCK_STEPS] for first in range(0, len(steps), BLOCK_STEPS))
        return self._outputs(np.concatenate([self._convolved(block) for block in blocks]))

    def flush(self) -> Floats:
        """The outputs of the last frames; after the end there is nothing. An odd last frame has a silent second."""
        if len(self._odd):
            self._odd = np.concatenate([self._odd, self._odd[-1:]])
        steps = self._odd.reshape(-1, STEP_FRAMES * MEL_BANDS)
        self._odd = self._odd[:0]
        for layer in self._layers:
            steps = layer.push(np.concatenate([steps, layer.silence]))
        return self._outputs(steps)

    def _convolved(self, steps: Floats) -> Floats:
        for layer in self._layers:
            steps = layer.push(steps)
        return steps

    def _outputs(self, steps: Floats) -> Floats:
        raw: Floats = steps @ self._network.head_weight + self._network.head_bias
        frames: Floats = raw.reshape(-1, OUTPUTS)
        return frames
