"""The compiled part of the package; all else is told in pyproject.toml."""

import os
from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("src/video_processor/renderers/puppet/native")

setup(
    ext_modules=[
        Extension(
            "video_processor.renderers.puppet._native",
            sources=sorted(str(path) for path in NATIVE.glob("*.c")),
            depends=sorted(str(path) for path in NATIVE.glob("*.h")),
            extra_compile_args=[] if os.name == "nt" else ["-O3", "-ffp-contract=off", "-fno-trapping-math"],
            optional=True,  # without a C compiler its twins in NumPy do the same, slower
        )
    ]
)
