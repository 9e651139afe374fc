"""Where the networks of this process compute, and how much of everything they take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from avatar.errors import ConfigurationError
from avatar.settings import ComputePrecision, Settings
from models.computing import Computing, Precision
from models.devices import CPU, CUDA, MPS, Device, devices, has_torch, processor
from models.instructions import AMX, AVX512
from models.profiles import AUTO, Profile, ProfileName, load_profiles, profile_for

GIBIBYTE: Final = 1 << 30

QUICKER_IN_BF16: Final[Mapping[str, frozenset[str]]] = {
    "wav2lip": frozenset({AMX, AVX512}),
    "wav2lip-gan": frozenset({AMX, AVX512}),
    "sadtalker": frozenset({AMX}),
    "sadtalker-512": frozenset({AMX}),
    "gfpgan": frozenset({AMX}),
}
"""Networks that were measured to be quicker in bfloat16 on a processor, by the instructions with which they are.

Without them the forms in fp32 are, which take fewer products.
"""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The device of the networks, and why it is that; the profile of its memory; whether PyTorch is installed."""

    device: Device
    profile_name: ProfileName
    profile: Profile
    why: str = "it was asked for"
    has_torch: bool = field(default=True)
    wanted_precision: ComputePrecision = AUTO

    def precision(self, network: str) -> Precision:
        """What was asked for, else the quickest that is accurate enough."""
        if self.wanted_precision != AUTO:
            return self.wanted_precision
        if self.device.kind == CPU:
            return "bf16" if QUICKER_IN_BF16.get(network, frozenset()) & set(self.device.flags) else "fp32"
        return self.device.precision

    def computing(self, network: str) -> Computing:
        """How `network` computes here. Raises `ConfigurationError` where the profile's batches lack it."""
        if network not in self.profile.batches:
            raise ConfigurationError(
                f"profiles.yaml: {self.profile_name}.batches lacks {network}.",
                cure=f"Say there how many frames it takes at once, 1 or more, as `{network}: 1`.",
            )
        return Computing(self.device.name, self.precision(network), self.profile.batches[network])


def plain_hardware() -> Hardware:
    """The processor, whatever else there is."""
    return Hardware(processor(), "cpu", load_profiles().cpu, has_torch=has_torch())


def hardware_of(settings: Settings) -> Hardware:
    """What COMPUTE_DEVICE, COMPUTE_PRECISION and GPU_PROFILE stand for here, with the memory that is free now.

    `auto` chooses once for a process, so that its networks stay together. Raises `ConfigurationError` for a device
    that there is not.
    """
    found = devices()
    name, why = _lasting_choice(settings.compute_device)
    device = next((one for one in found if one.name == name), found[-1])
    profile_name, profile = profile_for(device, settings.gpu_profile)
    return Hardware(device, profile_name, profile, why, has_torch(), settings.compute_precision)


@lru_cache(maxsize=8)
def _lasting_choice(wanted: str) -> tuple[str, str]:
    device, why = choose_device(wanted, devices())
    return device.name, why


def choose_device(wanted: str, found: Sequence[Device]) -> tuple[Device, str]:
    """The device that `wanted` names among `found`, of which the last is the processor; and why.

    `cuda` and `auto` take the card with the most free memory, of equal ones the least busy. Raises
    `ConfigurationError` where there is no such device.
    """
    cards = sorted((one for one in found if one.kind == CUDA), key=_least_loaded)
    if wanted == AUTO:
        return _best(cards, found)
    if wanted == CUDA and cards:
        return cards[0], "it was asked for" if len(cards) == 1 else f"the least loaded of {len(cards)} cards"
    for device in found:
        if device.name == wanted:
            return device, "it was asked for"
    raise ConfigurationError(
        f"COMPUTE_DEVICE is {wanted}, and networks can use {', '.join(one.name for one in found)} here.",
        cure="Set it to one of these, or to auto; the GPUs of a machine need the extra `neural` and their driver.",
    )


def _best(cards: Sequence[Device], found: Sequence[Device]) -> tuple[Device, str]:
    if cards:
        return cards[0], "the only card" if len(cards) == 1 else f"the least loaded of {len(cards)} cards"
    apple = next((one for one in found if one.kind == MPS), None)
    return (apple, "the GPU of this machine") if apple else (found[-1], "there is no GPU that PyTorch can use")


def _least_loaded(card: Device) -> tuple[int, float]:
    """Free memory in whole gibibytes: a smaller difference says nothing."""
    return -(card.free // GIBIBYTE), card.load or 0.0


def largest_transcriber(settings: Settings) -> str:
    """The most able Whisper checkpoint that may be used: what the setting says, or for `auto` the profile."""
    if settings.largest_transcriber_size != AUTO:
        return settings.largest_transcriber_size
    return _lasting_profile(settings.compute_device, settings.gpu_profile)[1].largest_transcriber_size


def transcriber_device(settings: Settings) -> str:
    """Where Whisper runs: what the setting says, or for `auto` the profile; `cuda:1` where that card is chosen."""
    if settings.transcriber_device != AUTO:
        return settings.transcriber_device
    name, profile = _lasting_profile(settings.compute_device, settings.gpu_profile)
    return name if profile.transcriber_device == CUDA and name.startswith(CUDA) else CPU


@lru_cache(maxsize=8)
def _lasting_profile(compute_device: str, gpu_profile: str) -> tuple[str, Profile]:
    """The device's name and the profile, which stay the same while the process lives."""
    name, _ = _lasting_choice(compute_device)
    device = next((one for one in devices() if one.name == name), processor())
    return name, profile_for(device, gpu_profile)[1]


def forget_choices() -> None:
    """The next question looks at the machine anew."""
    _lasting_choice.cache_clear()
    _lasting_profile.cache_clear()
