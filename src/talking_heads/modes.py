"""What `quality_mode` and `device` mean."""

from dataclasses import dataclass
from typing import Final, Literal

from avatar.types import Size
from talking_heads.speaker import Finish

QualityMode = Literal["standard", "high"]


@dataclass(frozen=True, slots=True)
class Mode:
    """The video's size, and how it is written."""

    name: str
    size: Size
    finish: Finish


MODES: Final[dict[str, Mode]] = {
    "standard": Mode("standard", Size(1280, 720), Finish(crf=20, preset="veryfast", audio_bitrate=128_000)),
    "high": Mode("high", Size(1920, 1080), Finish(crf=17, preset="medium", audio_bitrate=192_000)),
}


def mode_of(quality_mode: str) -> Mode:
    """Raises ValueError, which lists the modes."""
    if quality_mode not in MODES:
        raise ValueError(f"There is no quality mode '{quality_mode}'. There are: {', '.join(MODES)}.")
    return MODES[quality_mode]


def device_of(device: str) -> str:
    """The device as PyTorch names it. Raises RuntimeError where this machine has none such, or no PyTorch."""
    try:
        import torch
    except ImportError:
        raise RuntimeError('PyTorch is not installed. Run: pip install -e ".[neural]".') from None
    try:
        torch.zeros(1, device=torch.device(device))
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise RuntimeError(
            f"The device '{device}' cannot be used: {reason}. Give device=\"cpu\", or look with `nvidia-smi`."
        ) from None
    return device
