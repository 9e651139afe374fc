"""LangGraph's development server opens the project and makes videos through its own HTTP API."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph.graph.state import CompiledStateGraph
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from avatar.errors import InputError
from avatar.settings import PROJECT_ROOT, load_settings
from orchestrator.graph_builder import build_graph
from orchestrator.studio import graph, wanted
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_picture
from video_processor.encoding import video_info

START_SECONDS = 60.0
QUIET = {
    "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    "LANGGRAPH_NO_VERSION_CHECK": "true",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}
"""What keeps the server from calling home."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/ok").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[SyncLangGraphClient]:
    if find_spec("langgraph_api") is None:
        pytest.skip("LangGraph's server needs Python 3.11 and the extra `studio`")
    face_store(*FACE_MODELS, GRACE_HOPPER)
    port, log = free_port(), data / "server.log"
    command = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload"]
    place = ["--port", str(port), "--config", str(PROJECT_ROOT / "langgraph.json")]
    settings = {"DATA_DIR": str(data / "data"), "DEFAULT_RESOLUTION": "128", "VIDEO_PRESET": "ultrafast"}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, *place], cwd=data, env={**os.environ, **QUIET, **settings}, stdout=output, stderr=output
        )
    try:
        wait_until_ready(server, url := f"http://127.0.0.1:{port}", log)
        with get_sync_client(url=url) as client:
            yield client
        assert "Blocking call" not in log.read_text()
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def thread(client: SyncLangGraphClient) -> str:
    return client.threads.create()["thread_id"]


def request_for(**changes: Any) -> dict[str, Any]:
    picture = face_store(GRACE_HOPPER).path(GRACE_HOPPER)
    return {"request": {"image": str(picture), "text": "Good morning.", **changes}}


def run(client: SyncLangGraphClient, thread: str, **what: Any) -> dict[str, Any]:
    values = client.runs.wait(thread, "avatar", raise_error=False, **what)
    assert isinstance(values, dict)
    return values


def segments(data: Path) -> set[str]:
    return {path.name for path in (data / "data" / "artifacts").glob("segment-*")}


def check(values: dict[str, Any]) -> None:
    info = video_info(Path(values["final_video"]))
    assert (info.frames, info.size) == (values["frames"], (128, 128))
    assert values["renderer"]["name"] == "puppet"
    assert values["errors"] == []


def test_a_run_makes_a_video(client: SyncLangGraphClient, thread: str, data: Path) -> None:
    values = run(client, thread, input=request_for())
    check(values)
    assert Path(values["final_video"]).parent == data / "data" / "outputs"
    assert values["transcribed_text"] == "Good morning."
    again = run(client, thread, input=request_for(text="Good night, good night, everyone."))
    assert again["final_video"] != values["final_video"]
    assert again["frames"] > values["frames"]
    check(again)


def test_the_video_goes_where_the_request_says(client: SyncLangGraphClient, thread: str, tmp_path: Path) -> None:
    place = tmp_path / "here.mp4"
    assert run(client, thread, input=request_for(output=str(place)))["final_video"] == str(place)
    assert video_info(place).frames > 10


def test_a_run_waits_for_its_review_and_goes_on(client: SyncLangGraphClient, thread: str) -> None:
    waiting = run(client, thread, input=request_for(review=True, text="Please look at me."))
    assert "final_video" not in waiting
    (asked,) = waiting["__interrupt__"]
    performance = asked["value"]["performance"]
    performance["controls"]["smile"] = 0.75
    values = run(client, thread, command={"resume": performance})
    check(values)
    assert values["performance"]["controls"]["smile"] == 0.75
    assert "edited in review" in values["director"]["why"]


def test_the_stages_can_be_watched(client: SyncLangGraphClient, thread: str) -> None:
    seen = set()
    for part in client.runs.stream(
        thread, "avatar", input=request_for(seed=3), stream_mode="updates", stream_subgraphs=True
    ):
        if part.event.startswith("updates|"):
            seen |= set(part.data)
    assert seen >= set(build_graph().nodes) - {"review", "expression_tracking"}


def test_a_bad_picture_fails_the_run_with_its_cure(client: SyncLangGraphClient, thread: str, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "stripes.png")
    failed = run(client, thread, input=request_for(image=str(picture)))["__error__"]
    assert "PortraitError: No human face was found in stripes.png. Use a picture of one person" in failed["message"]


def test_a_request_without_a_sound_fails_with_its_cure(client: SyncLangGraphClient, thread: str) -> None:
    failed = run(client, thread, input=request_for(text=None))["__error__"]
    assert "AudioError: A video needs a sound or a text; neither was given." in failed["message"]


def test_a_run_that_is_cancelled_stops_and_another_makes_the_video(
    client: SyncLangGraphClient, thread: str, data: Path
) -> None:
    asked = request_for(text="One two three four five six seven eight nine ten. " * 3)
    begun = client.runs.create(thread, "avatar", input=asked, stream_mode="updates", stream_subgraphs=True)
    for part in client.runs.join_stream(thread, begun["run_id"]):
        if part.event.startswith("updates|") and "motion_synthesis" in part.data:
            break
    client.runs.cancel(thread, begun["run_id"], wait=True)
    assert client.runs.get(thread, begun["run_id"])["status"] == "interrupted"
    drawn = segments(data)
    time.sleep(1)
    assert segments(data) == drawn
    check(run(client, thread, input=asked))
    assert segments(data) > drawn


def test_the_pipeline_is_the_one_graph() -> None:
    ((name, pipeline),) = graph.get_subgraphs()
    assert name == "avatar"
    assert isinstance(pipeline, CompiledStateGraph)
    assert set(pipeline.nodes) - {"__start__"} == set(build_graph().nodes)


def test_the_form_of_a_request_is_told() -> None:
    form = graph.get_input_jsonschema()
    (request,) = (part for name, part in form["$defs"].items() if name == "StudioRequest")
    assert request["required"] == ["image"]
    assert {"audio", "text", "voice", "renderer", "review"} <= set(request["properties"])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"image": "a.png", "txt": "Hello"}, r"unknown key txt\. Its keys may be: image"),
        ({"text": "Hello"}, "image cannot be used: Field required"),
        ({"image": "a.png", "text": "Hello", "seed": "many"}, "seed cannot be used"),
        ({"image": "/nowhere/a.png", "text": "Hello"}, r"no picture at /nowhere/a\.png"),
    ],
)
def test_a_request_that_cannot_be_used_is_refused(
    request_: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with pytest.raises(InputError, match=message):
        wanted(request_)


def test_equal_requests_have_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    picture = write_picture(tmp_path / "picture.png")
    places = [wanted({"image": str(picture), "text": text})[1].output for text in ("One", "One", "Two")]
    assert places[0] == places[1] != places[2]
    assert Path(places[0]).parent == load_settings().data_dir / "outputs"
