import json
import re
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from api.cli.doctor import installation, machine, tracing
from avatar.errors import SynthesisError
from avatar.settings import load_settings
from avatar.tracing.health import Health
from tests.api.cli_fakes import Cli
from video_processor.renderers.base import RendererCapabilities


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def right_weights(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.weights.WeightStore.verify", lambda *_: None)


def test_a_sound_installation_passes(cli: Cli, right_weights: None) -> None:
    done = cli("doctor")
    assert done.exit_code == 0, done.output
    assert "ok    Renderers: puppet is taken; wav2lip-gan (passed over: it " in done.stdout
    names = re.findall(r"^(?:ok|warn|fail) +([A-Z].*?):", done.stdout, re.MULTILINE)
    assert {*names} == {
        *("Python", "Processor", "GPU", "Memory", "Disk", "Port 8005"),
        *(
            "Codecs",
            "Models",
            "Networks",
            "Puppet",
            "Renderers",
            "Hearing",
            "Text to speech",
            "Settings",
            "Words of a sound",
            "Traces",
            "Director",
        ),
    }


def test_json_holds_every_check(cli: Cli, right_weights: None) -> None:
    report = json.loads(cli("doctor", "--json").stdout)
    assert report["ok"]
    assert len(report["checks"]) == 17
    assert all(check["cure"] for check in report["checks"] if check["status"] != "ok")


def test_an_installation_without_a_compiler_is_told_what_it_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("video_processor.renderers.puppet.native.kernels", None)
    check = installation.check_puppet()
    assert check.status == "warn"
    assert "gcc python3-dev" in check.cure


def test_damaged_models_fail_with_a_cure(cli: Cli, folders: Path) -> None:
    done = cli("doctor")
    assert done.exit_code == 1
    assert "fail  Models:" in done.stdout
    assert "python main.py models download" in done.stdout


def test_missing_models_are_a_warning_since_they_come_by_themselves(folders: Path) -> None:
    for file in (folders / "checkpoints").iterdir():
        file.unlink()
    check = installation.check_models(load_settings())
    assert check.status == "warn"
    assert "face-mesh" in check.detail
    assert "models download" in check.cure


def test_a_wrong_setting_fails_and_names_its_key(cli: Cli, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_CRF", "99")
    done = cli("doctor")
    assert done.exit_code == 1
    assert "VIDEO_CRF" in done.stdout


def test_keys_are_named_and_never_shown(cli: Cli, right_weights: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "very-secret")
    monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "also-hidden")
    done = cli("doctor")
    assert "MISTRAL_API_KEY, LANGFUSE_PUBLIC_KEY" in done.stdout
    assert "very-secret" not in done.output
    assert "also-hidden" not in done.output


def test_langfuse_without_keys_is_a_warning() -> None:
    check = installation.check_settings(load_settings(enable_langfuse=True, langfuse_public_key="x"))
    assert check.status == "warn"
    assert "LANGFUSE_SECRET_KEY" in check.cure


def test_a_taken_port_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert machine.check_port(port).status == "warn"
    assert machine.check_port(port).status == "ok"


@pytest.mark.parametrize(("free", "status"), [(10**10, "ok"), (10**9, "warn"), (10**7, "fail")])
def test_little_room_on_the_disk_is_told(
    free: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.doctor.machine.shutil.disk_usage", lambda _: Usage(10**11, 0, free))
    check = machine.check_disk(tmp_path / "not" / "yet")
    assert check.status == status
    assert bool(check.cure) == (status != "ok")


def test_a_data_folder_that_is_closed_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.doctor.machine.os.access", lambda *_: False)
    assert machine.check_disk(tmp_path).status == "fail"


def test_little_memory_and_one_core_are_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: (10**9, 4 * 10**9))
    monkeypatch.setattr(machine, "core_count", lambda: 1)
    assert (machine.check_memory().status, machine.check_processor().status) == ("warn", "warn")


def test_memory_that_nobody_tells_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: None)
    assert machine.check_memory().status == "ok"


def test_a_missing_codec_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "CODECS", ("libx264", "no-such-codec"))
    check = installation.check_codecs()
    assert check.status == "fail"
    assert "lacks no-such-codec" in check.detail


def test_a_voice_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def mute(*_: object, **__: object) -> None:
        raise SynthesisError("espeak-ng ended with exit status 3.")

    monkeypatch.setattr("audio_processor.tts.speak", mute)
    check = installation.check_speech()
    assert (check.status, check.detail) == ("fail", "espeak-ng ended with exit status 3.")
    assert check.cure


