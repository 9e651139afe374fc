"""Makes `.venv-llama`, an environment with llama.cpp's server, which tests ask as a real language model.

Compiling takes two cores some minutes, once. Without a C++ compiler nothing is made, and those tests skip.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / ".venv-llama"
PYTHON: Final = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP: Final = FOLDER / "made.txt"
LAID_IN_FILE: Final = FOLDER / "laid_in.cmake"
PACKAGE: Final = "llama-cpp-python[server]==0.3.36"
FLAGS: Final = (
    "-DLLAVA_BUILD=OFF",
    "-DMTMD_BUILD=OFF",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_TOOLS=OFF",
    "-DLLAMA_BUILD_SERVER=OFF",
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DGGML_LLAMAFILE=OFF",
    "-DGGML_CPU_REPACK=OFF",
    "-DCMAKE_CXX_FLAGS_RELEASE=-O0",
    "-DCMAKE_C_FLAGS_RELEASE=-O1",
)
"""What compiles fastest: models of a megabyte need no speed."""

LAID_IN: Final = """\
set(LLAMA_BUILD_COMMON OFF)
cmake_language(DEFER CALL set_target_properties llama PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
cmake_language(DEFER CALL target_compile_options ggml-cpu PRIVATE -O2)
"""
"""What no flag can say, for CMake. llama.cpp has a small file for each kind of model, and most of the time goes into
the headers that they share, so many are compiled as one. What computes is compiled well."""


def main() -> int:
    """0 where the environment stands or cannot be made here, 1 where making it failed."""
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == recipe():
        return 0
    if not compiler():
        say("No C++ compiler: tests that ask a model of llama.cpp skip. On Debian and Ubuntu: apt-get install g++.")
        return 0
    say(f"Compiling llama.cpp's server into {FOLDER}, once; it takes some minutes.")
    try:
        make()
    except subprocess.CalledProcessError:
        say("llama.cpp's server could not be made; the lines above say why.")
        return 1
    STAMP.write_text(recipe(), encoding="utf-8")
    return 0


def make() -> None:
    """Raises CalledProcessError."""
    run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
    LAID_IN_FILE.write_text(LAID_IN, encoding="utf-8")
    flags = [*FLAGS, f"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={LAID_IN_FILE.as_posix()}"]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    run([*pip, PACKAGE], CMAKE_ARGS=" ".join(flags))


def recipe() -> str:
    """What an environment of today is made from."""
    parts = (PACKAGE, *FLAGS, LAID_IN, str(FOLDER))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def compiler() -> str | None:
    names = (os.environ.get("CXX"), "c++", "g++", "clang++", "cl")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def run(command: list[str], **variables: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, **variables})


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
