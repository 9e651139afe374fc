"""Engines that draw: where and how they would compute, what they lack, and what a video would take."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from api.rest.inputs import about
from avatar.errors import InputError, WeightsError
from avatar.settings import Settings
from avatar.types import Size
from models.devices import CPU
from models.downloads import download_command
from models.hardware import Hardware, hardware_of
from models.weights import FileState, WeightStore
from video_processor.engine_lacks import lack, lacks_extra
from video_processor.estimates.estimate import estimate_generation_time
from video_processor.estimates.past import PastRuns
from video_processor.hybrid_generator import AUTO, Wants, choose, engines
from video_processor.renderers.base import Renderer

READY: Final = "It needs no model file of its own."
SHOWN_SECONDS: Final = 10.0
"""Of speech, whose time and memory each engine shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingEngine:
    """An engine; `is_auto` where `auto` means this one, `licence` that of its model files, None where it has none.

    `passed_over` is why `auto` cannot take it, None where it can. `estimate` is for ten seconds of speech.
    """

    name: str
    available: bool
    is_auto: bool
    why: str
    summary: str
    licence: str | None
    device: str
    precision: str
    extra: str | None
    lacks: tuple[str, ...]
    passed_over: str | None
    estimate: dict[str, Any]


def drawing_engines(settings: Settings) -> list[DrawingEngine]:
    """Every engine, best first."""
    store, hardware = WeightStore.of(settings), hardware_of(settings)
    available = engines(store, hardware)
    auto = choose(AUTO, available, store, hardware=hardware).name
    return [_engine(engine, store, hardware, auto, settings) for engine in available.values()]


@contextmanager
def named_engine() -> Iterator[None]:
    """That the engine which a request names lacks its model files is a problem of the request's `renderer`."""
    with about("renderer"):
        try:
            yield
        except WeightsError as error:
            raise InputError(error.message, cure=error.cure) from None


def _engine(engine: Renderer, store: WeightStore, hardware: Hardware, auto: str, settings: Settings) -> DrawingEngine:
    known = engine.capabilities
    files = [store.entry(key) for key in known.weights]
    licences = [file.licence if file.commercial else f"{file.licence} (non-commercial)" for file in files]
    lacking = {file.key: problem for file in files if (problem := store.lack(file.key))}
    has_network = known.name in hardware.profile.batches
    side = settings.default_resolution
    expected = estimate_generation_time(
        SHOWN_SECONDS,
        known.name,
        Size(side, side),
        settings.fps,
        hardware=hardware,
        past=PastRuns(settings.data_dir),
    )
    without = lacks_extra(engine, hardware)
    return DrawingEngine(
        name=known.name,
        available=not lacking and not without,
        is_auto=known.name == auto,
        summary=known.summary,
        why=_why(store, list(known.weights), lacking, known.extra if without else ""),
        licence=", ".join(dict.fromkeys(licences)) or None,
        device=hardware.device.name if has_network else CPU,
        precision=hardware.precision(known.name) if has_network else "fp32",
        extra=known.extra if without else None,
        lacks=tuple(lacking),
        passed_over=lack(engine, store, hardware, Wants()) or None,
        estimate=asdict(expected),
    )


def _why(store: WeightStore, keys: list[str], lacking: dict[str, str], extra: str) -> str:
    said = [f"It needs the extra `{extra}`, which is not installed."] if extra else []
    if not keys:
        return " ".join([*said, READY])
    if not lacking:
        return " ".join([*said, f"Its model files are here: {', '.join(keys)}."])
    absent = {key: problem for key, problem in lacking.items() if store.state(key) is not FileState.PRESENT}
    if absent:
        shown = ", ".join(f"{key} ({_megabytes(store, key)}, {problem})" for key, problem in absent.items())
        again = " again" if FileState.DAMAGED.value in absent.values() else ""
        said.append(f"It lacks {shown}. {download_command(absent)} brings them{again}.")
    if bound := [key for key in keys if not store.may_use(key)]:
        said.append(
            f"{', '.join(bound)} may not be used commercially; ALLOW_NONCOMMERCIAL_WEIGHTS=true says that you do not."
        )
    return " ".join(said)


def _megabytes(store: WeightStore, key: str) -> str:
    size = store.entry(key).size
    return f"{size / 1e6:,.0f} MB" if size else "size unknown"
