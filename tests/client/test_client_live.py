"""The client's live sessions: they know every message of the service, and say what went wrong with the connection."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from http import HTTPStatus
from threading import Thread
from typing import Any, get_args

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from client import AvatarClient, LiveError
from client.live import Ended, Event, LiveProblem, Picture, Sound
from client.live.events import TOLD, event_of
from client.live.messages import CueFields, LiveFields, SayFields
from live.media import Media, MediaKind
from live.messages import Chosen, LiveCue, Pong, Problem, Say, ServerMessage, Started, StartStream
from tests.apart import run_apart

NOBODY = Chosen(name=None, why="")
SESSION = Started(
    session="s1",
    width=128,
    height=128,
    fps=10,
    video="jpeg",
    sound_rate=48_000,
    renderer=NOBODY,
    speaker=NOBODY,
    recogniser=NOBODY,
    dialogue=NOBODY,
    idle_seconds=300.0,
    longest_seconds=3600.0,
)
LOST = Problem(code="worker_lost", message="The process is gone.", cure="Start again.", fatal=True, retryable=True)


@contextmanager
def service(talk: Callable[[ServerConnection], None], **options: Any) -> Iterator[AvatarClient]:
    """A client of a service that tells of a session, and goes on as it is told."""

    def answer(socket: ServerConnection) -> None:
        assert json.loads(socket.recv())["type"] == "start_stream"
        socket.send(SESSION.model_dump_json())
        talk(socket)

    with serve(answer, "127.0.0.1", 0, **options) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        with AvatarClient(f"http://127.0.0.1:{server.socket.getsockname()[1]}") as client:
            yield client
        server.shutdown()
    thread.join()


def test_every_message_of_the_service_is_known_with_its_fields() -> None:
    models = {model.model_fields["type"].default: model for model in get_args(get_args(ServerMessage)[0])}
    assert models.pop("pong") is Pong
    assert set(TOLD) == set(models)
    for name, model in models.items():
        known = {field.name for field in fields(TOLD[name])}
        assert known == set(model.model_fields) - {"type", "protocol", "fatal"}, name


def test_every_field_of_what_is_said_is_known() -> None:
    speakers = {"character", "image", "image_path"}
    assert set(LiveFields.__annotations__) - speakers == set(StartStream.model_fields) - {"type", "image"}
    assert set(SayFields.__annotations__) == set(Say.model_fields) - {"type", "text", "id"}
    assert set(CueFields.__annotations__) == set(LiveCue.model_fields) - {"type", "action"}


def test_frames_become_events_and_news_of_a_newer_service_are_left_out() -> None:
    assert event_of(Media(MediaKind.JPEG, 0.4, b"picture").packed(), 48_000) == Picture(0.4, b"picture")
    sound = event_of(Media(MediaKind.SOUND, 0.4, bytes(960)).packed(), 48_000)
    assert isinstance(sound, Sound)
    assert sound.duration == pytest.approx(0.01)
    assert event_of('{"type": "weather", "rain": true}', 48_000) is None
    assert event_of('{"type": "ended", "reason": "idle", "rain": true}', 48_000) == Ended(reason="idle")
    with pytest.raises(LiveError, match="no head"):
        event_of(b"short", 48_000)


def test_an_error_that_is_not_fatal_comes_and_one_that_is_ends_the_session() -> None:
    def talk(socket: ServerConnection) -> None:
        socket.send(Problem(code="too_fast", message="Slower.").model_dump_json())
        socket.send(LOST.model_dump_json())

    with service(talk) as client, client.live(character="nova") as session:
        assert session.receive() == LiveProblem(code="too_fast", message="Slower.")
        with pytest.raises(LiveError, match=r"The process is gone\. Start again\.") as lost:
            session.receive()
    assert (lost.value.kind, lost.value.is_passing) == ("worker_lost", True)


def test_a_line_that_nobody_can_speak_is_raised_to_who_waits_for_it() -> None:
    def talk(socket: ServerConnection) -> None:
        socket.recv()
        socket.send(Problem(code="synthesis", message="espeak-ng ended.").model_dump_json())
        socket.recv()

    with service(talk) as client, client.live(character="nova") as session:
        with pytest.raises(LiveError, match=r"espeak-ng ended") as refused:
            list(session.until_said(session.say("Hello.")))
        assert refused.value.kind == "synthesis"


def test_silence_and_a_lost_connection_are_told() -> None:
    def talk(socket: ServerConnection) -> None:
        socket.recv()
        socket.close_socket()

    with service(talk) as client, client.live(character="nova") as session:
        with pytest.raises(TimeoutError):
            session.receive(0.01)
        session.clear()
        with pytest.raises(LiveError, match="broke") as lost:
            list(session)
    assert (lost.value.kind, lost.value.is_passing) == ("Unreachable", True)


def test_silence_and_a_lost_connection_are_told_to_asyncio() -> None:
    def talk(socket: ServerConnection) -> None:
        socket.recv()
        socket.close_socket()

    async def follow(client: AvatarClient) -> list[Event]:
        async with client.live_async(character="nova") as session:
            with pytest.raises(TimeoutError):
                await session.receive(0.01)
            await session.clear()
            return [event async for event in session]

    with service(talk) as client, pytest.raises(LiveError, match="broke"):
        run_apart(follow(client))


def test_what_is_no_live_service_is_told() -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(HTTPStatus.NOT_FOUND, "nothing here")

    with (
        service(lambda socket: None, process_request=refuse) as client,
        pytest.raises(LiveError, match="answered 404") as refused,
        client.live(character="nova"),
    ):
        pass
    assert not refused.value.is_passing
    session = AvatarClient().live(character="nova")
    with pytest.raises(LiveError, match="not open"):
        session.say("Hello.")
