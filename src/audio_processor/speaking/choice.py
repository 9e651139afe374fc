"""The engines that speak, and the choice among them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Final

from audio_processor.speaking.base import Speaker, Voice
from avatar.errors import AvatarError, InputError, MissingExtraError, NoSpeakerError
from avatar.settings import Settings
from avatar.types import Choice
from models.weights import WeightStore

AUTO: Final = "auto"
ESPEAK: Final = "espeak"
EXAMPLES: Final = 8

Build = Callable[[Settings, WeightStore], Speaker]


@dataclass(frozen=True, slots=True)
class SpeakerEngine:
    """`packages` are what it imports beyond the core, as pip names them; `build` loads no weights.

    `licence` is that of its program.
    """

    name: str
    build: Build
    licence: str
    packages: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(package for package in self.packages if not _is_installed(package))


def _espeak(_settings: Settings, _weights: WeightStore) -> Speaker:
    from audio_processor.speaking.espeak import EspeakSpeaker

    return EspeakSpeaker()


def _named(module: str, name: str) -> Build:
    """The class `name` of `audio_processor.speaking.<module>`, imported when it is first built."""

    def build(settings: Settings, weights: WeightStore) -> Speaker:
        speaker: Speaker = getattr(import_module(f"audio_processor.speaking.{module}"), name)(settings, weights)
        return speaker

    return build


SPEAKERS: Final[Mapping[str, SpeakerEngine]] = {
    engine.name: engine
    for engine in (
        SpeakerEngine("kokoro", _named("kokoro", "Kokoro"), "Apache-2.0", ("onnxruntime", "pypinyin", "rjieba")),
        SpeakerEngine(ESPEAK, _espeak, "GPL-3.0-or-later, in a process of its own"),
        SpeakerEngine("xtts", _named("xtts", "Xtts"), "MPL-2.0", ("coqui-tts", "torch", "torchaudio")),
    )
}
"""In the order of `auto`, which takes the first that can speak. espeak-ng needs nothing.

XTTS, slow on a processor and not for commercial use, stands behind it: for voices that no other has.
"""


def engine_names() -> tuple[str, ...]:
    """The best first."""
    return tuple(SPEAKERS)


def speaker_names() -> tuple[str, ...]:
    """What may be wished for."""
    return (AUTO, *SPEAKERS)


def licence_of(name: str) -> str:
    """Of the engine's program."""
    return SPEAKERS[name].licence


def choose_speaker(
    settings: Settings, *, wish: str = AUTO, language: str, voice: Voice | str | None = None
) -> tuple[Speaker, Choice]:
    """The engine `wish`, or for `auto` the best one here that speaks `language` and has the `voice`, if one is given.

    A `Voice` with a sample is one to be cloned. Raises `InputError` for an unknown engine and for a language or voice
    that the named one lacks, `MissingExtraError` and `WeightsError` where that one is not installed, and
    `NoSpeakerError` where `auto` finds none.
    """
    _check_name(wish)
    weights = WeightStore.of(settings)
    if wish != AUTO:
        speaker = _usable(wish, settings, weights)
        voice_of(speaker, language, voice)
        return speaker, Choice(wish, "it was asked for")
    passed: list[str] = []
    for name, engine in SPEAKERS.items():
        if engine.lacking:
            passed.append(f"{name}: not installed: {', '.join(engine.lacking)}")
            continue
        speaker = speaker_of(name, settings)
        if problem := _problem(speaker, weights, language, voice):
            passed.append(f"{name}: {problem}")
            continue
        return speaker, Choice(name, _reason(language, voice), tuple(passed))
    raise NoSpeakerError(
        f"Nothing here can speak {_wanted(language, voice)}. {' '.join(f'{each}.' for each in passed)}",
        cure="Choose another language or voice, or bring an engine that has it: docs/speech.md lists them.",
    )


def speaker_of(name: str, settings: Settings) -> Speaker:
    """The engine of that name, of which this process has one. Raises `InputError` for an unknown name."""
    _check_name(name)
    key = (name, settings.checkpoints_dir, settings.allow_noncommercial_weights, settings.compute_device)
    with _building:
        if key not in _built:
            _built[key] = SPEAKERS[name].build(settings, WeightStore.of(settings))
        return _built[key]


def require_speaker(wish: str, settings: Settings) -> None:
    """Raises `InputError` for an unknown engine, `MissingExtraError` and `WeightsError` for one that lacks something.

    `auto` lacks nothing.
    """
    _check_name(wish)
    if wish != AUTO:
        _usable(wish, settings, WeightStore.of(settings))


