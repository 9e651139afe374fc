"""Makes the project's own environment, `.venv`, and keeps it in step with pyproject.toml.

`python3 scripts/environment.py [EXTRA ...]` installs the core and the extras named; extras that are there
stay. It does nothing where nothing has changed. Runs without any package, on any Python 3.6 or later, so
that an unsuitable one gets a message; everything is written to standard error.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "installed.json"
NATIVE = ROOT / "src" / "video_processor" / "renderers" / "puppet" / "compiled"
"""What pip compiles where there is a C compiler."""

PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
TORCH = "torch==2.13.0"
"""Installed before all else where it is wanted, so that no package brings another one."""

WITH_TORCH = {"all", "neural", "whisper", "xtts"}
WHISPER = "openai-whisper==20250625"
"""Installed by itself: it asks for triton, which is of use to GPUs alone and has a gigabyte."""

WITH_WHISPER = {"all", "whisper"}
SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))


def main(extras: "list[str]") -> int:
    """0 where the environment stands, 2 where this machine lacks something, 1 where the installation failed."""
    recorded = read_stamp()
    wanted = sorted({*extras, *recorded.get("extras", "").split()})
    if PYTHON.exists() and recorded == stamp(wanted):
        return 0
    try:
        make_environment()
        for arguments in installations(wanted):
            pip(arguments)
    except subprocess.CalledProcessError:
        say("The installation failed; the lines above say why. Run the same command again to go on.")
        return 1
    except NoEnvironmentError as error:
        say(str(error))
        return 2
    STAMP.write_text(json.dumps(stamp(wanted)), encoding="utf-8")
    return 0


class NoEnvironmentError(Exception):
    """This machine's Python cannot make an environment."""


def installations(extras: "list[str]") -> "list[list[str]]":
    """The arguments of each `pip install`, in order."""
    names = "[{}]".format(",".join(extras)) if extras else ""
    first = [[TORCH]] if WITH_TORCH.intersection(extras) else []
    last = [["--no-deps", WHISPER]] if WITH_WHISPER.intersection(extras) else []
    return [*first, ["--editable", f"{ROOT}{names}"], *last]


def stamp(extras: "list[str]") -> "dict[str, str]":
    """What an environment with these extras was made from; where it differs, pip runs again."""
    digest = hashlib.sha256()
    for path in [ROOT / "pyproject.toml", *ROOT.glob("setup.py"), *sorted(NATIVE.glob("*.[ch]"))]:
        digest.update(path.read_bytes())
    return {"extras": " ".join(extras), "sources": digest.hexdigest(), "folder": str(ROOT)}


def read_stamp() -> "dict[str, str]":
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def make_environment() -> None:
    """Makes `.venv` with this Python, unless one with a working pip is there."""
    if PYTHON.exists() and succeeds([str(PYTHON), "-m", "pip", "--version"]):
        return
    if sys.version_info[:2] not in SUPPORTED:
        found = "{}.{}".format(*sys.version_info[:2])
        raise NoEnvironmentError(
            f"Python 3.10 to 3.13 is needed, and {sys.executable} is {found}. Install one and name it: "
            "`make demo PYTHON=python3.12`, or PYTHON=python3.12 ./run.sh."
        )
    if not succeeds([sys.executable, "-c", "import ensurepip, venv"]):
        raise NoEnvironmentError(
            f"{sys.executable} cannot make environments. On Debian and Ubuntu: sudo apt-get install python3-venv."
        )
    say(f"Making the environment in {FOLDER}.")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True, stdout=sys.stderr)


def pip(arguments: "list[str]") -> None:
    say("Installing the packages that pyproject.toml names; the first time takes a minute or two.")
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-compile", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)


def succeeds(command: "list[str]") -> bool:
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