def test_a_gpu_is_named_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Some GPU'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("api.cli.doctor.machine.importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("api.cli.doctor.machine.platform.system", lambda: "Linux")
    check = machine.check_accelerator()
    assert check.status == "ok"
    assert check.detail.startswith("Some GPU")


@pytest.mark.parametrize("place", ["in-the-way", "in-the-way/x"])
@pytest.mark.parametrize(("variable", "name"), [("DATA_DIR", "Disk"), ("CHECKPOINTS_DIR", "Models")])
def test_a_folder_that_cannot_be_one_fails(
    variable: str, name: str, place: str, cli: Cli, right_weights: None, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folders / "in-the-way").write_text("a file", encoding="utf-8")
    monkeypatch.setenv(variable, str(folders / place))
    done = cli("doctor")
    assert done.exit_code == 1
    assert f"fail  {name}: {variable}: {folders / 'in-the-way'} is a file" in done.stdout


@pytest.mark.parametrize(
    ("variable", "name", "valid"),
    [("DEFAULT_RENDERER", "Renderers", "auto, .*puppet, still"), ("DEFAULT_DIRECTOR", "Settings", "auto, rules")],
)
def test_defaults_that_do_not_exist_fail(
    variable: str, name: str, valid: str, cli: Cli, right_weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "magic")
    done = cli("doctor")
    assert done.exit_code == 1
    assert re.search(rf"fail  {name}: {variable}: .*magic.*\n.*{valid}", done.stdout)


def test_an_engine_that_lacks_its_models_is_listed_with_them(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needy = RendererCapabilities("needy", 1, "", weights=("face-mesh",))
    able = RendererCapabilities("able", 1, "")
    engines = {c.name: SimpleNamespace(capabilities=c) for c in (needy, able)}
    monkeypatch.setattr("video_processor.hybrid_generator.engines", lambda *_: engines)
    for file in (folders / "checkpoints").iterdir():
        file.unlink()
    check = installation.check_renderers(load_settings())
    assert (check.status, check.detail) == ("ok", "able is taken; needy (passed over: it lacks face-mesh), able")
    check = installation.check_renderers(load_settings(default_renderer="needy"))
    assert check.status == "warn"
    assert "models download" in check.cure


def test_who_can_hear_is_listed_with_what_is_missing(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.silero.has_runtime", lambda: False)
    check = installation.check_hearing(load_settings())
    assert check.status == "ok"
    assert re.fullmatch(r"silero \(not available: it lacks onnxruntime \(.*\[hear\].*\)\), own", check.detail)
    check = installation.check_hearing(load_settings(speech_detector="silero"))
    assert check.status == "fail"
    assert check.detail.startswith("SPEECH_DETECTOR: ")
    assert check.cure


def test_langfuse_with_keys_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(enable_langfuse=True, langfuse_public_key="x", langfuse_secret_key="y")
    monkeypatch.setattr("api.cli.doctor.installation.importlib.util.find_spec", lambda _: object())
    assert installation.check_settings(settings).status == "ok"
    monkeypatch.setattr("api.cli.doctor.installation.importlib.util.find_spec", lambda _: None)
    check = installation.check_settings(settings)
    assert check.status == "fail"
    assert "[trace]" in check.cure


def test_traces_say_where_they_go_and_whether_they_arrive(tmp_path: Path) -> None:
    nowhere = tracing.check_traces(load_settings(data_dir=tmp_path))
    assert (nowhere.status, "sent nowhere" in nowhere.detail) == ("ok", True)
    settings = load_settings(data_dir=tmp_path, otel_exporter_otlp_endpoint="http://me:secret@127.0.0.1:4318")
    fresh = tracing.check_traces(settings)
    assert "http://127.0.0.1:4318" in fresh.detail
    assert "secret" not in fresh.detail
    health = Health(tmp_path, "otlp", "http://127.0.0.1:4318")
    health.saw("code: 401")
    failing = tracing.check_traces(settings)
    assert (failing.status, "401" in failing.detail, bool(failing.cure)) == ("warn", True, True)
    health.saw(None)
    assert tracing.check_traces(settings).status == "ok"


def test_traces_without_their_keys_are_a_warning(tmp_path: Path) -> None:
    check = tracing.check_traces(load_settings(data_dir=tmp_path, enable_langfuse=True))
    assert check.status == "warn"
    assert "LANGFUSE_SECRET_KEY" in check.cure
