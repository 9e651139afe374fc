"""What keeps an engine from making a video on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.hardware import Hardware
from models.memory import Memory, machine_memory
from models.weights import FileState, WeightStore
from video_processor.estimates.estimate import Estimate
from video_processor.renderers.base import Renderer

GIGABYTE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Wants:
    """What a video asks of its engine: alpha where it is `transparent`, and a `film` in place of a picture.

    `needs` are estimates of what engines take, for those whose memory is to be looked at. `begin_with` is the engine
    that `auto` begins with; empty for the best.
    """

    transparent: bool = False
    film: bool = False
    needs: Mapping[str, Estimate] = field(default_factory=dict)
    begin_with: str = ""


def lacks_extra(renderer: Renderer, hardware: Hardware) -> bool:
    """Whether the engine needs PyTorch, and it is not installed."""
    return bool(renderer.capabilities.extra) and not hardware.has_torch


def lack(renderer: Renderer, store: WeightStore, hardware: Hardware, wants: Wants) -> str:
    """Why `auto` cannot take this engine, to stand behind its name; empty where it can."""
    known = renderer.capabilities
    if lacks_extra(renderer, hardware):
        return f"needs the extra `{known.extra}`"
    if known.name in hardware.profile.batches and known.name not in hardware.profile.engines:
        return f"is left out of the profile {hardware.profile_name}"
    if problem := _of_files(known.weights, store):
        return problem
    if known.wants_gpu and not hardware.device.is_gpu:
        return "wants a GPU"
    if wants.transparent and not known.alpha:
        return "draws no transparent videos"
    if wants.film and not known.films:
        return "moves a picture, not a video"
    need = wants.needs.get(known.name)
    return "" if need is None else _of_memory(need, hardware)


def _of_files(keys: tuple[str, ...], store: WeightStore) -> str:
    states = {key: store.state(key) for key in keys}
    absent = [key for key, state in states.items() if state is FileState.MISSING]
    damaged = [f"{key} (it is damaged)" for key, state in states.items() if state is FileState.DAMAGED]
    unchecked = [f"{key} ({store.lack(key)})" for key, state in states.items() if state is FileState.UNCHECKED]
    if absent or damaged or unchecked:
        return f"lacks {', '.join([*absent, *damaged, *unchecked])}"
    bound = [key for key in keys if not store.may_use(key)]
    if not bound:
        return ""
    return f"may not be used: the licence of {', '.join(bound)} forbids commercial use (ALLOW_NONCOMMERCIAL_WEIGHTS)"


def _of_memory(need: Estimate, hardware: Hardware) -> str:
    card = Memory(hardware.device.free, hardware.device.total)
    if need.card_memory and card.total and card.free < need.card_memory:
        return f"needs about {_gigabytes(need.card_memory)} of the GPU's memory, and {_gigabytes(card.free)} are free"
    memory = machine_memory()
    if memory is not None and memory.free < need.memory:
        return f"needs about {_gigabytes(need.memory)} of memory, and {_gigabytes(memory.free)} are free"
    return ""


def _gigabytes(count: float) -> str:
    return f"{count / GIGABYTE:.1f} GB"
