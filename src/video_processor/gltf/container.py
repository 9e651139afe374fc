"""A binary glTF 2.0 file: objects in JSON, numbers and pictures in one buffer.

Source: Khronos, *glTF 2.0 Specification*: section 3.6 (buffer views, accessors, sparse ones), section 4 (GLB).
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats

MAGIC: Final = 0x46546C67
VERSION: Final = 2
JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
ALIGNMENT: Final = 4

ARRAY_BUFFER: Final = 34962
ELEMENT_ARRAY_BUFFER: Final = 34963

UNSIGNED_SHORT: Final = 5123
FLOAT: Final = 5126
TYPES: Final = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class Buffer:
    """The buffer of a file, with the views and the accessors into it; all are known by their index."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.length = 0

    def view(self, data: bytes, target: int | None = None) -> int:
        """A view of `data`, which begins at a multiple of four bytes."""
        purpose = {} if target is None else {"target": target}
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": len(data), **purpose})
        padded = data + bytes(-len(data) % ALIGNMENT)
        self.parts.append(padded)
        self.length += len(padded)
        return len(self.views) - 1

    def floats(self, values: Floats, target: int | None = None, *, bounds: bool = False) -> int:
        """An accessor of `values`: scalars (n,) or vectors (n, 2 to 4). `bounds` tells the least and the greatest."""
        rows = np.ascontiguousarray(values, "<f4")
        found = _accessor(rows, FLOAT, bounds=bounds)
        return self._add({"bufferView": self.view(rows.tobytes(), target), **found})

    def indices(self, triangles: NDArray[np.intp]) -> int:
        """An accessor of the vertices (n, 3) of triangles."""
        flat = triangles.astype("<u2").ravel()
        found = _accessor(flat, UNSIGNED_SHORT)
        return self._add({"bufferView": self.view(flat.tobytes(), ELEMENT_ARRAY_BUFFER), **found})

    def displacements(self, fields: Floats) -> list[int]:
        """Sparse accessors of fields (k, n, 3), of which only those rows are stored that are not zero."""
        rows = [np.flatnonzero(field.any(axis=1)) for field in fields]
        places = self.view(b"".join(chosen.astype("<u2").tobytes() for chosen in rows))
        moves = self.view(
            b"".join(field[chosen].astype("<f4").tobytes() for field, chosen in zip(fields, rows, strict=True))
        )
        found, before = [], 0
        for field, chosen in zip(fields, rows, strict=True):
            accessor = _accessor(field.astype("<f4"), FLOAT, bounds=True)
            if len(chosen):
                accessor["sparse"] = {
                    "count": len(chosen),
                    "indices": {"bufferView": places, "byteOffset": 2 * before, "componentType": UNSIGNED_SHORT},
                    "values": {"bufferView": moves, "byteOffset": 12 * before},
                }
            found.append(self._add(accessor))
            before += len(chosen)
        return found

    def write(self, path: Path, content: Mapping[str, Any]) -> None:
        """The file: `content`, the objects that this class does not know, and the buffer."""
        whole = {
            **content,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.length}],
        }
        text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode("ascii")
        text += b" " * (-len(text) % ALIGNMENT)
        size = 12 + 8 + len(text) + 8 + self.length
        with path.open("wb") as file:
            file.write(struct.pack("<III", MAGIC, VERSION, size))
            file.write(struct.pack("<II", len(text), JSON_CHUNK) + text)
            file.write(struct.pack("<II", self.length, BINARY_CHUNK))
            file.writelines(self.parts)

    def _add(self, accessor: dict[str, Any]) -> int:
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _accessor(values: NDArray[Any], component: int, *, bounds: bool = False) -> dict[str, Any]:
    width = 1 if values.ndim == 1 else values.shape[1]
    accessor = {"componentType": component, "count": len(values), "type": TYPES[width]}
    if bounds:
        rows = values.reshape(len(values), width)
        accessor |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
    return accessor
