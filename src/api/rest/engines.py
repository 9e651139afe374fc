"""Engines, directors and detectors of speech, and why each one is or is not available."""

from dataclasses import dataclass
from typing import Final

from audio_processor.detectors import AUTO as AUTO_DETECTOR
from audio_processor.detectors import DETECTORS, choose_detector, lacking
from audio_processor.transcription.registry import ENGINES, Engine, choose_transcriber
from avatar.errors import InputError
from avatar.settings import Settings
from avatar.types import Choice
from models.downloads import download_command
from models.hardware import largest_transcriber
from models.weights import FileState, WeightStore
from orchestrator.director.choice import AUTO as AUTO_DIRECTOR
from orchestrator.director.choice import DIRECTORS, RULES, choose_director
from orchestrator.director.endpoints import why_not
from video_processor.hybrid_generator import AUTO, choose, engines
from video_processor.renderers.base import Renderer

READY: Final = "It needs no model file of its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of those that a request may name; `is_auto` where `auto` means this one.

    `licence` is that of its model files; None where it has none.
    """

    name: str
    available: bool
    is_auto: bool
    why: str
    summary: str = ""
    licence: str | None = None


def engine_options(settings: Settings) -> list[Option]:
    """Every engine, best first."""
    store = WeightStore.of(settings)
    available = engines(store)
    auto = choose(AUTO, available, store).name
    return [_engine(engine, store, auto) for engine in available.values()]


def director_options(settings: Settings) -> list[Option]:
    """Every director, best first."""
    auto = choose_director(AUTO_DIRECTOR, settings)
    return [_director(name, auto, settings) for name in DIRECTORS]


def _director(name: str, auto: Choice, settings: Settings) -> Option:
    missing = "" if name == RULES else why_not(settings, name)
    why = missing or ("It needs no key and no model file." if name == RULES else "Its endpoint is set up.")
    if name == auto.name:
        why = f"`auto` takes it: {auto.why}."
    return Option(name=name, available=not missing, is_auto=name == auto.name, why=why)


def hearing_options(settings: Settings) -> list[Option]:
    """Every detector of speech, best first."""
    store = WeightStore.of(settings)
    auto = choose_detector(AUTO_DETECTOR, store)
    return [_hearing(name, auto, lacking(name, store)) for name in DETECTORS]


def _hearing(name: str, auto: Choice, missing: str) -> Option:
    why = f"It lacks {missing}." if missing else "It is what takes over where the other one cannot run."
    if name == auto.name:
        why = f"`auto` takes it: it {auto.why}."
    return Option(name=name, available=not missing, is_auto=name == auto.name, why=why)


def transcriber_options(settings: Settings) -> list[Option]:
    """Every engine that recognises words, best first."""
    store = WeightStore.of(settings)
    largest = largest_transcriber(settings)
    auto = choose_transcriber(AUTO, store, largest=largest).choice.name
    return [_transcriber(engine, store, largest, is_auto=engine.name == auto) for engine in ENGINES.values()]


def _transcriber(engine: Engine, store: WeightStore, largest: str, *, is_auto: bool) -> Option:
    try:
        found = choose_transcriber(engine.name, store, largest=largest)
    except InputError as error:
        return Option(name=engine.name, available=False, is_auto=False, summary=engine.summary, why=str(error))
    size = found.checkpoint.size if found.checkpoint else ""
    why = f"It works with the checkpoint {size}."
    return Option(name=engine.name, available=True, is_auto=is_auto, summary=engine.summary, why=why)


def _engine(engine: Renderer, store: WeightStore, auto: str) -> Option:
    capabilities = engine.capabilities
    files = [store.entry(key) for key in capabilities.weights]
    lacking = [file for file in files if not store.is_present(file.key)]
    licences = [file.licence if file.commercial else f"{file.licence} (non-commercial)" for file in files]
    return Option(
        name=capabilities.name,
        available=not lacking,
        is_auto=capabilities.name == auto,
        summary=capabilities.summary,
        why=_why(store, [file.key for file in files], [file.key for file in lacking]),
        licence=", ".join(dict.fromkeys(licences)) or None,
    )


def _why(store: WeightStore, keys: list[str], lacking: list[str]) -> str:
    if not keys:
        return READY
    if not lacking:
        return f"Its model files are here: {', '.join(keys)}."
    states = {key: store.state(key) for key in lacking}
    shown = ", ".join(f"{key} ({_megabytes(store, key)}, {state.value})" for key, state in states.items())
    again = " again" if FileState.DAMAGED in states.values() else ""
    return f"It lacks {shown}. {download_command(lacking)} brings them{again}."


def _megabytes(store: WeightStore, key: str) -> str:
    size = store.entry(key).size
    return f"{size / 1e6:,.0f} MB" if size else "size unknown"
