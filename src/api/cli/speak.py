"""`python main.py speak`: a text becomes a sound."""

from pathlib import Path
from typing import Annotated

import typer


def speak(
    text: Annotated[str | None, typer.Argument(help="The text; - reads it from standard input.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The sound to write: .wav, .mp3, .opus or .ogg.", readable=False),
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice of the engine, such as f3.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text: en, zh or pt-br.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Engine: auto, espeak or another of --list.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the engines, their languages and voices.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Speak a text into a file, sentence by sentence."""
    from api.cli import speaking
    from avatar.settings import load_settings

    settings = load_settings()
    if list_:
        speaking.list_speakers(settings, language, as_json=as_json)
        return
    given = speaking.text_given(text)
    path = speaking.sound_path(output)
    speaking.speak_into(given, path, settings, speaker=speaker, language=language, voice=voice, as_json=as_json)
