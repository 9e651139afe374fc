import json
import os
from pathlib import Path

import pytest

from api.cli import files
from avatar.errors import InputError
from avatar.performance import ControlParameters, Performance
from tests.api.cli_fakes import Cli, Recorder

SPOKEN = ("generate", "--image", "me.png", "--text", "Hello", "-o", "out.mp4")

BAD = {
    "neither sound nor text": (("--image", "me.png", "-o", "o.mp4"), "Neither --audio nor --text"),
    "sound and text": (("--image", "me.png", "--audio", "me.wav", "--text", "Hi", "-o", "o.mp4"), "were both given"),
    "voice with sound": (("--image", "me.png", "--audio", "me.wav", "--voice", "f1", "-o", "o.mp4"), "--voice is for"),
    "empty text": (("--image", "me.png", "--text", "  ", "-o", "o.mp4"), "text to speak is empty"),
    "no such picture": (("--image", "you.png", "--text", "Hi", "-o", "o.mp4"), "you.png"),
    "no such sound": (("--image", "me.png", "--audio", "you.wav", "-o", "o.mp4"), "you.wav"),
    "unknown language of a sound": (
        ("--image", "me.png", "--audio", "me.wav", "--language", "klingon", "-o", "o.mp4"),
        "no language 'klingon'",
    ),
    "transcript of a text": (
        ("--image", "me.png", "--text", "Hi", "--transcript", "Hi", "-o", "o.mp4"),
        "A transcript belongs to a sound",
    ),
    "no such transcript": (
        ("--image", "me.png", "--audio", "me.wav", "--transcript", "words.srt", "-o", "o.mp4"),
        "no transcript at words.srt",
    ),
    "bad transcript": (
        ("--image", "me.png", "--audio", "me.wav", "--transcript", "1\n00:01 --> 00:02\nHi", "-o", "o.mp4"),
        "Line 2 of the captions",
    ),
    "unknown transcriber": (
        ("--image", "me.png", "--audio", "me.wav", "--transcriber", "siri", "-o", "o.mp4"),
        "auto, faster-whisper, whisper, none",
    ),
    "captions of another kind": (
        ("--image", "me.png", "--audio", "me.wav", "--captions", "ass", "-o", "o.mp4"),
        "Choose srt or vtt",
    ),
    "voice with another's sound": (
        ("--image", "me.png", "--expression-from", "me.wav", "--voice", "f1", "-o", "o.mp4"),
        "--expression-from was given",
    ),
    "no such video": (("--image", "me.png", "--expression-from", "you.mp4", "-o", "o.mp4"), "no video at you.mp4"),
    "no text at all": (("--image", "me.png", "--text", "\udcff\udcfe", "-o", "o.mp4"), "not in UTF-8"),
    "empty picture": (("--image", "", "--text", "Hi", "-o", "o.mp4"), "path of the picture is empty"),
    "sound is a folder": (("--image", "me.png", "--audio", ".", "-o", "o.mp4"), "sound . is a folder"),
    "picture is a folder": (("--image", ".", "--text", "Hi", "-o", "o.mp4"), "picture . is a folder"),
}
BAD_OPTIONS = {
    "size and resolution": (("--size", "512", "--resolution", "640x360"), "--size and --resolution were both"),
    "odd size": (("--size", "511"), "511x511"),
    "tiny size": (("--size", "32"), "64 to 4096"),
    "huge size": (("--size", "8192"), "64 to 4096"),
    "no size": (("--size", "0"), "0x0"),
    "no width": (("--resolution", "0x512"), "0x512"),
    "no height": (("--resolution", "512x0"), "512x0"),
    "empty frame rate": (("--fps", ""), "''"),
    "empty language": (("--language", ""), "language is empty"),
    "empty voice": (("--voice", ""), "voice is empty"),
    "controls are a folder": (("--controls", "."), "cannot be read"),
    "home of nobody": (("--controls", "~no-such-user/c.json"), "unknown user"),
    "resolution without x": (("--resolution", "640"), "'640' is no size"),
    "odd height": (("--resolution", "640x361"), "640x361"),
    "frame rate of words": (("--fps", "fast"), "'fast'"),
    "frame rate of zero": (("--fps", "0"), "1 to 120"),
    "transparent MP4": (("--background", "transparent"), "cannot be an MP4"),
    "unknown background": (("--background", "bleu"), "no background 'bleu'"),
    "unknown framing": (("--framing", "wide"), "auto, close, portrait, square, full"),
    "square of two sides": (("--framing", "square", "--resolution", "640x360"), "no size of 640x360"),
    "unknown renderer": (("--renderer", "magic"), "sadtalker-512, puppet, still"),
    "unknown director": (("--director", "hitchcock"), "auto, rules"),
    "negative seed": (("--seed", "-1"), "seed -1"),
    "resume and fresh": (("--resume", "--fresh"), "--resume and --fresh"),
    "no controls file": (("--controls", "none.json"), "none.json cannot be read"),
    "no performance file": (("--performance", "none.json"), "none.json cannot be read"),
    "motion of another kind": (("--export-motion", "m.bvh"), ".json or .csv or .npz or .glb"),
    "motion into no folder": (("--export-motion", "none/m.csv"), "no folder"),
}
BAD_OUTPUTS = {
    "other suffix": ("out.avi", ".mp4"),
    "no suffix": ("out", ".mp4"),
    "a folder": ("folder.mp4", "is a folder"),
    "in no folder": ("none/out.mp4", "mkdir -p"),
}


