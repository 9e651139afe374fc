"""Text is spoken over HTTP while it is made; who spoke, and why, stands in the headers."""

import io
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.rest.app import create_app
from audio_processor.speaking.base import SpokenPiece
from avatar.settings import load_settings
from orchestrator.speaking_desk import SpeakingDesk
from tests.audio_processor.speaking.speaker_fakes import engine, use_speakers
from tests.orchestrator.desk_fakes import DeskHere

SPEECH = "/api/v1/speech"
TEXT = "Good morning. How are you today?"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.rest.service.PortraitDesk", DeskHere)
        use_speakers(patch, engine("absent", packages=("no-such-package",)))
        app = create_app(load_settings(data_dir=tmp_path_factory.mktemp("data")))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            yield client


def seconds(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / container.streams.audio[0].rate


@pytest.mark.parametrize(
    ("form", "kind"), [("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("ogg", "audio/ogg")]
)
def test_a_text_is_spoken_in_each_format(client: TestClient, form: str, kind: str) -> None:
    answer = client.post(SPEECH, json={"text": TEXT, "format": form})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert "content-length" not in answer.headers
    assert 2.0 < seconds(answer.content) < 4.0


def test_the_headers_tell_who_speaks_and_why(client: TestClient) -> None:
    answer = client.post(SPEECH, json={"text": "¿Qué tal?", "language": "es", "voice": "F2"})
    told = {name: answer.headers[f"x-{name}"] for name in ("speaker", "voice", "language", "sample-rate")}

    assert told == {"speaker": "espeak", "voice": "f2", "language": "es", "sample-rate": "22050"}
    assert "not absent: not installed: no-such-package" in answer.headers["x-speaker-why"]


def test_the_first_sentence_is_sent_before_the_second_is_made(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    pieces = SpeakingDesk._pieces

    def counted(*arguments: object) -> Iterator[SpokenPiece]:
        for number, piece in enumerate(pieces(*arguments)):  # type: ignore[arg-type]
            made.append(number)
            yield piece

    monkeypatch.setattr(SpeakingDesk, "_pieces", counted)
    with client.stream("POST", SPEECH, json={"text": "One. Two. Three."}) as answer:
        blocks = [block for block in answer.iter_raw() if block]

    assert made == [0, 1, 2]
    assert len(blocks) >= 3


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"text": ""}, "text", "at least 1 character"),
        ({"text": "?!"}, "text", "nothing to say"),
        ({"text": "Hi", "language": "klingon"}, "language", "klingon"),
        ({"text": "Hi", "voice": "nobody"}, "voice", "nobody"),
        ({"text": "Hi", "speaker": "siri"}, "speaker", "auto, absent, espeak"),
        ({"text": "Hi", "speaker": "absent"}, "speaker", "no-such-package"),
        ({"text": "Hi", "format": "flac"}, "format", "wav"),
        ({"text": "Hi", "speed": 2}, "speed", "speed"),
        ({"text": "Hi", "character": "nobody"}, "character", "nobody"),
    ],
)
def test_what_cannot_be_spoken_is_a_problem_of_its_field(
    client: TestClient, fields: dict[str, object], field: str, message: str
) -> None:
    answer = client.post(SPEECH, json=fields)

    assert answer.status_code in (404, 422), answer.text
    assert message in answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("content", "kind", "status"), [(b"text=Hi", "text/plain", 415), (b"{", "application/json", 400)]
)
def test_another_body_than_json_is_refused(client: TestClient, content: bytes, kind: str, status: int) -> None:
    assert client.post(SPEECH, content=content, headers={"content-type": kind}).status_code == status


def test_a_character_lends_its_voice(client: TestClient) -> None:
    answer = client.post(SPEECH, json={"text": "Hello.", "character": "nova"})
    other = client.post(SPEECH, json={"text": "Hello.", "character": "nova", "voice": "m1"})

    assert (answer.headers["x-voice"], answer.headers["x-language"]) == ("f5", "en-gb")
    assert other.headers["x-voice"] == "m1"
    assert answer.content != other.content


def test_engines_are_listed_with_languages_voices_and_licences(client: TestClient) -> None:
    found = client.get("/api/v1/voices").json()
    absent, espeak = found["speakers"]

    assert found["default_speaker"] == "auto"
    assert (absent["name"], absent["available"], absent["lacks"]) == ("absent", False, "not installed: no-such-package")
    assert absent["voices"][0] == {"name": "ann", "languages": [], "summary": ""}
    assert (espeak["name"], espeak["available"], espeak["lacks"], espeak["rate"]) == ("espeak", True, "", 22_050)
    assert "GPL-3.0" in espeak["licence"]
    assert {"default", "f2", "m3"} <= {voice["name"] for voice in espeak["voices"]}
    assert {"en", "zh", "es"} <= set(espeak["languages"])


def test_the_list_can_be_that_of_a_language(client: TestClient) -> None:
    names = [speaker["name"] for speaker in client.get("/api/v1/voices?language=zh").json()["speakers"]]

    assert names == ["espeak"]
    assert client.get("/api/v1/voices?language=klingon").json()["speakers"] == []


def test_loud_and_whole(client: TestClient) -> None:
    content = client.post(SPEECH, json={"text": TEXT}).content
    samples = np.frombuffer(content[44:], "<i2")

    assert content[:4] == b"RIFF"
    assert np.abs(samples).max() > 5_000


def test_the_service_loads_no_network(client: TestClient, tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; import orchestrator.speaking_desk; from avatar.settings import load_settings;"
        "from audio_processor.speaking.choice import engine_names, speaker_of;"
        f"settings = load_settings(data_dir={str(tmp_path)!r});"
        "[speaker_of(name, settings).capabilities for name in engine_names()];"
        "assert not {'torch', 'onnxruntime', 'transformers'} & set(sys.modules), 'a network'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
