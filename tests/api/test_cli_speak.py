import io
import json
import wave
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from tests.api.cli_fakes import Cli

BAD = {
    "no text": (("-o", "a.wav"), "There is no text to speak"),
    "empty": (("", "-o", "a.wav"), "empty"),
    "no place": (("Hi",), "no place to write"),
    "no sound": (("Hi", "-o", "a.avi"), "does not end in .wav"),
    "engine": (("Hi", "-o", "a.wav", "--speaker", "siri"), "no speaker 'siri'"),
    "language": (("Hi", "-o", "a.wav", "--language", "klingon"), "klingon"),
    "voice": (("Hi", "-o", "a.wav", "--voice", "nobody"), "nobody"),
    "list": (("--list", "--language", "klingon"), "No engine speaks"),
}


def test_a_text_becomes_a_wav_that_tells_its_length(folders: Path, cli: Cli) -> None:
    done = cli("speak", "Hello there. How are you?", "-o", "out.wav", "--voice", "f2", "--json")
    facts = json.loads(done.stdout)

    assert done.exit_code == 0
    assert facts["speaker"]["name"] == "espeak"
    with wave.open("out.wav") as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(facts["duration"], abs=0.001)
    assert facts["duration"] > 1.5


@pytest.mark.parametrize("name", ["out.mp3", "out.opus", "out.OGG"])
def test_other_formats_go_by_the_ending(folders: Path, cli: Cli, name: str) -> None:
    done = cli("speak", "Hola. ¿Qué tal?", "-o", name, "--language", "es", "--speaker", "espeak")

    assert done.exit_code == 0, done.output
    assert "spoken by espeak" in done.stderr
    with av.open(io.BytesIO(Path(name).read_bytes()), "r") as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) > 10_000


def test_a_text_is_read_from_standard_input(folders: Path) -> None:
    told = ["speak", "-", "-o", "out.wav", "--language", "zh", "--speaker", "espeak"]
    done = CliRunner().invoke(app, told, input="你好。\n再见。")

    assert done.exit_code == 0, done.output
    assert Path("out.wav").stat().st_size > 10_000


def test_engines_are_listed(folders: Path, cli: Cli) -> None:
    done = cli("speak", "--list")
    facts = json.loads(cli("speak", "--list", "--language", "zh", "--json").stdout)

    assert "espeak: espeak-ng" in done.stdout
    assert "licence: GPL-3.0" in done.stdout
    assert "espeak" in [speaker["name"] for speaker in facts["speakers"]]


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_spoken_ends_with_code_2(folders: Path, cli: Cli, case: str) -> None:
    arguments, message = BAD[case]
    done = cli("speak", *arguments)

    assert done.exit_code == 2
    assert message in done.stderr
    assert not list(folders.glob("a.*"))
