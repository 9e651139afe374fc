"""State dicts from files, in every wrapping that checkpoints of this field come in, and how they reach a network."""

import pickle
import re
import struct
import textwrap
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from avatar.errors import MissingExtraError, MissingWeightsError, WeightsError
from models.archives import archived_state, is_torchscript
from models.downloads import download_command
from models.sources import load_registry

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    State = dict[str, Tensor]

Network = TypeVar("Network", bound="Module")

WRAPPERS: Final = ("params_ema", "state_dict", "model_state_dict", "params", "model")
"""Names under which training code keeps a state dict, the ones that are meant for inference first."""

PARALLEL_PREFIX: Final = "module."
"""What DataParallel puts before every key."""

NEURAL_CURE: Final = 'Run pip install "avatar-orchestrator[neural]".'
COUNTER: Final = "num_batches_tracked"
SHOWN_KEYS: Final = 3
HEADER_BYTES: Final = 9
ZIP_MAGIC: Final = b"PK\x03\x04"
LONGEST_SAID: Final = 200
NEITHER: Final = "it is neither a zip archive nor a pickle that PyTorch wrote"


def read_state(path: Path, *, under: Sequence[str] = (), prefix: str = "") -> "State":
    """The tensors of the file at `path` by their keys, on the processor.

    Safetensors, `torch.save` (new and old form, read with `weights_only=True`) and TorchScript archives. A state dict
    that lies in another dict is looked for under the names of `under`, then under the usual ones. `module.` before
    every key goes. With `prefix` those keys alone, without it. Raises `WeightsError` where no such state is found.
    """
    state = _without(PARALLEL_PREFIX, _unwrapped(path, _content(path), under))
    if not prefix:
        return state
    found = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    if not found:
        raise WeightsError(f"{path} is another checkpoint: no key begins with '{prefix}'.", cure=_cure(path))
    return found


def fill(network: "Module", state: "State", path: Path) -> None:
    """Give `network` the tensors of `state`, which came from `path`; every key must be there and of the same shape.

    Only the counters of batch norms may lack, which nothing reads: old files have none. Raises `WeightsError`, which
    names the first keys that differ.
    """
    own = network.state_dict()
    wanted = {key: tuple(value.shape) for key, value in own.items() if key in state or not key.endswith(COUNTER)}
    found = {key: tuple(value.shape) for key, value in state.items()}
    if problem := _difference(wanted, found):
        raise WeightsError(f"{path} is another checkpoint: {problem}.", cure=_cure(path))
    network.load_state_dict({key: state.get(key, value) for key, value in own.items()}, strict=True)


def unfilled(build: Callable[[], Network]) -> Network:
    """The network that `build` makes, its tensors left as memory holds them: for `fill`, in less time.

    Not for networks with buffers that no state dict has.
    """
    import torch

    with torch.device("meta"):
        network = build()
    network.to_empty(device="cpu")
    for name, value in network.named_buffers():
        if name.endswith(COUNTER):
            value.zero_()
    return network


def _difference(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]) -> str:
    shapes = [
        f"{key} is {found[key]}, not {wanted[key]}" for key in wanted if key in found and wanted[key] != found[key]
    ]
    parts = (
        ("it lacks", [key for key in wanted if key not in found]),
        ("it has besides", [key for key in found if key not in wanted]),
        ("shapes differ:", shapes),
    )
    return "; ".join(f"{what} {_shown(keys)}" for what, keys in parts if keys)


def _shown(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - SHOWN_KEYS} more" if len(keys) > SHOWN_KEYS else ""
    return ", ".join(keys[:SHOWN_KEYS]) + more


def _content(path: Path) -> Any:
    """What the file holds. A file that is no checkpoint raises whatever its reader stumbles on."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError(f"{path.name} needs PyTorch to be read.", cure=NEURAL_CURE) from None
    if not path.is_file():
        raise MissingWeightsError(f"The checkpoint {path} is missing.", cure=_cure(path))
    head = _head(path)
    if reason := _no_checkpoint(path, head):
        raise _unreadable(path, reason)
    try:
        if _is_safetensors(path):
            from safetensors.torch import load_file

            return load_file(path)
        if is_torchscript(path):
            return archived_state(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except pickle.UnpicklingError as error:
        raise _unreadable(path, _of_pickle(str(error), head)) from None
    except (EOFError, LookupError, struct.error):
        raise _unreadable(path, "it is damaged, or no checkpoint at all") from None
    except Exception as error:
        raise _unreadable(path, _of_reader(error, head)) from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEADER_BYTES)


def _no_checkpoint(path: Path, head: bytes) -> str:
    """What a file plainly is that no reader needs to look at; empty where it may be a checkpoint."""
    size = path.stat().st_size
    if not size:
        return "it is empty"
    if head.startswith(ZIP_MAGIC) and not zipfile.is_zipfile(path):
        return f"its archive breaks off after {size:,} bytes"
    return "it is a web page" if head.lstrip().startswith(b"<") else ""


def _of_pickle(said: str, head: bytes) -> str:
    """What PyTorch's long words about a pickle that names more than tensors come to."""
    found = re.search(r"(?:GLOBAL|wants to run) ([\w.]+)", said)
    if found:
        return f"it wants to run {found[1]}, which no weights need"
    return "its pickle is damaged" if head.startswith(ZIP_MAGIC) else NEITHER


def _of_reader(error: Exception, head: bytes) -> str:
    """What another failure of a reader comes to: its first line, or plain words where that is about PyTorch alone."""
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    if said.startswith(("Weights only load failed", "Invalid magic number")):
        return "its pickle is damaged" if head.startswith(ZIP_MAGIC) else NEITHER
    return textwrap.shorten(said, LONGEST_SAID, placeholder=" ...")


def _unreadable(path: Path, reason: str) -> WeightsError:
    return WeightsError(f"{path} cannot be read as a checkpoint: {reason.rstrip('.')}.", cure=_cure(path))


def _is_safetensors(path: Path) -> bool:
    """Eight bytes of length, then a JSON object."""
    head = _head(path)
    return len(head) == HEADER_BYTES and head[-1:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size


def _unwrapped(path: Path, content: Any, under: Sequence[str]) -> "State":
    import torch

    for _ in range(3):
        if not isinstance(content, Mapping):
            break
        inner = next((content[name] for name in (*under, *WRAPPERS) if isinstance(content.get(name), Mapping)), None)
        if inner is None:
            state = {str(key): value for key, value in content.items() if isinstance(value, torch.Tensor)}
            if state:
                return state
            break
        content = inner
    wrappers = " or ".join(f"'{name}'" for name in under) or "the usual names"
    raise WeightsError(f"{path} holds no state dict, neither plain nor under {wrappers}.", cure=_cure(path))


def _without(prefix: str, state: "State") -> "State":
    if all(key.startswith(prefix) for key in state):
        return {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def _cure(path: Path) -> str:
    """Names the key where the registry has a file of that name."""
    key = next((file.key for file in load_registry().files if file.file == path.name), "KEY")
    return f"`python main.py models verify` tells which files are right; {download_command([key])} brings one anew."
