"""An ONNX graph that grows node by node, with random weights."""

import math
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 20
IR_VERSION: Final = 10
"""The newest that onnxruntime 1.20 reads."""


class Graph:
    """Nodes and weights of a graph; a value is the name of what a node gives. Weights are normal, by `seed`."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._names = count()
        self.parameters = 0

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.ops(kind, *inputs, outputs=1, **attributes)[0]

    def ops(self, kind: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        names = [f"v{next(self._names)}" for _ in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = f"c{next(self._names)}"
        self._weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def weight(self, *shape: int, scale: float | None = None) -> str:
        """By default so that what comes out of a layer is about as large as what goes in."""
        spread = 1 / math.sqrt(math.prod(shape[1:]) or 1) if scale is None else scale
        values: NDArray[np.float32] = self._rng.normal(0.0, spread, shape).astype(np.float32)
        self.parameters += values.size
        return self.constant(values)

    def linear(self, x: str, inside: int, outside: int) -> str:
        """Over the last axis."""
        return self.op("Add", self.op("MatMul", x, self.weight(inside, outside)), self.weight(outside, scale=0.01))

    def convolution(self, x: str, inside: int, outside: int, kernel: int, **attributes: Any) -> str:
        pads = attributes.pop("pads", [(kernel - 1) * attributes.get("dilations", [1])[0] // 2] * 2)
        weight = self.weight(outside, inside // attributes.get("group", 1), kernel)
        return self.op("Conv", x, weight, self.weight(outside, scale=0.01), pads=pads, **attributes)

    def layer_norm(self, x: str, size: int) -> str:
        return self.op("LayerNormalization", x, self.constant(np.ones(size)), self.constant(np.zeros(size)))

    def lstm(self, x: str, inside: int, outside: int) -> str:
        """Both ways over `x` (time, 1, inside): (time, 1, outside)."""
        half = outside // 2
        weights = (self.weight(2, 4 * half, inside), self.weight(2, 4 * half, half), self.weight(2, 8 * half, scale=0))
        y = self.op("LSTM", x, *weights, hidden_size=half, direction="bidirectional")
        return self.op("Reshape", self.op("Transpose", y, perm=[0, 2, 1, 3]), self.integers(0, 0, outside))

    def save(self, path: Path, inputs: Sequence[Any], outputs: dict[str, tuple[str, int, Sequence[Any]]]) -> None:
        """`outputs`: the name of each, its value, its type and its shape."""
        for name, (value, _, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        told = [helper.make_tensor_value_info(name, kind, shape) for name, (_, kind, shape) in outputs.items()]
        graph = helper.make_graph(self._nodes, "kokoro", list(inputs), told, self._weights)
        opsets = [helper.make_opsetid("", OPSET)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION), path)


def value(name: str, kind: int, *shape: Any) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


FLOAT: Final = TensorProto.FLOAT
INT64: Final = TensorProto.INT64
