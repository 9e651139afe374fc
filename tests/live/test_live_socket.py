"""Live sessions over the WebSocket of a real service, from their start to their end."""

import base64
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any, Final

import av
import cv2
import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from avatar.settings import load_settings
from avatar.types import Image
from live.media import MediaKind
from orchestrator.characters.built_in import DRAWN, NOVA
from tests.face_models import FACE_MODELS, face_store
from tests.live.showing import strongest_hz
from tests.live.socket_client import LiveClient
from tests.live.socket_service import QUICK, SocketService, socket_service

SMALL: Final[dict[str, Any]] = {"size": 160, "fps": 10}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SocketService]:
    face_store(*FACE_MODELS)
    folder = tmp_path_factory.mktemp("live")
    with socket_service(load_settings(data_dir=folder, live_workers=1, max_live_sessions=2)) as service:
        yield service


def pcm(seconds: float, hz: float, rate: int = 16_000) -> bytes:
    times = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hz * times) * 12_000).astype("<i2").tobytes()


def decoded(data: bytes) -> Image:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, np.uint8)


def heard(client: LiveClient) -> np.ndarray:
    return np.frombuffer(b"".join(media.data for media in client.of(MediaKind.SOUND)), "<i2").astype(np.float32)


def test_text_is_spoken_with_pictures_sound_and_captions(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        started = client.start(video="jpeg", blendshapes=True, **SMALL)
        assert (started["width"], started["fps"], started["sound_rate"]) == (160, 10, 48_000)
        client.send(type="say", text="Hello, how are you?", id="greeting")
        client.until("speaking", on=True, utterance="greeting")
        client.until("speaking", on=False, utterance="greeting")
        client.send(type="stop")
        assert client.until("ended")["reason"] == "stopped"
    pictures = client.of(MediaKind.JPEG)
    image = decoded(pictures[-1].data)
    assert image.shape == (160, 160, 3)
    assert image.std() > 20
    assert [round(picture.at * 10) for picture in pictures] == sorted({round(picture.at * 10) for picture in pictures})
    assert np.abs(heard(client)).max() > 3_000
    faces = [message for message in client.messages if message["type"] == "blendshapes"]
    assert max(face["values"][17] for face in faces) > 0.15
    assert all(len(face["values"]) == 52 and len(face["pose"]) == 6 for face in faces)


def test_streamed_sound_comes_back_in_a_film_that_plays(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        client.start(audio_stream=True, **SMALL)
        for _ in range(20):
            client.socket.send(pcm(0.05, 500.0))
            client.watch(0.05)
        client.send(type="end_of_speech")
        client.watch(0.5)
    film = b"".join(media.data for _, media in client.media)
    with av.open(io.BytesIO(film), "r") as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(film), "r") as container:
        sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)])
    assert len(pictures) >= 10
    assert pictures[0].shape == (160, 160, 3)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    assert 0.8 < (loud[-1] - loud[0]) / 48_000 < 1.3
    assert abs(strongest_hz(sound[loud[0] : loud[-1]]) - 500.0) < 5.0


def test_two_sessions_at_once_hear_and_see_only_their_own_and_a_third_is_told_to_wait(service: SocketService) -> None:
    with LiveClient(service.port) as one, LiveClient(service.port) as other:
        one.start(audio_stream=True, video="jpeg", **SMALL)
        other.start(image="astronaut", audio_stream=True, video="jpeg", **SMALL)
        with LiveClient(service.port) as third:
            third.send(type="start_stream", image=NOVA)
            told = [third.receive(time.monotonic() + 20.0) for _ in range(2)]
        assert told[0] is not None
        assert (told[0]["code"], told[0]["fatal"], told[0]["retryable"]) == ("busy", True, True)
        for _ in range(20):
            one.socket.send(pcm(0.05, 300.0))
            other.socket.send(pcm(0.05, 700.0))
            one.watch(0.02)
            other.watch(0.02)
        one.watch(0.4)
        other.watch(0.4)
    for client, hz in ((one, 300.0), (other, 700.0)):
        sound = heard(client)
        loud = sound[np.abs(sound) > 1_000]
        assert len(loud) > 10_000
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
        foreign = 1_000.0 - hz
        bins = np.arange(len(spectrum)) * 48_000 / len(sound)
        at_own, at_foreign = spectrum[np.abs(bins - hz) < 20].max(), spectrum[np.abs(bins - foreign) < 20].max()
        assert at_own > 100 * at_foreign
    means = [decoded(client.of(MediaKind.JPEG)[-1].data).mean(axis=(0, 1)) for client in (one, other)]
    assert np.abs(means[0] - means[1]).max() > 10


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"say","text":"hello"}', "input"),
        ("rubbish", "input"),
        ('{"type":"start_stream","image":"nobody"}', "input"),
        ('{"type":"start_stream","image":"../../etc/passwd"}', "input"),
        ('{"type":"start_stream","image":"nova","renderer":"best"}', "input"),
        ('{"type":"start_stream","image":"nova","controls":{"grin":1}}', "input"),
    ],
)
def test_what_cannot_be_started_is_told_with_its_cure(service: SocketService, first: str, code: str) -> None:
    with LiveClient(service.port) as client:
        client.socket.send(first)
        told = client.receive(time.monotonic() + 30.0)
        assert told is not None
        assert (told["type"], told["code"], told["fatal"]) == ("error", code, True)
        assert told["cure"]
        ended = client.receive(time.monotonic() + 30.0)
        assert ended == {"type": "ended", "reason": "error"}


