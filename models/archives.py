"""The tensors of TorchScript archives, read without running the code that lies beside them.

Such a file is a zip archive: `NAME/data.pkl` is a pickle of the modules as records of their attributes,
`NAME/data/KEY` holds the bytes of a storage, `NAME/code/` the program. Of what a pickle may name, only records, tensors
and lists are made; anything else is refused.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from torch import Tensor, dtype

PROGRAM: Final = "__torch__."
"""What the names of an archive's own classes begin with."""

LISTS: Final = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")
STORAGES: Final = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}


def is_torchscript(path: Path) -> bool:
    """Whether the file is a zip archive that holds a program beside its data."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def archived_state(path: Path) -> "dict[str, Tensor]":
    """Every tensor of the archive's modules by its key.

    Raises `pickle.UnpicklingError` where the pickle names what no module needs, `KeyError` where a part is missing.
    """
    with zipfile.ZipFile(path) as archive:
        root = next(name for name in archive.namelist() if name.endswith("/data.pkl")).removesuffix("data.pkl")
        modules = _Reader(archive, root).load()
    return dict(_tensors(modules, ""))


class _Record:
    """A module: its attributes by their names."""

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.attributes = state if isinstance(state, dict) else {}


class _Reader(pickle.Unpickler):
    """Knows the names of `_known` alone."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{root}data.pkl")))
        self._archive, self._root = archive, root
        self._storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(PROGRAM):
            return _Record
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle" and name in LISTS:
            return list
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"it wants to run {module}.{name}")

    def persistent_load(self, pid: Any) -> "Tensor":
        """A storage as a flat tensor; several tensors may lie in one."""
        import torch

        _, kind, key, *_ = pid
        if key not in self._storages:
            content = bytearray(self._archive.read(f"{self._root}data/{key}"))
            form: dtype = getattr(torch, kind)
            self._storages[key] = torch.frombuffer(content, dtype=form) if content else torch.empty(0, dtype=form)
        return self._storages[key]


def _tensor(storage: "Tensor", offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> "Tensor":
    return storage.as_strided(size, stride, offset)


def _tensors(record: Any, place: str) -> "Iterator[tuple[str, Tensor]]":
    import torch

    for name, value in record.attributes.items():
        if isinstance(value, torch.Tensor):
            yield f"{place}{name}", value
        elif isinstance(value, _Record):
            yield from _tensors(value, f"{place}{name}.")
