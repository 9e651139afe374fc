"""`rerender`: what its options say of another version of a video."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from avatar.settings import Settings
from orchestrator.request import JobRequest
from tests.api.cli_fakes import Cli, Recorder

OTHER = ("rerender", "out.mp4", "-o", "other.mp4")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, folders: Path) -> list[dict[str, Any]]:
    """The changes that a version was asked for with."""
    seen: list[dict[str, Any]] = []

    def version(video: Path, output: Path, changes: Mapping[str, Any], _settings: Settings) -> JobRequest:
        assert video == Path("out.mp4")
        seen.append({name: value for name, value in changes.items() if value not in (None, {})})
        return JobRequest(image="me.png", audio="me.wav", output=output)

    monkeypatch.setattr("orchestrator.versions.another_version", version)
    return seen


def test_only_what_is_given_is_another(cli: Cli, recorder: Recorder, asked: list[dict[str, Any]]) -> None:
    assert cli(*OTHER).exit_code == 0
    assert cli(*OTHER, "--size", "96", "--seed", "0", "--background", "blur").exit_code == 0
    assert asked == [{}, {"width": 96, "height": 96, "seed": 0, "background": "blur"}]
    assert Path(recorder.requests[-1].output).name == "other.mp4"


def test_a_performance_and_controls_come_from_files(
    cli: Cli, recorder: Recorder, asked: list[dict[str, Any]], folders: Path
) -> None:
    (folders / "p.json").write_text('{"cues": []}', encoding="utf-8")
    (folders / "c.json").write_text('{"smile": 0.5}', encoding="utf-8")
    assert cli(*OTHER, "--performance", "p.json", "--controls", "c.json").exit_code == 0
    assert asked == [{"performance": {"cues": []}, "controls": {"smile": 0.5}}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--performance", "me.png", "--direction", "calm"), "needs no director"),
        (("--size", "96", "--resolution", "96x64"), "--size and --resolution"),
        (("--performance", "no.json"), "no.json"),
    ],
)
def test_what_cannot_be_used_ends_with_2(
    cli: Cli, recorder: Recorder, asked: list[dict[str, Any]], options: tuple[str, ...], said: str
) -> None:
    done = cli(*OTHER, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not asked


def test_the_video_itself_is_not_overwritten(cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "out.mp4").write_bytes(b"video")
    done = cli("rerender", "out.mp4", "-o", "out.mp4")
    assert (done.exit_code, "same file" in done.stderr) == (2, True)


def test_a_video_that_nobody_knows_ends_with_2(cli: Cli, recorder: Recorder) -> None:
    done = cli(*OTHER)
    assert done.exit_code == 2
    assert "out.mp4" in done.stderr
    assert not recorder.requests
