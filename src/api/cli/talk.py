"""`python main.py talk`: a conversation with an avatar from a terminal."""

from pathlib import Path
from typing import Annotated, Any

import typer


def talk(
    image: Annotated[str, typer.Option(help="Who speaks: a character, or a picture's path.")] = "nova",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="An MP4 of all of it, or a folder for a film of each answer."),
    ] = None,
    microphone: Annotated[
        Path | None, typer.Option(help="A recording that is heard as a microphone, in place of what is typed.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="en, zh, es or another; left out it follows the words.")] = None,
    voice: Annotated[str | None, typer.Option(help="Voice of the engine that speaks; else the character's.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Engine that speaks: auto, espeak or another.")] = None,
    persona: Annotated[str | None, typer.Option(help="Whom the avatar is, in words; else the character's.")] = None,
    thread: Annotated[
        str | None, typer.Option(help="Name of a memory, which the next conversation goes on with.")
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the picture in pixels, even.", min=128, max=1080)] = 512,
    window: Annotated[bool, typer.Option("--window", help="Talk in the browser: serve the page, and open it.")] = False,
) -> None:
    """Talk with an avatar: type, or let it hear a recording; its answers become films.

    Commands: /say TEXT, /cue smile, /set smile 0.5, /clear, /quit.
    """
    from api.cli.talking import session, window_page
    from live.messages import StartStream

    if window:
        window_page.open_page()
        return
    start: dict[str, Any] = {"image": image, "language": language, "voice": voice, "speaker": speaker}
    start |= {"persona": persona, "thread": thread, "size": size, "listen": microphone is not None}
    given = {name: value for name, value in start.items() if value is not None}
    session.talk(session.checked(given, StartStream), output, microphone)
