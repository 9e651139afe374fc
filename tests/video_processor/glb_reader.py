"""A binary glTF read back by its specification, for tests."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avatar.types import Image

COMPONENTS: dict[int, Any] = {5123: np.dtype("<u2"), 5126: np.dtype("<f4")}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Glb:
    content: dict[str, Any]
    buffer: bytes

    @property
    def mesh(self) -> dict[str, Any]:
        return dict(self.content["meshes"][0])

    @property
    def primitive(self) -> dict[str, Any]:
        return dict(self.mesh["primitives"][0])

    def points(self) -> Any:
        return self.accessor(self.primitive["attributes"]["POSITION"])

    def moves(self) -> dict[str, Any]:
        """What each morph target adds to the points, by its name."""
        found = [self.accessor(target["POSITION"]) for target in self.primitive["targets"]]
        return dict(zip(self.mesh["extras"]["targetNames"], found, strict=True))

    def triangles(self) -> Any:
        return self.accessor(self.primitive["indices"]).reshape(-1, 3)

    def curve(self, path: str) -> tuple[Any, Any]:
        """Times and values of the animation of a property of the only node."""
        animation = self.content["animations"][0]
        (channel,) = (c for c in animation["channels"] if c["target"] == {"node": 0, "path": path})
        sampler = animation["samplers"][channel["sampler"]]
        assert sampler["interpolation"] == "LINEAR"
        return self.accessor(sampler["input"]), self.accessor(sampler["output"])

    def accessor(self, index: int) -> Any:
        accessor = self.content["accessors"][index]
        kind, width, count = COMPONENTS[accessor["componentType"]], WIDTHS[accessor["type"]], accessor["count"]
        values = np.zeros((count, width), kind)
        if "bufferView" in accessor:
            values = self._numbers(accessor, kind, count * width).reshape(count, width).copy()
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            rows = self._numbers(sparse["indices"], COMPONENTS[sparse["indices"]["componentType"]], sparse["count"])
            assert (np.diff(rows.astype(int)) > 0).all()
            values[rows] = self._numbers(sparse["values"], kind, sparse["count"] * width).reshape(-1, width)
        if "min" in accessor:
            np.testing.assert_array_equal(values.min(axis=0), np.array(accessor["min"], kind))
            np.testing.assert_array_equal(values.max(axis=0), np.array(accessor["max"], kind))
        return values[:, 0] if width == 1 else values

    def view(self, index: int) -> bytes:
        view = self.content["bufferViews"][index]
        start = view.get("byteOffset", 0)
        return self.buffer[start : start + view["byteLength"]]

    def picture(self) -> Image:
        """The texture, RGB."""
        image = self.content["images"][0]
        assert image["mimeType"] == "image/jpeg"
        decoded = cv2.imdecode(np.frombuffer(self.view(image["bufferView"]), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        return np.asarray(decoded[..., ::-1], np.uint8)

    def _numbers(self, place: dict[str, Any], kind: np.dtype[Any], count: int) -> Any:
        return np.frombuffer(self.view(place["bufferView"]), kind, count, place.get("byteOffset", 0))


def read_glb(path: Path) -> Glb:
    data = path.read_bytes()
    magic, version, length, json_length, json_kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, json_kind) == (b"glTF", 2, len(data), b"JSON")
    text, rest = data[20 : 20 + json_length], data[20 + json_length :]
    binary_length, binary_kind = struct.unpack_from("<I4s", rest)
    assert (binary_kind, binary_length) == (b"BIN\0", len(rest) - 8)
    assert json_length % 4 == binary_length % 4 == 0
    return Glb(json.loads(text), rest[8:])
