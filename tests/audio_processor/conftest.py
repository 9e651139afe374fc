"""Speech for the tests, spoken once."""

from pathlib import Path

import numpy as np
import pytest

from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from tests.audio_processor.sounds import SENTENCE, Said


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("said")
    spoken = speak(SENTENCE, folder=folder)
    clip = decode_audio(spoken.path, folder, max_minutes=1, max_megabytes=10)
    return Said(spoken, clip, np.array(clip.samples))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for what a test makes."""
    return tmp_path / "made"
