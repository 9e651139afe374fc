"""The networks that this process holds: each is loaded once, whoever asks for it."""

import threading
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

Network = TypeVar("Network")


class LoadedNetworks:
    """Networks by name. Safe for threads; the first that asks for a network builds it, others wait for it.

    The name of one that belongs to an engine is a tuple that begins with the engine's own name.
    """

    def __init__(self) -> None:
        self._networks: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, name: Hashable, build: Callable[[], Network]) -> Network:
        """The network called `name`, which `build` makes where it is not there. Raises what `build` raises."""
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            network = self._networks.get(name)
            if network is None:
                network = self._networks[name] = build()
            return cast(Network, network)

    def release(self, *names: Hashable) -> None:
        """Forgets these networks, or all where none is named; whoever uses one keeps it until then."""
        with self._lock:
            for name in names or tuple(self._networks):
                self._networks.pop(name, None)

    def release_of(self, engine: str) -> None:
        """Forgets all networks of an engine."""
        with self._lock:
            for name in _names_of(engine, self._networks):
                self._networks.pop(name, None)

    def __len__(self) -> int:
        return len(self._networks)

    def __contains__(self, name: Hashable) -> bool:
        return name in self._networks


def _names_of(engine: str, names: Iterable[Hashable]) -> list[Hashable]:
    return [name for name in names if isinstance(name, tuple) and name[:1] == (engine,)]


def file_mark(path: Path) -> Hashable:
    """What tells a checkpoint, a file or a folder of them, from any other and from what lay there before."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return tuple(_mark(file) for file in files)


def _mark(file: Path) -> tuple[str, int, int]:
    resolved = file.resolve()
    try:
        found = resolved.stat()
    except FileNotFoundError:
        return str(resolved), 0, 0
    return str(resolved), found.st_mtime_ns, found.st_size


class BorrowedNetworks(LoadedNetworks):
    """Those of `owner`, of which `release` forgets no others than were asked for here."""

    def __init__(self, owner: LoadedNetworks) -> None:
        super().__init__()
        self._owner = owner
        self._asked: set[Hashable] = set()

    def get(self, name: Hashable, build: Callable[[], Network]) -> Network:
        self._asked.add(name)
        return self._owner.get(name, build)

    def release(self, *names: Hashable) -> None:
        asked = [name for name in names or tuple(self._asked) if name in self._asked]
        if asked:
            self._owner.release(*asked)
        self._asked.difference_update(asked)

    def release_of(self, engine: str) -> None:
        if names := _names_of(engine, self._asked):
            self.release(*names)

    def __contains__(self, name: Hashable) -> bool:
        return name in self._asked and name in self._owner


_OF_PROCESS = LoadedNetworks()


def process_networks() -> LoadedNetworks:
    """Those of this process."""
    return _OF_PROCESS
