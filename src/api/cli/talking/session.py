"""A conversation in this process: a stage, what it converses with, and films of what it says."""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import ValidationError

from api.cli.making import bring_models
from api.cli.progress import progress_display
from api.cli.talking.commands import HELP, QUIT, obey
from api.cli.talking.planning import planned
from audio_processor.decode import decode_audio
from avatar.errors import InputError
from avatar.settings import Settings, load_settings
from live.contract import TimedFrame, TimedSound
from live.conversation.conversation import Conversation
from live.conversation.opening import TalkingPartner, open_conversation
from live.messages import Caption, Notice, Problem, ServerMessage, StartStream, Turn
from live.opening import SessionRoom
from live.plan import SessionPlan
from live.stage import Stage
from live.viewers.film import TAIL_SECONDS, FilmViewer
from models.weights import WeightStore

PIECE_SECONDS: Final = 0.02
LOOK_SECONDS: Final = 0.05
QUIET_LOOKS: Final = 4
QUIET_SECONDS: Final = 1.5
"""After a recording, so that the end of its last turn is heard."""


@dataclass(frozen=True)
class Talk:
    """An open conversation."""

    plan: SessionPlan
    stage: Stage
    partner: TalkingPartner
    output: Path

    @property
    def conversation(self) -> Conversation:
        return self.partner.conversation


class _Teller:
    """Prints what is said, by whom, and what the user should know. What is typed at a terminal is seen already."""

    wants_pictures: Final = False

    def __init__(self, name: str, *, shows_person: bool) -> None:
        self._name, self._shows_person = name, shows_person

    def sound(self, sound: TimedSound) -> None:
        """It is in the films."""

    def frame(self, frame: TimedFrame) -> None:
        """It is in the films."""

    def tell(self, message: ServerMessage) -> None:
        if isinstance(message, Caption) and (message.who == "avatar" or self._shows_person):
            typer.echo(f"{self._name if message.who == 'avatar' else 'You'}: {message.text}")
        elif isinstance(message, Notice | Problem):
            typer.echo(f"{message.message} {message.cure}".strip(), err=True)
        elif isinstance(message, Turn) and message.first_sound is not None and not message.interrupted:
            typer.echo(f"  ({message.first_sound:.0f} ms to the first sound)", err=True)


def checked(given: dict[str, Any], form: type[StartStream]) -> StartStream:
    """Raises `InputError` for a value that cannot be used."""
    try:
        return form.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"--{where} cannot be used: {first['msg']}.", cure="`--help` lists the options.") from None


def talk(start: StartStream, output: Path | None, microphone: Path | None) -> None:
    """From the first word to the last. Raises `AvatarError`."""
    settings = load_settings()
    recording = _recording(microphone, settings) if microphone is not None else None
    plan = planned(start, settings)
    target = output.expanduser() if output is not None else settings.data_dir / "outputs" / f"talk-{plan.session}"
    _check_target(target)
    with _opened(plan, target, settings) as one:
        if recording is not None:
            _listen(one, recording)
        else:
            _read(one)
        _wait_until_quiet(one)
        time.sleep(TAIL_SECONDS)


@contextmanager
def _opened(plan: SessionPlan, target: Path, settings: Settings) -> Iterator[Talk]:
    store = WeightStore.of(settings)
    with progress_display() as display:
        bring_models(store, [file.key for file in store.files if file.required], display)
    crashes: list[Exception] = []
    room = SessionRoom(settings)
    stage = room.stage(plan, room.engine(plan).renderer, crashes.append)
    film = FilmViewer(target, stage.size, plan.start.fps, lambda path: typer.echo(str(path)))
    stage.add(film)
    stage.add(_Teller(plan.name, shows_person=plan.start.listen or not sys.stdin.isatty()))
    partner = open_conversation(plan, stage, settings)
    stage.start()
    try:
        yield Talk(plan, stage, partner, target)
    finally:
        partner.conversation.close()
        stage.stop()
        film.close()
    if crashes:
        raise crashes[0]


def _read(one: Talk) -> None:
    """Lines from standard input, until its end or /quit; where nobody sits at it each waits for the one before."""
    speaks_only = one.partner.dialogue.name is None
    if speaks_only:
        typer.echo(f"Nobody answers: {one.partner.dialogue.why} What is typed is spoken.", err=True)
    typer.echo(HELP, err=True)
    for typed in sys.stdin:
        line = typed.strip()
        if line == QUIT:
            one.conversation.clear()
            return
        try:
            if line.startswith("/"):
                obey(line, one.stage, one.conversation)
            elif line and speaks_only:
                one.conversation.say(line)
            elif line:
                one.conversation.ask(line)
        except InputError as error:
            typer.echo(str(error), err=True)
        if not sys.stdin.isatty():
            _wait_until_quiet(one)


def _listen(one: Talk, recording: Any) -> None:
    """The recording as a microphone, in time. Raises `InputError` where nobody understands it."""
    if one.partner.recogniser.name is None:
        raise InputError(f"Nobody understands speech: {one.partner.recogniser.why}", cure="Type instead.")
    samples, rate = recording
    piece = round(PIECE_SECONDS * rate)
    began, over = time.monotonic(), threading.Event()
    for place in range(0, len(samples) + round(QUIET_SECONDS * rate), piece):
        over.wait(max(0.0, began + place / rate - time.monotonic()))
        sound = samples[place : place + piece]
        one.conversation.hear(sound if len(sound) else 0.0 * samples[:piece], rate)


def _wait_until_quiet(one: Talk) -> None:
    """Until nothing has been answered or said for a moment."""
    quiet = 0
    while quiet < QUIET_LOOKS:
        quiet = 0 if one.conversation.is_busy else quiet + 1
        time.sleep(LOOK_SECONDS)


def _recording(path: Path, settings: Settings) -> tuple[Any, int]:
    """Raises `InputError`."""
    with tempfile.TemporaryDirectory() as folder:
        clip = decode_audio(
            path.expanduser(),
            Path(folder) / "decoded.f32",
            max_minutes=settings.max_audio_minutes,
            max_megabytes=settings.max_upload_megabytes,
        )
        return clip.samples.copy(), clip.rate


def _check_target(target: Path) -> None:
    """Raises `InputError`."""
    if target.suffix not in ("", ".mp4"):
        raise InputError(f"--output {target.name} is no .mp4 and no folder.", cure="Name a folder, or a file in .mp4.")
    if target.suffix == ".mp4" and target.is_dir():
        raise InputError(f"--output {target} is a folder.", cure="Give another name.")
    if target.suffix == "" and target.is_file():
        raise InputError(f"--output {target} is a file.", cure="Name a folder, or a file in .mp4.")
