"""Which engine draws, why, and which one takes over when it fails."""

from collections.abc import Mapping
from typing import Final

from avatar.errors import InputError, RenderError
from avatar.types import Choice
from models.weights import WeightStore
from video_processor.renderers.base import Renderer
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.still import StillRenderer

AUTO: Final = "auto"


def engines(store: WeightStore, *, puppet_device: str = "cpu") -> dict[str, Renderer]:
    """Every engine by its name, best first: `auto` takes the first that can run, and each one's stand-in follows it.

    Raises `InputError` where an engine names a checkpoint that the registry of `store` lacks, and one of its kinds
    where the puppet cannot draw on `puppet_device`.
    """
    return _by_name(store, PuppetRenderer(puppet_device), StillRenderer())


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
    transparent: bool = False,
) -> Choice:
    """The engine to draw with: `wanted`, or the first that can run; an engine in `failed` gives way to the next.

    `failed` maps engines to what went wrong. A `transparent` video needs an engine with alpha. Raises `InputError` for
    an unknown name, and for an engine that lacks alpha where it is needed, `WeightsError` where the
    wanted engine lacks a checkpoint, `RenderError` with every cause where no engine is left.
    """
    failed = failed or {}
    if wanted not in (AUTO, *available):
        valid = ", ".join([AUTO, *available])
        raise InputError(f"There is no renderer '{wanted}'.", cure=f"There are: {valid}.")
    if transparent and wanted != AUTO and not available[wanted].capabilities.alpha:
        raise InputError(f"The renderer {wanted} draws no transparent videos.", cure="Choose auto, or a background.")
    if wanted != AUTO and wanted not in failed:
        for key in available[wanted].capabilities.weights:
            store.path(key)
        return Choice(wanted, "asked for")
    names = list(available)
    chain = names if wanted == AUTO else names[names.index(wanted) :]
    return _first_able(chain, available, store, failed, transparent=transparent)


def _first_able(
    chain: list[str],
    available: Mapping[str, Renderer],
    store: WeightStore,
    failed: Mapping[str, str],
    *,
    transparent: bool,
) -> Choice:
    passed_over: list[str] = []
    for name in chain:
        missing = [key for key in available[name].capabilities.weights if not store.is_present(key)]
        if name in failed:
            passed_over.append(f"{name} failed: {failed[name]}")
        elif missing:
            passed_over.append(f"{name} lacks {', '.join(missing)}")
        elif transparent and not available[name].capabilities.alpha:
            passed_over.append(f"{name} draws no transparent videos")
        else:
            return Choice(name, _reason(name, chain, failed), tuple(passed_over))
    raise RenderError(
        f"No engine could draw this video. {' '.join(passed_over)}",
        cure="`python main.py doctor` looks for the cause.",
    )


def _reason(name: str, chain: list[str], failed: Mapping[str, str]) -> str:
    broken = [other for other in chain[: chain.index(name)] if other in failed]
    if broken:
        return f"takes over, since {' and '.join(broken)} failed"
    return "the best engine that this machine can run"
