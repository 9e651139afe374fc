"""The languages and voices that text can be spoken in are those that a request may name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.rest.routes import voices as route
from audio_processor.tts import languages, voices
from avatar.errors import SynthesisError
from tests.api.rest.watched_service import WatchedService, open_watched


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path, default_language="de") as found:
        yield found


def test_languages_and_voices(watched: WatchedService) -> None:
    answer = watched.client.get("/api/v1/voices")
    found = answer.json()
    assert answer.status_code == 200
    assert {language["code"]: language["name"] for language in found["languages"]} == languages()
    assert {"en-us", "de", "fr"} <= {language["code"] for language in found["languages"]}
    assert found["voices"] == list(voices())
    assert found["default_language"] == "de"
    names = [language["name"] for language in found["languages"]]
    assert names == sorted(names)
    assert "max-age" in answer.headers["cache-control"]


def test_speech_that_cannot_be_had_is_a_problem(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, str]:
        raise SynthesisError("espeak-ng could not be started.", cure="Reinstall it.")

    monkeypatch.setattr(route, "languages", broken)
    answer = watched.client.get("/api/v1/voices")
    assert (answer.status_code, answer.json()["kind"]) == (500, "SynthesisError")
    assert answer.json()["cure"] == "Reinstall it."
