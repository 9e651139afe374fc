"""What `quality_mode` and `device` mean."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from avatar.errors import ConfigurationError
from avatar.settings import Settings
from avatar.types import Size
from models.devices import devices
from models.hardware import Hardware, hardware_of
from orchestrator.presets import Coding, load_presets
from talking_heads.builtin_errors import existing

QualityMode = Literal["standard", "high"]
NAMES: tuple[QualityMode, ...] = ("standard", "high")


@dataclass(frozen=True, slots=True)
class Mode:
    """The video's size, and how picture and sound are encoded."""

    name: str
    size: Size
    coding: Coding


def mode_of(quality_mode: str) -> Mode:
    """That of the preset with the same name. Raises ValueError, which lists the modes."""
    if quality_mode not in NAMES:
        raise ValueError(f"There is no quality mode '{quality_mode}'. There are: {', '.join(NAMES)}.")
    preset = load_presets()[quality_mode]
    sides = preset.sides("auto")
    return Mode(quality_mode, Size(*(sides or (preset.shorter_side, preset.shorter_side))), preset.coding)


def hardware_on(device: str, settings: Settings) -> Hardware:
    """The device as the networks use it. Raises RuntimeError where this machine has none such, or no PyTorch."""
    try:
        hardware = hardware_of(settings.model_copy(update={"compute_device": device}))
    except ConfigurationError:
        raise RuntimeError(
            f"The device '{device}' cannot be used: this machine has only "
            f'{", ".join(one.name for one in devices())}. Give device="cpu", or look with `nvidia-smi`.'
        ) from None
    if not hardware.has_torch:
        raise RuntimeError('PyTorch is not installed. Run: pip install -e ".[neural]"')
    return hardware


def checked_arguments(picture: str | Path, quality_mode: str, **counts: int) -> tuple[Path, Mode]:
    """The picture's path and the mode. Raises FileNotFoundError, and ValueError for a count that is less than 1."""
    image, mode = existing(picture, "picture"), mode_of(quality_mode)
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} is {value}; it must be 1 or more.")
    return image, mode
