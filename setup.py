"""The compiled part of the package; all else is told in pyproject.toml."""

import hashlib
import os
from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("src/video_processor/renderers/puppet/compiled")

FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]

SOURCES = sorted(NATIVE.glob("*.[ch]"))

setup(
    ext_modules=[
        Extension(
            "video_processor.renderers.puppet._native",
            sources=[str(path) for path in SOURCES if path.suffix == ".c"],
            depends=[str(path) for path in SOURCES if path.suffix == ".h"],
            define_macros=[("SOURCES", hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest())],
            extra_compile_args=[] if os.name == "nt" else FLAGS,
            optional=True,  # without a C compiler its twins in NumPy do the same, slower
        )
    ]
)
