"""Sound, or text that is spoken first, becomes `Speech`."""

from pathlib import Path
from typing import Final

import numpy as np
from langgraph.runtime import Runtime

from audio_processor.analysis import analyse_speech, load_speech, save_speech
from audio_processor.decode import DECODED_NAME, decode_audio, probe
from audio_processor.tracks import measure
from audio_processor.transcription.registry import NONE, Recogniser
from audio_processor.tts import SpokenText, speak
from avatar.errors import AudioError, TranscriptionError
from avatar.types import HOP_SECONDS, Choice, Speech
from orchestrator.artifacts import artifact_key
from orchestrator.captions import CAPTIONS_FILE, save_captions
from orchestrator.context import RunContext
from orchestrator.hearing import hearing_choice, hearing_detector, voice_notes, who_heard
from orchestrator.state import AudioFeatures, AvatarState, ErrorRecord, Update, choice_record
from orchestrator.wording import recogniser_for, transcript_of

SPEECH_FILE: Final = "speech.npz"
SPOKEN_FILE: Final = "speech.wav"


def audio_processing(_state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """One artifact, a folder: the recording of a spoken text, the decoded sound, the speech and, last, its captions.

    A recogniser that fails leaves the video without words, and is noted in `errors`.
    """
    context = runtime.context
    recogniser = recogniser_for(context.job, context.weights)
    try:
        return _update(context, recogniser)
    except TranscriptionError as error:
        failed: ErrorRecord = {
            "stage": "transcription",
            "engine": recogniser.choice.name,
            "chunk": -1,
            "message": str(error),
        }
        nobody = Recogniser(Choice(NONE, "the recogniser failed", (f"{recogniser.choice.name}: {error}",)))
        return {**_update(context, nobody), "errors": [failed]}


def _update(context: RunContext, recogniser: Recogniser) -> Update:
    job, artifacts = context.job, context.artifacts
    hearing = hearing_choice(job, context.settings, context.weights)
    made_of = (job.sound, job.words, recogniser.label, context.settings.default_language, hearing.name)
    key = artifact_key("speech", *made_of)
    folder = artifacts.path("speech", key)
    path, captions = folder / SPEECH_FILE, folder / CAPTIONS_FILE
    speech = artifacts.kept(path, lambda: _analysed(context, folder, recogniser, hearing), save_speech, load_speech)
    files = {"speech": str(path), "samples": str(folder / DECODED_NAME)}
    transcript = speech.transcript
    if transcript is not None and transcript.words:
        if not artifacts.is_finished(captions):
            save_captions(captions, transcript)
            artifacts.finished(captions)
        files["captions"] = str(captions)
    return {
        "audio_input": job.audio or str(folder / SPOKEN_FILE),
        "transcribed_text": transcript.text if transcript else "",
        "language": transcript.language if transcript else "",
        "transcriber": choice_record(recogniser.choice),
        "audio_features": audio_features(speech),
        "hearing": choice_record(who_heard(hearing, speech)),
        "artifacts": files,
        "notes": [*voice_notes(speech.prosody), *_notes(context, has_words="captions" in files)],
    }


def _notes(context: RunContext, *, has_words: bool) -> list[str]:
    if has_words or not context.job.burn_captions:
        return []
    return ["There are no captions in the picture: nobody told the words of the sound."]


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


def _analysed(context: RunContext, folder: Path, recogniser: Recogniser, hearing: Choice) -> Speech:
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
    tracks = measure(clip.samples, check=context.stop.check)
    transcript = transcript_of(context, clip, recogniser, tracks)
    return analyse_speech(
        clip, spoken, detector=detector, transcript=transcript, tracks=tracks, check=context.stop.check
    )


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
