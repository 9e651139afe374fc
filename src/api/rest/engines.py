"""Directors, detectors of speech and recognisers of words, and why each one is or is not available."""

from dataclasses import dataclass

from audio_processor.detectors import AUTO as AUTO_DETECTOR
from audio_processor.detectors import DETECTORS, choose_detector, lacking
from audio_processor.transcription.registry import AUTO as AUTO_TRANSCRIBER
from audio_processor.transcription.registry import ENGINES, Engine, choose_transcriber
from avatar.errors import InputError
from avatar.settings import Settings
from avatar.types import Choice
from models.hardware import largest_transcriber
from models.weights import WeightStore
from orchestrator.director.choice import AUTO as AUTO_DIRECTOR
from orchestrator.director.choice import DIRECTORS, RULES, choose_director
from orchestrator.director.endpoints import why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of those that a request may name; `is_auto` where `auto` means this one."""

    name: str
    available: bool
    is_auto: bool
    why: str
    summary: str = ""


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
    auto = choose_transcriber(AUTO_TRANSCRIBER, store, largest=largest).choice.name
    return [_transcriber(engine, store, largest, is_auto=engine.name == auto) for engine in ENGINES.values()]


def _transcriber(engine: Engine, store: WeightStore, largest: str, *, is_auto: bool) -> Option:
    try:
        found = choose_transcriber(engine.name, store, largest=largest)
    except InputError as error:
        return Option(name=engine.name, available=False, is_auto=False, summary=engine.summary, why=str(error))
    size = found.checkpoint.size if found.checkpoint else ""
    why = f"It works with the checkpoint {size}."
    return Option(name=engine.name, available=True, is_auto=is_auto, summary=engine.summary, why=why)
