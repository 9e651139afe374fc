import itertools
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar.settings import CONFIG_FILE, PROJECT_ROOT, Settings, load_settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

ENV_EXAMPLE = PROJECT_ROOT / ".env.example"
VARIABLE = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$")
PACKAGES = ("avatar", "models", "audio_processor", "video_processor", "orchestrator", "evaluator", "api", "client")


NETWORKS = (
    *("models.checkpoints", "models.layers"),
    *("models.gfpgan.", "models.sadtalker.", "models.syncnet.", "models.wav2lip."),
)
"""What is made of PyTorch, and imported by whoever builds a network."""


def env_example() -> list[tuple[str, str, str]]:
    """(description, variable, value) of each variable, in the file's order."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    found = []
    for above, line in itertools.pairwise(lines):
        if match := VARIABLE.match(line):
            found.append((above.removeprefix("# "), match[1], match[2]))
    return found


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_env_example_holds_every_setting_in_order_with_its_default_and_description() -> None:
    fields = Settings.model_fields.items()
    wanted = [(field.description, name.upper(), as_text(field.default)) for name, field in fields]
    assert env_example() == wanted


def test_env_example_names_what_users_look_for() -> None:
    values = {name: value for _, name, value in env_example()}
    assert values["DEFAULT_FPS"] == "25"
    assert values["DEFAULT_RESOLUTION"] == "512"
    assert {"MISTRAL_API_KEY", "GROQ_API_KEY", "ENABLE_LANGFUSE"} <= values.keys()
    assert {"LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"} <= values.keys()


def test_a_copy_of_env_example_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    without = load_settings()
    monkeypatch.setattr("avatar.settings.DOTENV_FILE", ENV_EXAMPLE)
    assert load_settings() == without


def test_the_yaml_file_holds_defaults_of_settings_and_no_secret() -> None:
    fields = Settings.model_fields
    content = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))
    assert {key: str(fields[key].default) for key in content} == {
        key: str(type(fields[key].default)(value)) for key, value in content.items()
    }
    assert not [key for key in content if "key" in key]


def test_requirements_name_the_core_of_pyproject() -> None:
    lines = (PROJECT_ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line and not line.startswith("#")]
    assert named == [*pyproject()["project"]["dependencies"], "--editable ."]


def test_main_and_the_installer_accept_the_pythons_of_pyproject() -> None:
    assert pyproject()["project"]["requires-python"] == ">=3.10,<3.14"
    line = "SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))"
    for name in ("main.py", "scripts/environment.py"):
        assert line in (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()


def test_make_knows_the_promised_targets() -> None:
    targets = re.findall(r"^([a-z]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"demo", "test", "lint", "serve", "bench", "clean"} <= set(targets)


@pytest.mark.parametrize("name", ["run.sh", ".ci/run"])
def test_shell_scripts_can_be_executed_and_parse(name: str) -> None:
    path = PROJECT_ROOT / name
    assert path.stat().st_mode & stat.S_IXUSR
    shell = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!").split()[-1]
    assert subprocess.run([shell, "-n", str(path)], check=False).returncode == 0


def test_every_module_but_the_networks_own_imports_without_torch_scipy_or_matplotlib() -> None:
    program = (
        "import importlib, json, pkgutil, sys\n"
        f"for package in {PACKAGES!r}:\n"
        "    folder = importlib.import_module(package).__path__\n"
        "    for module in pkgutil.walk_packages(folder, package + '.'):\n"
        f"        if not module.name.endswith('__main__') and not module.name.startswith({NETWORKS!r}):\n"
        "            importlib.import_module(module.name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(json.loads(done.stdout))
    assert set(PACKAGES) <= loaded
    assert not loaded & {"torch", "scipy", "matplotlib", "langfuse"}


def run_installer(python: Path, folder: Path, *extras: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), str(folder / "scripts" / "environment.py"), *extras]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the installer and the smallest project that it can install, with an extra `more`."""
    (tmp_path / "scripts").mkdir()
    installer = (PROJECT_ROOT / "scripts" / "environment.py").read_text(encoding="utf-8")
    (tmp_path / "scripts" / "environment.py").write_text(installer, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'nothing'\nversion = '1'\n", encoding="utf-8")
    return tmp_path


def fake_environment(checkout: Path, pip_fails: bool = False) -> Path:
    """An environment whose Python writes down how it is called; the file of those lines."""
    calls = checkout / "calls.txt"
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    ending = 'case "$*" in *install*) exit 1;; esac' if pip_fails else ""
    python.write_text(f'#!/bin/sh\necho "$*" >> {calls}\n{ending}\n', encoding="utf-8")
    python.chmod(0o755)
    return calls


needs_shell = pytest.mark.skipif(os.name == "nt", reason="its fake environment is a shell script")


@needs_shell
def test_the_installer_runs_pip_once_and_then_only_after_a_change(checkout: Path) -> None:
    calls = fake_environment(checkout)
    assert run_installer(Path(sys.executable), checkout).returncode == 0
    first = calls.read_text(encoding="utf-8").splitlines()
    assert [line.split()[-2:] for line in first if "--editable" in line] == [["--editable", str(checkout)]]

    run_installer(Path(sys.executable), checkout)
    assert calls.read_text(encoding="utf-8").splitlines() == first

    (checkout / "pyproject.toml").write_text("[project]\nname = 'nothing'\nversion = '2'\n", encoding="utf-8")
    run_installer(Path(sys.executable), checkout)
    assert len([line for line in calls.read_text(encoding="utf-8").splitlines() if "--editable" in line]) == 2


@needs_shell
def test_the_installer_compiles_anew_what_has_changed(checkout: Path) -> None:
    sources = checkout / "src" / "video_processor" / "renderers" / "puppet" / "compiled"
    assert (PROJECT_ROOT / sources.relative_to(checkout)).is_dir()
    sources.mkdir(parents=True)
    calls = fake_environment(checkout)
    for content in ("int old;", "int new;"):
        (sources / "module.c").write_text(content, encoding="utf-8")
        run_installer(Path(sys.executable), checkout)
    assert calls.read_text(encoding="utf-8").count("--editable") == 2


@needs_shell
def test_the_installer_keeps_extras_that_are_there(checkout: Path) -> None:
    calls = fake_environment(checkout)
    run_installer(Path(sys.executable), checkout, "dev", "all")
    run_installer(Path(sys.executable), checkout)
    installs = [line for line in calls.read_text(encoding="utf-8").splitlines() if "--editable" in line]
    assert [line.split()[-1] for line in installs] == [f"{checkout}[all,dev]"]


@needs_shell
def test_whisper_comes_after_torch_and_without_what_only_gpus_use(checkout: Path) -> None:
    calls = fake_environment(checkout)
    run_installer(Path(sys.executable), checkout, "whisper")
    installs = [line.split(" install -qq --no-compile ")[-1] for line in calls.read_text(encoding="utf-8").splitlines()]
    installs = [line for line in installs if line.startswith(("torch", "--editable", "--no-deps"))]
    assert [line.split("==")[0] for line in installs] == [
        "torch",
        f"--editable {checkout}[whisper]",
        "--no-deps openai-whisper",
    ]


@needs_shell
def test_an_installation_that_failed_is_tried_again(checkout: Path) -> None:
    calls = fake_environment(checkout, pip_fails=True)
    assert run_installer(Path(sys.executable), checkout).returncode == 1
    done = run_installer(Path(sys.executable), checkout)
    assert done.returncode == 1
    assert "Run the same command again" in done.stderr
    assert done.stdout == ""
    assert calls.read_text(encoding="utf-8").count("--editable") == 2


@needs_shell
def test_run_sh_hands_its_arguments_to_main(checkout: Path) -> None:
    calls = fake_environment(checkout)
    (checkout / "run.sh").write_text((PROJECT_ROOT / "run.sh").read_text(encoding="utf-8"), encoding="utf-8")
    command = ["sh", str(checkout / "run.sh"), "generate", "--text", "two words"]
    environment = {**os.environ, "PYTHON": sys.executable}
    assert subprocess.run(command, check=False, capture_output=True, env=environment).returncode == 0
    assert calls.read_text(encoding="utf-8").splitlines()[-1] == f"{checkout}/main.py generate --text two words"


@needs_shell
def test_run_sh_without_a_python_says_so(checkout: Path) -> None:
    environment = {**os.environ, "PYTHON": "no-such-python"}
    command = ["sh", str(PROJECT_ROOT / "run.sh"), "doctor"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert "no-such-python" in done.stderr
