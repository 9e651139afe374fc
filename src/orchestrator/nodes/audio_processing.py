"""Sound, or text that is spoken first, becomes `Speech`."""

from pathlib import Path
from typing import Final

import numpy as np
from langgraph.runtime import Runtime

from audio_processor.alignment.align import align
from audio_processor.analysis import analyse_speech, load_speech, save_speech
from audio_processor.captions.given import GivenTranscript
from audio_processor.decode import DECODED_NAME, decode_audio, probe
from audio_processor.speaking.base import Speaker
from audio_processor.tracks import SoundTracks, measure
from audio_processor.transcription.registry import NONE, Recogniser
from avatar.errors import TranscriptionError
from avatar.types import HOP_SECONDS, AudioClip, Choice, Speech, Transcript
from orchestrator.artifacts import artifact_key
from orchestrator.captions import CAPTIONS_FILE, save_captions
from orchestrator.context import RunContext
from orchestrator.hearing import hearing_choice, hearing_detector, voice_notes, who_heard
from orchestrator.state import AudioFeatures, AvatarState, ErrorRecord, Update, choice_record
from orchestrator.voicing import SPOKEN_FILE, SpokenSound, require_short, speaker_for, spoken_sound
from orchestrator.wording import recogniser_for, transcript_of

SPEECH_FILE: Final = "speech.npz"


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
    speaker, spoken_by = speaker_for(job, context.settings) or (None, None)
    hearing = hearing_choice(job, context.settings, context.weights, spoken_by)
    by = spoken_by.name if spoken_by else ""
    made_of = (job.sound, by, job.words, recogniser.label, context.settings.default_language, hearing.name)
    key = artifact_key("speech", *made_of)
    folder = artifacts.path("speech", key)
    path, captions = folder / SPEECH_FILE, folder / CAPTIONS_FILE
    speech = artifacts.kept(
        path, lambda: _analysed(context, folder, recogniser, hearing, speaker), save_speech, load_speech
    )
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
        **({"speaker": choice_record(spoken_by)} if spoken_by else {}),
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


def _analysed(
    context: RunContext, folder: Path, recogniser: Recogniser, hearing: Choice, speaker: Speaker | None
) -> Speech:
    context.artifacts.clear(folder)
    spoken = _spoken(context, folder, speaker)
    settings, check = context.settings, context.stop.check
    clip = decode_audio(
        spoken.path if spoken else Path(context.job.audio or ""),
        folder,
        max_minutes=settings.max_audio_minutes,
        max_megabytes=settings.max_upload_megabytes,
        check=check,
    )
    check()
    text = spoken.text if spoken else None
    detector = None if text else hearing_detector(hearing, settings, context.weights)
    tracks = measure(clip.samples, check=check)
    if spoken is None:
        transcript = transcript_of(context, clip, recogniser, tracks)
    else:
        transcript = None if text else spoken.transcript or _aligned(context, clip, tracks)
    return analyse_speech(clip, text, detector=detector, transcript=transcript, tracks=tracks, check=check)


def _aligned(context: RunContext, clip: AudioClip, tracks: SoundTracks) -> Transcript:
    """The words of a text, found in the sound of an engine that does not tell when it speaks them."""
    job = context.job
    return align(
        GivenTranscript(job.text or ""),
        clip,
        language=job.language,
        default_language=context.settings.default_language,
        tracks=tracks,
        check=context.stop.check,
    )


def _spoken(context: RunContext, folder: Path, speaker: Speaker | None) -> SpokenSound | None:
    if speaker is None:
        return None
    spoken = spoken_sound(context.job, speaker, folder, context.settings, context.stop.check)
    require_short(probe(spoken.path).duration or 0.0, context.settings)
    return spoken
