from typing import Any

import pytest

from live.messages import StartStream
from live.plan import live_voice
from orchestrator.characters.character import Character, Consent, VoiceSample

SAMPLE = VoiceSample(path="/v.wav", digest="d", duration=7, spoken=6, level_db=-20, consent=Consent("Ada", "Mine.", 0))


def character(**given: Any) -> Character:
    about: dict[str, Any] = {
        "id": "1",
        "name": "Ada",
        "portrait": "a.png",
        "language": None,
        "direction": "",
        "controls": {},
    }
    size = {"width": 1, "height": 1, "framing": "auto", "background": "keep", "built_in": False, "created_at": 0.0}
    return Character(**{**about, **size, "voice": "f3", **given})


@pytest.mark.parametrize(
    ("wish", "own", "expected"),
    [
        ({}, {}, {"speaker": None, "voice": "f3", "voice_sample": None}),
        ({}, {"sample": SAMPLE}, {"speaker": None, "voice": None, "voice_sample": "/v.wav"}),
        ({"voice": "f1"}, {"sample": SAMPLE}, {"speaker": None, "voice": "f1", "voice_sample": None}),
        ({"speaker": "kokoro"}, {"sample": SAMPLE, "speaker": "xtts"}, {"speaker": "kokoro", "voice": None}),
        ({"speaker": "xtts"}, {"speaker": "xtts", "sample": SAMPLE}, {"speaker": "xtts", "voice_sample": "/v.wav"}),
    ],
)
def test_a_character_speaks_with_its_own_voice_unless_another_is_asked_for(
    wish: dict[str, Any], own: dict[str, Any], expected: dict[str, str | None]
) -> None:
    found = live_voice(character(**own), StartStream(image="ada", **wish))
    assert {name: found.get(name) for name in expected} == expected
