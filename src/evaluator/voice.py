"""The voice that a video brings: level and pitch, measured in its own soundtrack."""

from pathlib import Path

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from avatar.settings import Settings
from avatar.types import AudioClip
from evaluator.metrics import Values, known, unknown


def video_sound(video: Path, folder: Path, settings: Settings) -> AudioClip:
    """The sound of a finished video, decoded into `folder`. Raises `AudioError`."""
    return decode_audio(
        video, folder, max_minutes=settings.max_audio_minutes, max_megabytes=settings.max_upload_megabytes
    )


def voice(clip: AudioClip) -> Values:
    """Mean level of what is spoken; median and spread of the pitch of what is voiced."""
    prosody = analyse_speech(clip).prosody
    spoken, f0 = prosody.loudness_db[prosody.speech], prosody.f0_hz[prosody.f0_hz > 0]
    pitched = {name: unknown("nothing is voiced") for name in ("voice_f0_hz", "voice_f0_sd")}
    if len(f0):
        semitones = 12 * np.log2(f0)
        pitched = {"voice_f0_hz": known(np.median(f0)), "voice_f0_sd": known(semitones.std())}
    level = known(spoken.mean()) if len(spoken) else unknown("nobody speaks")
    return {"voice_level_db": level, **pitched}
