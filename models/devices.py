"""The devices of this machine that networks can compute on.

Cards are asked after through their driver, so that a process that draws nothing need not load PyTorch, nor take memory
of a card. Nothing here raises for what a machine lacks.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from models.computing import Precision
from models.instructions import usable
from models.memory import machine_memory

Kind = Literal["cpu", "cuda", "mps"]

CPU: Final = "cpu"
CUDA: Final = "cuda"
MPS: Final = "mps"

QUERY: Final = (
    "--query-gpu=index,uuid,name,memory.total,memory.free,utilization.gpu,compute_cap",
    "--format=csv,noheader,nounits",
)
DRIVER_TIMEOUT_S: Final = 10
MEBIBYTE: Final = 1 << 20
CARD_ORDER: Final = "CUDA_DEVICE_ORDER"
BY_BUS: Final = "PCI_BUS_ID"
"""The order in which the driver counts cards; CUDA's own is the quickest first."""

PART: Final = "MIG-"
"""What names of a part of a card begin with, whose memory the driver does not tell in its list of cards."""

CARD_PLACES: Final = (Path("/dev/nvidia0"), Path("/dev/kfd"))
"""What the drivers of NVIDIA's and AMD's cards put up."""

CPUINFO: Final = Path("/proc/cpuinfo")
BF16_CAPABILITY: Final = 8.0
FP16_CAPABILITY: Final = 7.0
"""Compute capabilities of cards that multiply such numbers at full speed: Ampere, and Volta."""


@dataclass(frozen=True, slots=True)
class Device:
    """`name` as PyTorch has it (`cpu`, `cuda:0`, `mps`); `label` is the product's. Memory in bytes.

    `precision` is the quickest that is accurate enough here. `load` (0..1) is how busy a card is; None where nobody
    tells. `flags` are the processor's instructions for bfloat16 that may be used, see `models.instructions`.
    """

    name: str
    label: str
    free: int = 0
    total: int = 0
    precision: Precision = "fp32"
    load: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def is_gpu(self) -> bool:
        return self.kind != CPU


def has_torch() -> bool:
    """Whether PyTorch is installed; it is not loaded."""
    return importlib.util.find_spec("torch") is not None


def devices() -> tuple[Device, ...]:
    """Those that networks can use now, GPUs first in PyTorch's order, the processor last.

    Sets CUDA_DEVICE_ORDER where nobody has, so that PyTorch counts the cards as their driver does.
    """
    return (*_cards(), *_apple(), processor())


def processor() -> Device:
    """The processor, with the machine's memory."""
    memory = machine_memory()
    lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines() if CPUINFO.exists() else []
    known = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines if ":" in line}
    flags = usable(known.get("flags", "").split())
    label = known.get("model name") or platform.processor() or platform.machine() or "processor"
    free, total = (memory.free, memory.total) if memory else (0, 0)
    return Device(CPU, label, free, total, "bf16" if flags else "fp32", flags=flags)


def _apple() -> tuple[Device, ...]:
    """The GPU of an Apple chip, which shares the machine's memory."""
    if platform.system() != "Darwin" or platform.machine() != "arm64" or not has_torch():
        return ()
    memory = machine_memory()
    return (Device(MPS, "Apple GPU", *((memory.free, memory.total) if memory else (0, 0))),)


def _cards() -> tuple[Device, ...]:
    by_bus = _count_by_bus()
    if not has_torch() or not _built_for_cards():
        return ()
    told = _driver_answer()
    if told is None:
        return _torch_cards() if any(place.exists() for place in CARD_PLACES) else ()
    seen = _visible(_read(told))
    if seen is None or (len(seen) > 1 and not by_bus):
        return _torch_cards()
    return seen


def _count_by_bus() -> bool:
    """Whether CUDA counts cards as their driver does; it is told to, unless it has begun or was told otherwise."""
    cuda: Any = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        os.environ.setdefault(CARD_ORDER, BY_BUS)
    return os.environ.get(CARD_ORDER) == BY_BUS


def _built_for_cards() -> bool:
    """Whether this PyTorch can use NVIDIA's cards or AMD's; it is read, not loaded."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return re.search(r"^(cuda|hip)\b[^=]*= *'", text, re.MULTILINE) is not None


def _driver_answer() -> str | None:
    """What NVIDIA's driver tells of its cards; None where there is none, or it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run([program, *QUERY], check=True, capture_output=True, text=True, timeout=DRIVER_TIMEOUT_S)  # noqa: S603 - a program of the system, found on its path
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _read(told: str) -> list[tuple[str, str, Device | None]]:
    """Index, number and card for each line of the driver's answer; a line of another form is left out.

    None stands for a card whose memory the driver does not tell, such as one that shares the machine's.
    """
    found: list[tuple[str, str, Device | None]] = []
    for line in told.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != 7 or not fields[0].isdigit():
            continue
        index, uuid, name, total, free, load, capability = fields
        if not total.isdigit() or not free.isdigit():
            found.append((index, uuid, None))
            continue
        precision = _precision(_number(capability))
        busy = _number(load)
        card = Device(
            CUDA, name, int(free) * MEBIBYTE, int(total) * MEBIBYTE, precision, None if busy is None else busy / 100
        )
        found.append((index, uuid, card))
    return found


def _visible(cards: list[tuple[str, str, Device | None]]) -> tuple[Device, ...] | None:
    """As PyTorch counts them: CUDA_VISIBLE_DEVICES names those that it sees, by index or the start of their number.

    None where the driver's answer does not tell enough of them.
    """
    chosen = [card for _, _, card in cards]
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is not None:
        chosen = []
        for name in filter(None, map(str.strip, wanted.split(","))):
            match = [card for index, uuid, card in cards if name == index or (len(name) > 4 and uuid.startswith(name))]
            if not match and name.startswith(PART):
                return None
            if not match:
                break
            chosen += match[:1]
    known = [card for card in chosen if card is not None]
    if len(known) < len(chosen) or not cards:
        return None
    return tuple(
        Device(f"{CUDA}:{place}", card.label, card.free, card.total, card.precision, card.load)
        for place, card in enumerate(known)
    )


def _torch_cards() -> tuple[Device, ...]:
    """As PyTorch tells, which takes a little of each card's memory to ask."""
    try:
        import torch

        return tuple(_torch_card(torch.cuda, place) for place in range(torch.cuda.device_count()))
    except Exception:
        return ()


def _torch_card(cuda: Any, place: int) -> Device:
    known = cuda.get_device_properties(place)
    free, total = cuda.mem_get_info(place)
    try:
        load = cuda.utilization(place) / 100
    except Exception:
        load = None
    precision = _precision(float(f"{known.major}.{known.minor}"))
    return Device(f"{CUDA}:{place}", known.name, free, total, precision, load)


def _precision(capability: float | None) -> Precision:
    """bfloat16 has the range of float32, so that no value overflows; older cards have float16 alone."""
    if capability is None or capability < FP16_CAPABILITY:
        return "fp32"
    return "bf16" if capability >= BF16_CAPABILITY else "fp16"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
