"""A private PostgreSQL server, on a free port, in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

POSTGRES_BINARIES = "/usr/lib/postgresql/*/bin"


def postgres_folder() -> Path:
    """Where the server's programs are; the test skips where there are none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/").glob(POSTGRES_BINARIES[1:]))
    if not folders:
        pytest.skip("no PostgreSQL server here; the package `postgresql` brings one")
    return folders[-1]


@contextmanager
def private_postgres() -> Iterator[str]:
    """The URL of a server that lives inside the block. It refuses to run as root, so it does not."""
    programs = postgres_folder()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user: dict[str, str] = {}
    folder = Path(tempfile.mkdtemp(prefix="avatar-postgres-"))
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": "postgres"}
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120, **user)  # type: ignore[call-overload]

    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    try:
        run(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "avatar", "--no-sync")
        run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://avatar:hidden@127.0.0.1:{port}/postgres"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
