"""The words of a sound, as a client gives them: checked before a job is queued."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from api.rest.forms import FilePart
from api.rest.inputs import about
from api.rest.problems import FieldError, invalid
from api.rest.schemas import JobSpec
from api.rest.service import Service
from audio_processor.captions.given import check_fits, decode_transcript, read_transcript
from audio_processor.decode import probe
from audio_processor.transcription.registry import choose_transcriber
from audio_processor.transcription.sizes import whisper_language
from audio_processor.tts import voices
from models.hardware import largest_transcriber
from models.weights import WeightStore

KEPT_FORMS: Final = ("vtt",)
"""What lies beside a job's video; SRT is made of it when it is asked for."""


def words_given(spec: JobSpec, files: Mapping[str, FilePart]) -> dict[str, Any]:
    """Fields of a `JobRequest`. Raises a 422 problem for a transcript that cannot be read, or goes with no sound."""
    if spec.transcript is not None and "transcript_file" in files:
        raise invalid([FieldError(field="transcript_file", message="was given beside transcript; give one of them")])
    field, transcript = "transcript", spec.transcript
    if (part := files.get("transcript_file")) is not None:
        field = "transcript_file"
        with about(field):
            transcript = decode_transcript(part.path.read_bytes(), part.name)
    if transcript is not None:
        if spec.text is not None:
            raise invalid([FieldError(field=field, message="is for a sound, and a text was given")])
        with about(field):
            read_transcript(transcript)
    return {
        "transcript": transcript,
        "transcriber": spec.transcriber,
        "transcriber_size": spec.transcriber_size,
        "burn_captions": spec.burn_captions,
        "captions": KEPT_FORMS,
    }


def check_words(service: Service, spec: JobSpec, words: Mapping[str, Any], sound: Path | None) -> None:
    """Whether the words fit the sound, and the engine can work. Raises a 422 problem that names the field."""
    if sound is None:
        return
    transcript: str | None = words["transcript"]
    with about("language"):
        language = _language(spec, transcript)
    if transcript is not None:
        seconds = probe(sound).duration
        with about("transcript" if spec.transcript is not None else "transcript_file"):
            if seconds is not None:
                check_fits(read_transcript(transcript), seconds)
        return
    settings = service.settings
    with about("transcriber_size" if spec.transcriber_size is not None else "transcriber"):
        choose_transcriber(
            spec.transcriber or settings.default_transcriber,
            WeightStore.of(settings),
            largest=spec.transcriber_size or largest_transcriber(settings),
            language=language,
        )


def _language(spec: JobSpec, transcript: str | None) -> str | None:
    """Whisper's code where it is to recognise the words. Raises `InputError` for an unknown language."""
    if spec.language is None:
        return None
    if transcript is None:
        return whisper_language(spec.language)
    voices(spec.language)
    return None
