"""A character's cloned voice: never without consent, checked, told of, and removed for good."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.rest.app import create_app
from audio_processor.tts import speak
from avatar.settings import Settings, load_settings
from orchestrator import portrait_desk
from orchestrator.speaking_desk import SpeakingDesk
from tests.audio_processor.speaking.speaker_fakes import engine, use_speakers
from tests.orchestrator.desk_fakes import DeskHere
from tests.orchestrator.pipeline_fakes import write_picture

CHARACTERS = "/api/v1/characters"
CONSENT = '{"given_by": "Ada Lovelace", "statement": "This is my voice, and Ada may speak with it."}'
TEXT = "I am the person who reads this text, and I agree that my voice is used for it. The weather is fine today."


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return speak(TEXT, voice="f2", folder=tmp_path_factory.mktemp("recording")).path.read_bytes()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("api.rest.service.PortraitDesk", DeskHere)
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)
    use_speakers(monkeypatch, engine("cloner", clones=True))
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def ada(client: TestClient, tmp_path: Path) -> str:
    picture = write_picture(tmp_path / "ada.png").read_bytes()
    made = client.post(CHARACTERS, data={"name": "Ada", "voice": "f3"}, files={"image": ("ada.png", picture)})
    assert made.status_code == 201, made.text
    return f"{CHARACTERS}/{made.json()['id']}"


def given(client: TestClient, ada: str, recording: bytes) -> dict[str, Any]:
    answer = client.put(f"{ada}/voice-sample", data={"consent": CONSENT}, files={"sample": ("ada.wav", recording)})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def kept(settings: Settings) -> list[Path]:
    return list((settings.data_dir / "voices").iterdir())


def test_a_recording_with_consent_is_kept_with_the_character(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    body = given(client, ada, recording)

    assert body["duration"] > 6
    assert body["consent"]["given_by"] == "Ada Lovelace"
    assert body["consent"]["statement"].startswith("This is my voice")
    assert body["consent"]["recorded_at"].endswith("Z")
    assert client.get(f"{ada}/voice-sample").json() == body
    assert client.get(ada).json()["voice_sample"] == body
    assert [one["voice_sample"] for one in client.get(CHARACTERS).json()["characters"]] == [None, None, None, body]
    assert len(kept(settings)) == 1
    assert not list((settings.data_dir / "inputs").iterdir())


def test_an_upload_can_be_named_in_place_of_a_form(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    (settings.data_dir / "inputs" / "ada.wav").write_bytes(recording)
    consent = {"given_by": "Ada Lovelace", "statement": "This is my voice, and Ada may speak with it."}
    answer = client.put(f"{ada}/voice-sample", json={"sample_path": "inputs/ada.wav", "consent": consent})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        (None, "consent"),
        ('{"given_by": "Ada", "statement": "Yes."}', "consent.statement"),
        ('{"given_by": " ", "statement": "This is my voice, and Ada may speak with it."}', "consent"),
        ('{"statement": "This is my voice, and Ada may speak with it."}', "consent.given_by"),
    ],
)
def test_without_consent_nothing_is_kept(
    client: TestClient, settings: Settings, ada: str, recording: bytes, consent: str | None, field: str
) -> None:
    data = {} if consent is None else {"consent": consent}
    answer = client.put(f"{ada}/voice-sample", data=data, files={"sample": ("ada.wav", recording)})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert kept(settings) == []
    assert client.get(f"{ada}/voice-audit").json() == {"lines": []}
    assert client.get(f"{ada}/voice-sample").status_code == 404


def test_a_recording_that_cannot_be_used_is_refused(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    short = recording[: 44 + 2 * 22_050 * 3]
    bad = client.put(f"{ada}/voice-sample", data={"consent": CONSENT}, files={"sample": ("ada.wav", short)})
    none = client.put(f"{ada}/voice-sample", json={"consent": json.loads(CONSENT)})

    assert (bad.status_code, none.status_code) == (422, 422)
    assert [error["field"] for error in (*bad.json()["errors"], *none.json()["errors"])] == ["sample", "sample_path"]
    assert "at least 6 s" in bad.text
    assert kept(settings) == []


def test_a_built_in_character_keeps_its_voice(client: TestClient, recording: bytes) -> None:
    answer = client.put(
        f"{CHARACTERS}/nova/voice-sample", data={"consent": CONSENT}, files={"sample": ("ada.wav", recording)}
    )

    assert answer.status_code == 409


def test_another_recording_takes_the_place_of_the_first(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    first = given(client, ada, recording)
    second = given(client, ada, recording)
    lines = client.get(f"{ada}/voice-audit").json()["lines"]

    assert len(kept(settings)) == 1
    assert client.get(f"{ada}/voice-sample").json() == second
    assert [(line["action"], line["by"]) for line in lines] == [
        ("recorded", "Ada Lovelace"),
        ("removed", "it was replaced"),
        ("recorded", "Ada Lovelace"),
    ]
    assert lines[1]["digest"] == first["digest"]


def test_a_removed_recording_is_gone_and_its_lines_stay(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    given(client, ada, recording)

    assert client.delete(f"{ada}/voice-sample").status_code == 204
    assert kept(settings) == []
    assert client.get(f"{ada}/voice-sample").status_code == 404
    assert client.delete(f"{ada}/voice-sample").status_code == 404
    assert client.get(ada).json()["voice_sample"] is None
    actions = [line["action"] for line in client.get(f"{ada}/voice-audit").json()["lines"]]
    assert actions == ["removed", "recorded"]


def test_with_the_character_goes_the_recording(
    client: TestClient, settings: Settings, ada: str, recording: bytes
) -> None:
    given(client, ada, recording)

    assert client.delete(ada).status_code == 204
    assert kept(settings) == []
    lines = client.get("/api/v1/voices/audit").json()["lines"]
    assert [(line["action"], line["name"]) for line in lines] == [("removed", "Ada"), ("recorded", "Ada")]
    assert lines[0]["by"] == "the character was removed"


def test_a_copy_of_a_character_does_not_have_its_recording(client: TestClient, ada: str, recording: bytes) -> None:
    given(client, ada, recording)
    copy = client.post(CHARACTERS, json={"from": ada.rpartition("/")[2], "name": "Eve"}).json()

    assert (copy["voice"], copy["voice_sample"]) == ("f3", None)


def test_the_character_speaks_with_the_voice_of_the_recording(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, ada: str, recording: bytes
) -> None:
    given(client, ada, recording)
    wished: list[Any] = []
    utter = SpeakingDesk.utter

    def noted(self: SpeakingDesk, text: str, **wishes: Any) -> Any:
        wished.append(wishes["voice"])
        return utter(self, text, **wishes)

    monkeypatch.setattr(SpeakingDesk, "utter", noted)
    number = ada.rpartition("/")[2]
    answer = client.post("/api/v1/speech", json={"text": "Hello.", "character": number})
    named = client.post("/api/v1/speech", json={"text": "Hello.", "character": number, "speaker": "espeak"})

    assert answer.status_code == 200, answer.text
    assert answer.headers["x-speaker"] == "cloner"
    assert wished[0].sample.name.startswith(number)
    assert (named.headers["x-speaker"], wished[1]) == ("espeak", None)


def test_where_nobody_clones_the_problem_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, ada: str, recording: bytes
) -> None:
    given(client, ada, recording)
    use_speakers(monkeypatch)
    answer = client.post("/api/v1/speech", json={"text": "Hello.", "character": ada.rpartition("/")[2]})

    assert answer.status_code == 422
    assert answer.json()["kind"] == "NoSpeakerError"
    assert "espeak clones no voices" in answer.text
