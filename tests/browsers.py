"""The browser that tests drive."""

import shutil
from typing import Final

import pytest

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there is taken: a headless shell needs half of the processor time of a whole browser."""


def chromium_path() -> str:
    """Where Chromium is; the test is skipped where it is not."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found