def assert_refused(cli: Cli, recorder: Recorder, arguments: tuple[str, ...], said: str) -> None:
    done = cli("generate", *arguments)
    assert (done.exit_code, done.stdout, recorder.requests) == (2, "", [])
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert said in line


@pytest.mark.parametrize("case", BAD)
def test_bad_inputs_are_refused_in_one_line(case: str, cli: Cli, recorder: Recorder) -> None:
    assert_refused(cli, recorder, *BAD[case])


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options_are_refused_in_one_line(case: str, cli: Cli, recorder: Recorder) -> None:
    options, said = BAD_OPTIONS[case]
    assert_refused(cli, recorder, ("--image", "me.png", "--text", "Hi", "-o", "o.mp4", *options), said)


@pytest.mark.parametrize("case", BAD_OUTPUTS)
def test_bad_outputs_are_refused_in_one_line(case: str, cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "folder.mp4").mkdir()
    output, said = BAD_OUTPUTS[case]
    assert_refused(cli, recorder, ("--image", "me.png", "--text", "Hi", "-o", output), said)


def test_an_output_folder_that_is_closed_is_refused(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.given_files.os.access", lambda _, mode: mode != os.W_OK)
    assert_refused(cli, recorder, ("--image", "me.png", "--text", "Hi", "-o", "o.mp4"), "nothing may be written")


CONTROLS = {
    "not JSON": ("{smile: 1}", "line 1, column 2"),
    "not an object": ("[1]", "does not hold a JSON object"),
    "unknown key": ('{"grin": 1}', 'unknown key "grin"'),
    "wrong value": ('{"smile": "wide"}', "smile"),
    "too many digits": ('{"smile": ' + "9" * 6000 + "}", "too many digits"),
    "a huge number": ('{"smile": ' + "9" * 400 + "}", "smile is no number"),
    "infinity": ('{"smile": 1e999}', "smile is no number"),
    "nested deeply": ('{"smile": ' + "[" * 100_000, "nested too deeply"),
    "null": ('{"smile": null}', "c.json: smile is null, not a number"),
    "unknown key inside": ('{"emotion": {"mood": 1}}', 'unknown key "mood" in emotion'),
    "not UTF-8": ("{\"smile\": '\udcff'}", "UTF-8"),
}


@pytest.mark.parametrize("case", CONTROLS)
def test_bad_controls_are_refused_in_one_line(case: str, cli: Cli, recorder: Recorder, folders: Path) -> None:
    content, said = CONTROLS[case]
    (folders / "c.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    arguments = ("--image", "me.png", "--text", "Hi", "-o", "o.mp4", "--controls", "c.json")
    assert_refused(cli, recorder, arguments, said)


PERFORMANCES = {
    "missing": ({"cues": [{"action": "nod"}]}, "p.json: cues.0.at is missing, and there is no word in its place."),
    "unknown action": ({"cues": [{"action": "fly", "at": 1}]}, "p.json: cues.0.action is \"fly\"; it may be 'nod', "),
    "unknown key": ({"controls": {"smil": 1}}, 'unknown key "smil" in controls. Its keys may be: blink_rate, '),
    "unknown key of a cue": ({"cues": [{"action": "nod", "at": 1, "to": 2}]}, 'unknown key "to" in cues.0'),
    "no list": ({"cues": {}}, "cues is an object, not a list"),
    "no object": ({"controls": None}, "controls is null, not an object"),
    "negative word": ({"cues": [{"action": "nod", "at": 1, "word": -1}]}, "cues.0.word is -1; it must be at least 0"),
    "backwards": ({"segments": [{"start": 2, "end": 1, "controls": {}}]}, "segments.0 ends at 1 s and starts at 2 s"),
    "empty": ({"segments": [{"start": 2, "end": 2, "controls": {}}]}, "segments.0 ends at 2 s"),
    "other version": ({"version": 2}, "version is 2; it may be 1"),
}


@pytest.mark.parametrize("case", PERFORMANCES)
def test_bad_performances_are_refused_in_one_line(case: str, cli: Cli, recorder: Recorder, folders: Path) -> None:
    content, said = PERFORMANCES[case]
    (folders / "p.json").write_text(json.dumps(content), encoding="utf-8")
    arguments = ("--image", "me.png", "--text", "Hi", "-o", "o.mp4", "--performance", "p.json")
    assert_refused(cli, recorder, arguments, said)


def test_a_byte_order_mark_does_no_harm(cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "c.json").write_text('{"smile": 0.5}', encoding="utf-8-sig")
    assert cli(*SPOKEN, "--controls", "c.json").exit_code == 0
    assert recorder.requests[0].controls == {"smile": 0.5}


def test_a_file_that_may_not_be_read_is_named(
    cli: Cli, recorder: Recorder, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)
    arguments = ("--image", "me.png", "--text", "Hi", "-o", "o.mp4", "--controls", "c.json")
    assert_refused(cli, recorder, arguments, "c.json cannot be read: Permission denied")


SAME = {
    "sound": (("--audio", "me.mp4", "-o", "me.mp4"), "--output me.mp4 is the same file as --audio me.mp4"),
    "sound by a link": (("--audio", "me.mp4", "-o", "link.mp4"), "same file as --audio"),
    "picture": (("--image", "me.mp4", "--text", "Hi", "-o", "./me.mp4"), "same file as --image"),
    "background": (("--text", "Hi", "--background", "me.mp4", "-o", "me.mp4"), "same file as --background"),
    "performance": (
        ("--text", "Hi", "-o", "o.mp4", "--performance", "p.json", "--export-motion", "p.json"),
        "same file as --performance",
    ),
    "controls": (
        ("--text", "Hi", "-o", "o.mp4", "--controls", "p.json", "--export-motion", "p.json"),
        "same file as --controls",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_no_target_takes_the_place_of_an_input(case: str, cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "me.mp4").write_bytes(b"sound")
    (folders / "link.mp4").symlink_to("me.mp4")
    (folders / "p.json").write_text("{}", encoding="utf-8")
    arguments, said = SAME[case]
    assert_refused(cli, recorder, ("--image", "me.png", *arguments), said)
    assert (folders / "me.mp4").read_bytes() == b"sound"


def test_the_two_targets_are_two_files(folders: Path) -> None:
    target = folders / "out.mp4"
    with pytest.raises(InputError, match="same file as --output"):
        files.check_apart(target, "--export-motion", {"--output": target})


def test_unknown_keys_are_answered_with_the_valid_ones(cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "x.json").write_text('{"grin": 1}', encoding="utf-8")
    assert ", ".join(ControlParameters.model_fields) in cli(*SPOKEN, "--controls", "x.json").stderr
    assert ", ".join(Performance.model_fields) in cli(*SPOKEN, "--performance", "x.json").stderr
