"""The engines that put words to a sound, and the choice among them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from audio_processor.transcription.sizes import SIZES, Checkpoint, checkpoint, installed
from audio_processor.transcription.transcriber import Transcriber, WindowedTranscriber
from avatar.errors import InputError, MissingExtraError
from avatar.types import Choice
from models.downloads import download_command
from models.weights import WeightStore

AUTO: Final = "auto"
NONE: Final = "none"
INSTALL_COMMAND: Final = "python3 scripts/environment.py whisper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`packages` are what it imports, as pip names them. `build` loads a checkpoint that is here onto a device."""

    name: str
    summary: str
    packages: tuple[str, ...]
    build: Callable[[Checkpoint, WeightStore, str], Transcriber]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(package for package in self.packages if not _is_installed(package))


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Who puts words to a sound: an engine with a checkpoint, or nobody; and why."""

    choice: Choice
    engine: Engine | None = None
    checkpoint: Checkpoint | None = None

    @property
    def label(self) -> str:
        """What tells its results from those of others."""
        return f"{self.choice.name} {self.checkpoint.size}" if self.checkpoint else NONE

    def open(self, weights: WeightStore, device: str) -> Transcriber:
        """Raises `MissingExtraError`, `WeightsError`."""
        if self.engine is None or self.checkpoint is None:
            raise InputError(f"Nothing recognises speech: {self.choice.why}.", cure="Choose an engine.")
        return self.engine.build(self.checkpoint, weights, device)


def _faster(one: Checkpoint, weights: WeightStore, device: str) -> Transcriber:
    from audio_processor.transcription.conversion import converted

    return _loaded("faster-whisper", one, converted(one, weights), device)


def _openai(one: Checkpoint, weights: WeightStore, device: str) -> Transcriber:
    return _loaded("whisper", one, weights.path(one.key), device)


@lru_cache(maxsize=1)
def _loaded(name: str, one: Checkpoint, path: Path, device: str) -> Transcriber:
    """The last one that was loaded serves the next sound too."""
    from audio_processor.transcription.faster_engine import FasterWhisper
    from audio_processor.transcription.openai_engine import OpenaiWhisper

    model = FasterWhisper(path, device) if name == "faster-whisper" else OpenaiWhisper(path, one.size, device)
    return WindowedTranscriber(f"{name} {one.size}", model)


ENGINES: Final[Mapping[str, Engine]] = {
    engine.name: engine
    for engine in (
        Engine(
            name="faster-whisper",
            summary="Whisper in 8-bit integers by CTranslate2; about twice as fast.",
            packages=("faster-whisper", "ctranslate2", "openai-whisper", "torch"),
            build=_faster,
        ),
        Engine(
            name="whisper",
            summary="OpenAI's own Whisper, in PyTorch.",
            packages=("openai-whisper", "torch"),
            build=_openai,
        ),
    )
}
"""The best first. Both read the same checkpoints; faster-whisper converts one when it first needs it."""


def transcriber_names() -> tuple[str, ...]:
    return (AUTO, *ENGINES, NONE)


def choose_transcriber(
    wanted: str, weights: WeightStore, *, largest: str = SIZES[-1], language: str | None = None
) -> Recogniser:
    """The engine `wanted`, or the best one that can work for `auto`; with the most able checkpoint up to `largest`.

    `language` is Whisper's code where it is known: checkpoints for English alone serve no other.

    Raises `InputError` for an unknown engine or checkpoint, and where an engine that was named lacks its packages
    (`MissingExtraError`) or a checkpoint.
    """
    if wanted not in transcriber_names():
        raise InputError(
            f"There is no transcriber '{wanted[:40]}'.", cure=f"Choose one of: {', '.join(transcriber_names())}."
        )
    limit = SIZES.index(checkpoint(largest).size)
    if wanted == NONE:
        return Recogniser(Choice(NONE, "it was asked for"))
    usable = [one for one in installed(weights) if SIZES.index(one.size) <= limit and _serves(one, language)]
    passed = []
    for engine in ENGINES.values() if wanted == AUTO else (ENGINES[wanted],):
        if problem := _problem(engine, usable, largest, language):
            passed.append(f"{engine.name}: {problem}")
        else:
            why = "it was asked for" if wanted != AUTO else "the quickest engine that is installed"
            return Recogniser(
                Choice(engine.name, f"{why}, with the checkpoint {usable[0].size}", tuple(passed)), engine, usable[0]
            )
    if wanted != AUTO:
        raise _lacks(ENGINES[wanted], _problem(ENGINES[wanted], usable, largest, language))
    return Recogniser(Choice(NONE, f"nothing that recognises speech is installed; {how_to_install()}", tuple(passed)))


def how_to_install() -> str:
    """What brings the best engine and a checkpoint."""
    steps = [f"`{INSTALL_COMMAND}`"] if all(engine.lacking for engine in ENGINES.values()) else []
    commands = [*steps, download_command(["whisper-base"])]
    return f"{' and '.join(commands)} bring{'' if steps else 's'} it"


def _serves(one: Checkpoint, language: str | None) -> bool:
    return language == "en" or not one.is_english


def _problem(engine: Engine, usable: list[Checkpoint], largest: str, language: str | None) -> str:
    if engine.lacking:
        return f"not installed: {', '.join(engine.lacking)}"
    if usable:
        return ""
    return f"no checkpoint up to {largest} is here{f' for {language}' if language else ''}"


def _lacks(engine: Engine, problem: str) -> InputError:
    if engine.lacking:
        return MissingExtraError(
            f"The transcriber {engine.name} is not installed; it lacks {', '.join(engine.lacking)}.",
            cure=f"Run `{INSTALL_COMMAND}`.",
        )
    return InputError(
        f"The transcriber {engine.name} cannot work: {problem}.",
        cure=f"Run {download_command(['whisper-base'])}, or allow a larger one.",
    )


@cache
def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
