"""The messages of a live session."""

import json

import jsonschema
import pytest

from avatar.errors import InputError
from avatar.performance import ControlParameters
from live.messages import CLIENT, SERVER, Ended, Say, StartStream, checked_controls, live_schema, read_client


def test_the_simplest_start() -> None:
    message = read_client('{"type":"start_stream","image":"nova","audio_stream":true}')
    assert isinstance(message, StartStream)
    assert (message.audio_stream, message.video, message.audio.rate) == (True, "fmp4", 16_000)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "JSON"),
        ("[]", "an object"),
        ('{"type":"dance"}', "dance"),
        ('{"type":"say"}', "say.text"),
        ('{"type":"say","text":""}', "say.text"),
        ('{"type":"say","text":"a","loud":1}', "say.loud"),
        ('{"type":"start_stream","image":"nova","fps":"25"}', "start_stream.fps"),
        ('{"type":"start_stream","image":"nova","size":513}', "start_stream.size"),
        ('{"type":"start_stream","image":"nova","listen":true,"audio_stream":true}', "not both"),
        ('{"type":"cue","action":"fly"}', "cue.action"),
        ('{"type":"cue","action":"nod","intensity":NaN}', "cue.intensity"),
    ],
)
def test_a_message_that_cannot_be_used_is_told_by_its_field(text: str, named: str) -> None:
    with pytest.raises(InputError) as told:
        read_client(text)
    assert named in str(told.value)


def test_controls_beyond_their_range_go_to_its_end_and_unknown_ones_are_refused() -> None:
    found = checked_controls({"smile": 7.0}, ControlParameters(energy=0.9))
    assert (found.smile, found.energy) == (1.0, 0.9)
    with pytest.raises(InputError, match="no control 'grin'"):
        checked_controls({"grin": 1.0}, found)
    with pytest.raises(InputError, match="smile"):
        checked_controls({"smile": "wide"}, found)


def test_the_schema_takes_what_the_models_take_and_nothing_else() -> None:
    schema = live_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(CLIENT.dump_json(StartStream(image="nova"))))
    validator.validate(json.loads(CLIENT.dump_json(Say(text="hello"))))
    validator.validate(json.loads(SERVER.dump_json(Ended(reason="idle"))))
    for wrong in ({"type": "say"}, {"type": "ended", "reason": "bored"}, {"type": "dance"}):
        assert not validator.is_valid(wrong)
