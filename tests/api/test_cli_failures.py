import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.cli.failures import Commands
from avatar.errors import AvatarError, DownloadError, InputError, LicenceError, MissingWeightsError, WeightsError
from tests.api.cli_fakes import Cli


def failing(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=Commands)

    @app.command()
    def work(as_json: bool = typer.Option(False, "--json")) -> None:
        raise error

    @app.command()
    def other() -> None: ...

    return app


def test_the_unexpected_ends_with_one_line_and_a_file_with_the_traceback(folders: Path) -> None:
    done = CliRunner().invoke(failing(ZeroDivisionError("a [bold] thing\nand more")), ["work"])
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "ZeroDivisionError: a [bold] thing." in line
    (log,) = (folders / "data" / "logs").iterdir()
    assert str(log) in line
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_the_traceback_is_kept_even_where_the_data_folder_cannot_be(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folders / "data").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(folders))
    done = CliRunner().invoke(failing(KeyError("gone")), ["work"])
    assert done.exit_code == 1
    assert len(list(folders.glob("avatar-*/failure-*.txt"))) == 1


@pytest.mark.parametrize(
    ("kind", "code"), [(LicenceError, 2), (MissingWeightsError, 2), (WeightsError, 1), (DownloadError, 1)]
)
def test_what_the_user_can_mend_ends_with_2(kind: type[AvatarError], code: int) -> None:
    done = CliRunner().invoke(failing(kind("No.", cure="Do this.")), ["work"])
    assert (done.exit_code, done.stderr) == (code, "Error: No. Do this.\n")


def test_ctrl_c_says_how_to_go_on(folders: Path) -> None:
    done = CliRunner().invoke(failing(KeyboardInterrupt()), ["work"])
    assert done.exit_code == 130
    assert done.stderr == "Stopped. What is finished is kept. The same command goes on from there.\n"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InputError("No.", cure="Yes."), "InputError"),
        (KeyboardInterrupt(), "Interrupted"),
        (RuntimeError("odd"), "RuntimeError"),
        (ModuleNotFoundError("no", name="langgraph"), "MissingPackage"),
    ],
)
def test_with_json_every_failure_is_an_object(error: BaseException, kind: str, folders: Path) -> None:
    done = CliRunner().invoke(failing(error), ["work", "--json"])
    failure = json.loads(done.stdout)["error"]
    assert failure["kind"] == kind
    assert failure["message"]
    assert failure["cure"]
    assert failure["message"] in done.stderr


def test_a_package_that_is_missing_is_named_with_its_cure(folders: Path) -> None:
    done = CliRunner().invoke(failing(ModuleNotFoundError("no", name="langgraph.graph")), ["work"])
    assert done.exit_code == 2
    assert "'langgraph.graph'" in done.stderr
    assert "make demo" in done.stderr


def test_a_module_of_ours_that_is_missing_is_a_failure_of_ours(folders: Path) -> None:
    done = CliRunner().invoke(failing(ModuleNotFoundError("no", name="avatar.gone")), ["work"])
    assert done.exit_code == 1
    assert "should not have" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["generate", "--colour"], ["genarate"], ["generate", "--seed", "x"], ["models", "nosuch"], ["--colour"]],
)
def test_options_that_do_not_exist_end_with_2(arguments: list[str], cli: Cli) -> None:
    done = cli(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr
    assert json.loads(cli(*arguments, "--json").stdout)["error"]["kind"] == "UsageError"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("options", [["--json"], []])
def test_output_that_has_no_room_ends_with_1_and_one_line(options: list[str], folders: Path) -> None:
    program = (
        "import typer\nfrom api.cli.failures import Commands\napp = typer.Typer(cls=Commands)\n"
        "@app.command()\ndef work(as_json: bool = typer.Option(False, '--json')): typer.echo('done')\n"
        "@app.command()\ndef other(): ...\napp()\n"
    )
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-c", program, "work", *options]
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "No space left" in line
