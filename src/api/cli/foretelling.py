"""How long a video will probably take, said before a long one is begun."""

from pathlib import Path
from typing import Final

from audio_processor.decode import probe
from avatar.errors import AudioError
from avatar.settings import Settings, core_count
from avatar.types import Size, frame_count
from models.hardware import Hardware
from orchestrator.request import Job
from video_processor.enhancement.restoring import GFPGAN
from video_processor.estimates.estimate import estimate_generation_time
from video_processor.estimates.past import PastRuns
from video_processor.estimates.priors import restoring_seconds

LONG_SECONDS: Final = 30.0
"""What takes less needs no warning."""

CHARACTERS_A_SECOND: Final = 14.0
"""Of text, spoken at a usual pace."""


def foretold(job: Job, engine: str, hardware: Hardware, settings: Settings) -> str | None:
    """One line for a video that will take long by `engine`; None for a short one, or where nobody knows yet."""
    sound = _sound_seconds(job)
    if sound is None:
        return None
    side = job.shorter_side or settings.default_resolution
    size = Size(job.width or side, job.height or side)
    past = PastRuns(settings.data_dir)
    expected = estimate_generation_time(sound, engine, size, job.rate, hardware=hardware, past=past)
    seconds, who = expected.seconds, engine
    if job.enhance == GFPGAN and not hardware.device.is_gpu:
        faces = frame_count(sound, job.rate) / job.enhance_every
        seconds, who = seconds + restoring_seconds(faces, core_count()), f"{engine} and {GFPGAN}"
    if seconds < LONG_SECONDS:
        return None
    learned = f"learned from {expected.runs} before it" if expected.runs else "by the shipped figures"
    return f"This will take about {_words(seconds)}: {sound:.0f} s of speech by {who}, {learned}."


def _sound_seconds(job: Job) -> float | None:
    """None for a broken sound, which is refused by the stage that reads it."""
    if job.audio is None:
        return len(job.text or "") / CHARACTERS_A_SECOND
    try:
        return probe(Path(job.audio)).duration
    except AudioError:
        return None


def _words(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1.5:
        return f"{seconds:.0f} seconds"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
