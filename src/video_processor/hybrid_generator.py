"""Which engine draws, why, and which one takes over when it fails."""

import sys
from collections.abc import Callable, Mapping
from typing import Final

from avatar.errors import ConfigurationError, InputError, MissingExtraError, RenderError
from avatar.types import Choice
from models.hardware import Hardware, plain_hardware
from models.weights import WeightStore
from video_processor.engine_lacks import Wants, lack, lacks_extra
from video_processor.estimates.estimate import estimate_generation_time
from video_processor.renderers.base import Renderer
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.sadtalker.renderer import SadTalkerRenderer
from video_processor.renderers.still import StillRenderer
from video_processor.renderers.wav2lip.renderer import Wav2LipRenderer

__all__ = ["AUTO", "Wants", "choose", "engines", "estimate_generation_time"]

AUTO: Final = "auto"

Build = Callable[[WeightStore, Hardware, PuppetRenderer], Renderer]

NEURAL: Final[Mapping[str, Build]] = {
    "sadtalker-512": lambda store, on, _: SadTalkerRenderer(store, on.computing("sadtalker-512"), 512),
    "sadtalker": lambda store, on, _: SadTalkerRenderer(store, on.computing("sadtalker"), 256),
    "wav2lip-gan": lambda store, on, puppet: Wav2LipRenderer(
        store, on.computing("wav2lip-gan"), "wav2lip-gan", puppet=puppet
    ),
    "wav2lip": lambda store, on, puppet: Wav2LipRenderer(store, on.computing("wav2lip"), "wav2lip", puppet=puppet),
}
"""The engines with networks. Building one loads nothing; `configs/profiles.yaml` says in which order they are tried."""


def engines(store: WeightStore, hardware: Hardware | None = None, *, puppet_device: str = "cpu") -> dict[str, Renderer]:
    """Every engine by its name, best first: `auto` takes the first that can run, and each one's stand-in follows it.

    On the processor where no `hardware` is given. Raises `InputError` where an engine names a checkpoint that the
    registry of `store` lacks, `ConfigurationError` where a profile names an engine that there is not, or one twice, and
    one of its kinds where the puppet cannot draw on `puppet_device`.
    """
    machine = hardware or plain_hardware()
    puppet = PuppetRenderer(puppet_device)
    _check_profile(machine)
    neural = [NEURAL[name](store, machine, puppet) for name in _neural_order(machine)]
    return _by_name(store, *neural, puppet, StillRenderer())


def _neural_order(machine: Hardware) -> list[str]:
    """Those of the profile, then those that it leaves out."""
    listed = machine.profile.engines
    return [*listed, *(name for name in NEURAL if name not in listed)]


def _check_profile(machine: Hardware) -> None:
    listed = machine.profile.engines
    for name in listed:
        if name not in NEURAL or listed.count(name) > 1:
            problem = "more than once" if name in NEURAL else "which is no engine with networks"
            raise ConfigurationError(
                f"profiles.yaml: {machine.profile_name}.engines names {name}, {problem}.",
                cure=f"There are {', '.join(NEURAL)}: name each once, or leave it out.",
            )


def _by_name(store: WeightStore, *renderers: Renderer) -> dict[str, Renderer]:
    found: dict[str, Renderer] = {}
    for renderer in renderers:
        capabilities = renderer.capabilities
        if capabilities.name in found or capabilities.name == AUTO:
            raise ValueError(f"two engines are called {capabilities.name}")
        for key in capabilities.weights:
            store.entry(key)
        found[capabilities.name] = renderer
    return found


def choose(
    wanted: str,
    available: Mapping[str, Renderer],
    store: WeightStore,
    failed: Mapping[str, str] | None = None,
    *,
    wants: Wants | None = None,
    hardware: Hardware | None = None,
) -> Choice:
    """The engine to draw with: `wanted`, or the first that can run; an engine in `failed` gives way to the next.

    `auto` begins with the best engine, or with the one that `wants` names. `failed` maps engines to what went wrong;
    `wants` is what the video asks of its engine. `hardware` is the processor where it is not given.

    Raises `InputError` for an unknown name, and for an engine that was named and cannot make such a video,
    `MissingExtraError` and `WeightsError` where that one lacks packages or a checkpoint, `RenderError` with every cause
    where no engine is left.
    """
    failed, wants, machine = failed or {}, wants or Wants(), hardware or plain_hardware()
    if wanted not in (AUTO, *available):
        valid = ", ".join([AUTO, *available])
        raise InputError(f"There is no renderer '{wanted}'.", cure=f"There are: {valid}.")
    if wanted != AUTO:
        _check_named(wanted, available[wanted], wants)
    if wanted != AUTO and wanted not in failed:
        _check_installed(wanted, available[wanted], store, machine)
        return Choice(wanted, "asked for")
    first = wants.begin_with if wanted == AUTO else wanted
    chain = list(available)[list(available).index(first) :] if first in available else list(available)
    passed_over = [f"{first} is no engine of this program"] if first and first not in available else []
    for name in chain:
        problem = f"failed: {failed[name]}" if name in failed else lack(available[name], store, machine, wants)
        if not problem:
            return Choice(name, _reason(name, chain, failed, wants.begin_with), tuple(passed_over))
        passed_over.append(f"{name} {problem}")
    raise RenderError(
        f"No engine could draw this video. {' '.join(passed_over)}",
        cure="`python main.py doctor` looks for the cause.",
    )


def _check_named(name: str, renderer: Renderer, wants: Wants) -> None:
    if wants.transparent and not renderer.capabilities.alpha:
        raise InputError(f"The renderer {name} draws no transparent videos.", cure="Choose auto, or a background.")
    if wants.film and not renderer.capabilities.films:
        raise InputError(f"The renderer {name} moves a picture, not a video.", cure="Choose auto, or give a picture.")


def _check_installed(name: str, renderer: Renderer, store: WeightStore, machine: Hardware) -> None:
    if lacks_extra(renderer, machine):
        raise MissingExtraError(
            f"The renderer {name} needs PyTorch, which is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[{renderer.capabilities.extra}]"; or choose auto.',
        )
    store.require(renderer.capabilities.weights)


def _reason(name: str, chain: list[str], failed: Mapping[str, str], begun_with: str) -> str:
    broken = [other for other in chain[: chain.index(name)] if other in failed]
    if broken:
        return f"takes over, since {' and '.join(broken)} failed"
    if begun_with == name:
        return "what the preset begins with"
    return f"the best engine {f'after {begun_with} ' if begun_with else ''}that this machine can run"