def test_a_picture_in_base64_speaks_and_one_without_a_face_is_refused(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        client.start("data:image/png;base64," + base64.b64encode(DRAWN[NOVA].read_bytes()).decode(), **SMALL)
    _, blank = cv2.imencode(".png", np.full((200, 200, 3), 90, np.uint8))
    with LiveClient(service.port) as client:
        client.send(type="start_stream", image=base64.b64encode(blank.tobytes()).decode())
        told = client.receive(time.monotonic() + 30.0)
        assert told is not None
        assert told["code"] == "portrait"
        assert "face" in told["message"]


def test_rubbish_within_a_session_is_told_and_the_session_goes_on(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        client.start(video="none", **SMALL)
        for rubbish in (
            "{",
            '{"type":"start_stream","image":"nova"}',
            '{"type":"control","controls":{"smile":"wide"}}',
        ):
            client.socket.send(rubbish)
            told = client.until("error")
            assert not told["fatal"]
        client.socket.send(b"\0\0\0\0")
        assert "without any" in client.until("error")["message"]
        client.socket.send(bytes(5_000_000))
        assert client.until("error")["code"] == "too_large"
        client.send(type="ping", sent=12.5)
        assert client.until("pong")["sent"] == 12.5


def test_a_session_can_be_spoken_to_over_rest(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        session = client.start(video="none", **SMALL)["session"]
        listed = service.get("/api/v1/live")["sessions"]
        assert [one["session"] for one in listed] == [session]
        answer = httpx.post(f"{service.url}/api/v1/live/{session}/messages", json={"type": "say", "text": "Good day."})
        assert answer.status_code == 204
        client.until("speaking", on=True)
        wrong = httpx.post(f"{service.url}/api/v1/live/{session}/messages", json={"type": "dance"})
        assert wrong.status_code == 422
        missing = httpx.post(f"{service.url}/api/v1/live/nobody/messages", json={"type": "clear"})
        assert missing.status_code == 404


def test_a_client_that_vanishes_leaves_no_session(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        client.start(video="none", **SMALL)
        client.socket.socket.close()
    deadline = time.monotonic() + 20.0
    while service.get("/api/v1/live")["sessions"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_worker_that_dies_ends_its_session_with_a_message_and_is_replaced(service: SocketService) -> None:
    with LiveClient(service.port) as client:
        client.start(video="jpeg", **SMALL)
        [worker] = service.get("/api/v1/status")["live"]["pids"]
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            client.watch(20.0)
    told = [message for message in client.messages if message["type"] in ("error", "ended")]
    assert [message.get("code") or message["reason"] for message in told] == ["worker_lost", "worker_lost"]
    with LiveClient(service.port) as client:
        client.start(video="none", **SMALL)
    live = service.get("/api/v1/status")["live"]
    assert (live["workers"], live["ready"], live["restarts"]) == (1, 1, 1)
    assert (live["measured"], live["frame_milliseconds"]) == ("before", 1000.0 * QUICK.usual)
    log = (service.folder / "logs" / "live-0.log").read_text()
    assert log.count("live worker 0 is process") == 2


def test_messages_are_json_objects_of_the_schema(service: SocketService) -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(service.get("/api/v1/schemas/live"))
    with LiveClient(service.port) as client:
        client.start(blendshapes=True, **SMALL)
        client.send(type="say", text="Yes.")
        client.until("stats")
        client.send(type="stop")
        client.until("ended")
    for message in client.messages:
        validator.validate(json.loads(json.dumps(message)))
