"""Sound, or text that is spoken first, becomes `Speech`."""

from pathlib import Path
from typing import Final

import numpy as np
from langgraph.runtime import Runtime

from audio_processor.analysis import analyse_speech, load_speech, save_speech
from audio_processor.decode import DECODED_NAME, decode_audio, probe
from audio_processor.tts import SpokenText, speak
from avatar.errors import AudioError
from avatar.types import HOP_SECONDS, Choice, Speech
from orchestrator.artifacts import artifact_key
from orchestrator.context import RunContext
from orchestrator.hearing import hearing_choice, hearing_detector, voice_notes, who_heard
from orchestrator.state import AudioFeatures, AvatarState, Update, choice_record

SPEECH_FILE: Final = "speech.npz"
SPOKEN_FILE: Final = "speech.wav"


def audio_processing(_state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """One artifact, a folder: the recording of a spoken text, the decoded sound and, last, the speech."""
    context = runtime.context
    hearing = hearing_choice(context.job, context.settings, context.weights)
    folder = context.artifacts.path("speech", artifact_key("speech", context.job.sound, hearing.name))
    path = folder / SPEECH_FILE
    speech = context.artifacts.kept(path, lambda: _analysed(context, folder, hearing), save_speech, load_speech)
    return {
        "audio_input": context.job.audio or str(folder / SPOKEN_FILE),
        "transcribed_text": speech.transcript.text if speech.transcript else "",
        "audio_features": audio_features(speech),
        "hearing": choice_record(who_heard(hearing, speech)),
        "notes": voice_notes(speech.prosody),
        "artifacts": {"speech": str(path), "samples": str(folder / DECODED_NAME)},
    }


def audio_features(speech: Speech) -> AudioFeatures:
    """Loudness and pitch are means over what is spoken and what is voiced; 0 Hz and -80 dB where nothing is."""
    prosody = speech.prosody
    spoken = prosody.loudness_db[prosody.speech]
    voiced = prosody.f0_hz[prosody.f0_hz > 0]
    return {
        "duration": float(speech.duration),
        "speech_seconds": float(np.count_nonzero(prosody.speech) * HOP_SECONDS),
        "phrases": len(prosody.phrases),
        "silent": speech.is_silent,
        "mean_loudness_db": float(spoken.mean()) if spoken.size else -80.0,
        "mean_pitch_hz": float(voiced.mean()) if voiced.size else 0.0,
        "rate_syllables_s": float(prosody.rate_syllables_s),
        "voices": prosody.voices,
    }


def _analysed(context: RunContext, folder: Path, hearing: Choice) -> Speech:
    context.artifacts.clear(folder)
    spoken = _spoken(context, folder)
    settings = context.settings
    clip = decode_audio(
        spoken.path if spoken else Path(context.job.audio or ""),
        folder,
        max_minutes=settings.max_audio_minutes,
        max_megabytes=settings.max_upload_megabytes,
        check=context.stop.check,
    )
    context.stop.check()
    detector = None if spoken else hearing_detector(hearing, settings, context.weights)
    return analyse_speech(clip, spoken, detector=detector, check=context.stop.check)


def _spoken(context: RunContext, folder: Path) -> SpokenText | None:
    job = context.job
    if job.text is None:
        return None
    spoken = speak(job.text, language=job.language, voice=job.voice, folder=folder)
    minutes, most = (probe(spoken.path).duration or 0.0) / 60, context.settings.max_audio_minutes
    if minutes > most:
        raise AudioError(
            f"The text takes {minutes:.1f} minutes to speak; at most {most:g} are accepted.",
            cure="Shorten it, or make several videos of it.",
        )
    return spoken
