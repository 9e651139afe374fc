"""Speaks for a command, and lists who can."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

import typer

from audio_processor.sound_stream import SOUND_FORMS, SoundForm, SoundStream, wave_head
from audio_processor.speaking.choice import (
    choose_speaker,
    engine_names,
    engine_problem,
    engine_voices,
    licence_of,
    speaker_of,
    voice_of,
)
from audio_processor.speaking.utterance import uttered
from audio_processor.tts import check_text
from avatar.errors import InputError
from avatar.files import atomic_file
from avatar.settings import Settings
from avatar.types import Choice
from orchestrator.given_files import writable_file

STANDARD_INPUT: Final = "-"
SUFFIXES: Final = tuple(f".{form}" for form in SOUND_FORMS)
SHOWN: Final = 12


def text_given(text: str | None) -> str:
    """The text, or what stands on standard input. Raises `InputError`."""
    if text is None:
        raise InputError("There is no text to speak.", cure="Give one, or - to read it from standard input.")
    if text != STANDARD_INPUT:
        return text
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("The text on standard input is not UTF-8.", cure="Give a text in UTF-8.") from None


def sound_path(output: Path | None) -> Path:
    """Raises `InputError` where nothing can be written there."""
    if output is None:
        raise InputError("There is no place to write the sound to.", cure="Give one: -o speech.wav.")
    return writable_file(output, "--output", SUFFIXES, "speech")


def speak_into(
    text: str,
    path: Path,
    settings: Settings,
    *,
    speaker: str | None,
    language: str | None,
    voice: str | None,
    as_json: bool,
) -> None:
    """Writes the sound and says who spoke. Raises `AvatarError`."""
    check_text(text)
    tongue = language or settings.default_language
    engine, choice = choose_speaker(settings, wish=speaker or settings.default_speaker, language=tongue, voice=voice)
    rate = engine.capabilities.rate
    stream = SoundStream(cast("SoundForm", path.suffix[1:].lower()), rate)
    samples = 0
    with atomic_file(path) as partial, partial.open("wb") as file:
        for piece in uttered(engine, text, language=tongue, voice=voice_of(engine, tongue, voice)):
            file.write(stream.add(piece.samples))
            samples += len(piece.samples)
        file.write(stream.finish())
        if path.suffix.lower() == ".wav":
            file.seek(0)
            file.write(wave_head(rate, samples))
    _tell(path, choice, samples / rate, tongue, as_json=as_json)


def _tell(path: Path, choice: Choice, duration: float, language: str, *, as_json: bool) -> None:
    if as_json:
        facts = {"sound": str(path), "duration": duration, "language": language, "speaker": asdict(choice)}
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{duration:.1f} s, spoken by {choice.name}: {choice.why}.", err=True)
    for passed in choice.passed_over:
        typer.echo(f"Not {passed}.", err=True)
    typer.echo(path)


def list_speakers(settings: Settings, language: str | None, *, as_json: bool) -> None:
    """The engines, the best first; those alone that speak `language`, where one is given."""
    found = [facts for name in engine_names() if (facts := _facts(name, settings, language))["voices"]]
    if not found:
        raise InputError(f"No engine speaks the language '{language}'.", cure="Leave --language out to see all.")
    if as_json:
        typer.echo(json.dumps({"speakers": found}, ensure_ascii=False, indent=2))
        return
    for facts in found:
        typer.echo(f"{facts['name']}: {facts['summary']}{_state(facts['lacks'])}")
        typer.echo(f"  languages: {_some(facts['languages'])}")
        typer.echo(f"  voices: {_some([voice['name'] for voice in facts['voices']])}")
        typer.echo(f"  licence: {facts['licence']}")


def _facts(name: str, settings: Settings, language: str | None) -> dict[str, Any]:
    speaker = speaker_of(name, settings)
    capabilities = speaker.capabilities
    voices = engine_voices(speaker, language)
    return {
        "name": name,
        "summary": capabilities.summary,
        "lacks": engine_problem(name, settings),
        "languages": list(capabilities.languages),
        "clones": capabilities.clones,
        "licence": licence_of(name),
        "voices": [{"name": voice.name, "languages": voice.languages, "summary": voice.summary} for voice in voices],
    }


def _state(lacks: str) -> str:
    return f" Cannot speak here: {lacks}." if lacks else ""


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more; --json lists them" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
