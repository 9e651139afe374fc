"""What GPU_PROFILE stands for: engines, batches and the sizes of speech models by a card's memory."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT
from models.devices import Device

PROFILES_FILE: Final = PROJECT_ROOT / "configs" / "profiles.yaml"
AUTO: Final = "auto"
BYTES_PER_GIGABYTE: Final = 1e9

ProfileName = Literal["cpu", "low", "medium", "high"]
BatchSize = Annotated[int, Field(ge=1, le=4096)]


class Profile(BaseModel):
    """`engines`: those with networks that `auto` may take, best first. `batches`: frames at once by network."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    from_gigabytes: float = Field(0.0, ge=0)
    engines: tuple[str, ...] = Field(strict=False)
    batches: dict[str, BatchSize]
    largest_transcriber_size: str
    transcriber_device: Literal["cpu", "cuda"]


class Profiles(BaseModel):
    """The whole of `configs/profiles.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cpu: Profile
    low: Profile
    medium: Profile
    high: Profile


@lru_cache(maxsize=4)
def load_profiles(path: Path = PROFILES_FILE) -> Profiles:
    """Raises `ConfigurationError`, which names the first wrong value."""
    try:
        return Profiles.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}, not {first['input']!r}"
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
    raise ConfigurationError(f"{path.name}: {problem}.", cure=f"Correct {path}.")


def profile_for(device: Device, wanted: str, profiles: Profiles | None = None) -> tuple[ProfileName, Profile]:
    """The profile `wanted`, or for `auto` the one of the card's memory; a machine without a card has its own."""
    known = profiles or load_profiles()
    if not device.is_gpu:
        return "cpu", known.cpu
    by_memory: tuple[tuple[ProfileName, Profile], ...] = (("high", known.high), ("medium", known.medium))
    for name, profile in by_memory:
        if name == wanted or (wanted == AUTO and device.total >= profile.from_gigabytes * BYTES_PER_GIGABYTE):
            return name, profile
    return "low", known.low