def voice_of(speaker: Speaker, language: str, voice: Voice | str | None) -> Voice | None:
    """The voice of that name; None for the language's usual one. Raises `InputError` for one that it has not."""
    known = speaker.voices(language)
    if voice is None:
        return None
    capabilities = speaker.capabilities
    if isinstance(voice, Voice) and voice.sample is not None:
        if not capabilities.clones:
            raise InputError(f"{capabilities.name} clones no voices.", cure="Choose an engine that does, or auto.")
        return voice
    name = voice.name if isinstance(voice, Voice) else voice
    found = next((one for one in known if one.name.lower() == name.lower()), None)
    if found is None:
        raise InputError(
            f"{capabilities.name} has no voice '{name[:40]}' for the language '{language}'.",
            cure=f"It has {', '.join(one.name for one in known[:EXAMPLES])}{' and more' * (len(known) > EXAMPLES)}.",
        )
    return found


def engine_voices(speaker: Speaker, language: str | None = None) -> tuple[Voice, ...]:
    """The voices that speak `language`, none where it has none; all of them without one.

    A voice that speaks all of the engine's languages is listed without any.
    """
    if language is not None:
        try:
            return speaker.voices(language)
        except InputError:
            return ()
    spoken: dict[str, list[str]] = {}
    known: dict[str, Voice] = {}
    for code in speaker.capabilities.languages:
        for voice in speaker.voices(code):
            known.setdefault(voice.name, voice)
            spoken.setdefault(voice.name, []).append(code)
    every = len(speaker.capabilities.languages)
    return tuple(
        replace(voice, languages=() if len(spoken[name]) == every else tuple(spoken[name]))
        for name, voice in known.items()
    )


def engine_problem(name: str, settings: Settings) -> str:
    """What keeps the engine from speaking here; empty where nothing does."""
    engine, weights = SPEAKERS[name], WeightStore.of(settings)
    if engine.lacking:
        return f"not installed: {', '.join(engine.lacking)}"
    return _lacking_files(speaker_of(name, settings), weights)


def engine_cure(name: str, settings: Settings) -> str:
    """What brings the engine here; empty where it lacks nothing."""
    engine, speaker = SPEAKERS[name], speaker_of(name, settings)
    cures = [_install_command(speaker)] if engine.lacking else []
    try:
        WeightStore.of(settings).require(speaker.capabilities.weights)
    except AvatarError as error:
        cures.append(error.cure)
    return " ".join(cures)


_built: dict[tuple[str, Path, bool, str], Speaker] = {}
_building: Final = Lock()


def _check_name(name: str) -> None:
    if name not in speaker_names():
        raise InputError(f"There is no speaker '{name[:40]}'.", cure=f"Choose one of: {', '.join(speaker_names())}.")


def _usable(name: str, settings: Settings, weights: WeightStore) -> Speaker:
    speaker = speaker_of(name, settings)
    if lacking := SPEAKERS[name].lacking:
        raise MissingExtraError(
            f"The speaker {name} is not installed; it lacks {', '.join(lacking)}.",
            cure=f"{_install_command(speaker)} Or choose auto.",
        )
    weights.require(speaker.capabilities.weights)
    return speaker


def _install_command(speaker: Speaker) -> str:
    return f'Run `{sys.executable} -m pip install -e ".[{speaker.capabilities.extra}]"`.'


def _problem(speaker: Speaker, weights: WeightStore, language: str, voice: Voice | str | None) -> str:
    if problem := _lacking_files(speaker, weights):
        return problem
    try:
        voice_of(speaker, language, voice)
    except InputError as error:
        return error.message.rstrip(".")
    return ""


def _lacking_files(speaker: Speaker, weights: WeightStore) -> str:
    lacks = {key: weights.lack(key) for key in speaker.capabilities.weights}
    named = [f"{key} ({lack})" for key, lack in lacks.items() if lack]
    return f"lacks {', '.join(named)}" if named else ""


def _reason(language: str, voice: Voice | str | None) -> str:
    return f"the best engine here for {_wanted(language, voice)}"


def _wanted(language: str, voice: Voice | str | None) -> str:
    if isinstance(voice, Voice):
        return f"the language '{language}' with the voice '{voice.name}'"
    return f"the language '{language}'{f' with the voice {voice!r}' if voice else ''}"


@cache
def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
