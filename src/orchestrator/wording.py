"""Who tells the words of a sound: the text that is spoken, a transcript that was given, or a recogniser."""

from typing import TYPE_CHECKING, Final

from audio_processor.alignment.align import align
from audio_processor.captions.given import read_transcript
from audio_processor.tracks import SoundTracks
from audio_processor.transcription.registry import NONE, Recogniser, choose_transcriber, transcriber_names
from audio_processor.transcription.sizes import checkpoint, whisper_language
from audio_processor.tts import voices
from avatar.errors import AvatarError, InputError, TranscriptionError
from avatar.settings import Settings
from avatar.telemetry import tell
from avatar.types import AudioClip, Choice, Transcript
from models.devices import CPU
from models.hardware import largest_transcriber, transcriber_device
from models.profiles import AUTO
from models.weights import WeightStore

if TYPE_CHECKING:
    from orchestrator.context import RunContext
    from orchestrator.request import Job, JobRequest

SPOKEN: Final = Recogniser(Choice("text", "the words are those that were spoken"))
GIVEN: Final = Recogniser(Choice("aligned", "the transcript that was given was aligned with the sound"))


def checked_transcript(request: "JobRequest") -> str | None:
    """The transcript as a `Job` has it. Raises `InputError` where it cannot be used, or goes with no sound."""
    if request.transcript is None:
        return None
    if request.text is not None:
        raise InputError(
            "A transcript belongs to a sound, and a text was given.", cure="Leave the transcript out: the text is it."
        )
    read_transcript(request.transcript)
    return request.transcript


def checked_language(request: "JobRequest", settings: Settings) -> str:
    """Of a text to speak; of a sound it is empty where it was not said. Raises `InputError` for an unknown one."""
    language = request.language
    if request.text is not None:
        return settings.default_language if language is None else language
    if language is None:
        return ""
    if request.transcript is not None:
        voices(language)
    else:
        whisper_language(language)
    return language


def checked_transcriber(request: "JobRequest", settings: Settings) -> tuple[str, str]:
    """Engine and largest size. Raises `InputError` for unknown names."""
    engine = settings.default_transcriber if request.transcriber is None else request.transcriber
    size = largest_transcriber(settings) if request.transcriber_size is None else request.transcriber_size
    if engine not in transcriber_names():
        raise InputError(
            f"There is no transcriber '{engine[:40]}'.", cure=f"Choose one of: {', '.join(transcriber_names())}."
        )
    return engine, checkpoint(size).size


def recogniser_for(job: "Job", weights: WeightStore) -> Recogniser:
    """Who tells the words of the job's sound. Raises `InputError` where an engine that was named cannot work."""
    if job.text is not None:
        return SPOKEN
    if job.transcript is not None:
        return GIVEN
    language = whisper_language(job.language) if job.language else None
    return choose_transcriber(job.transcriber, weights, largest=job.transcriber_size, language=language)


def transcript_of(
    context: "RunContext", clip: AudioClip, recogniser: Recogniser, tracks: SoundTracks
) -> Transcript | None:
    """The words of a recording, whose curves are `tracks`; None where nobody tells them.

    Raises `TranscriptionError` where an engine fails, and `InputError` for a transcript that is not of this sound.
    """
    job, check = context.job, context.stop.check
    if job.text is not None or recogniser.choice.name == NONE:
        return None
    with context.tracer.span("transcription", engine=recogniser.label, seconds_of_sound=clip.duration) as span:
        if job.transcript is not None:
            found = align(
                read_transcript(job.transcript),
                clip,
                language=job.language or None,
                default_language=context.settings.default_language,
                tracks=tracks,
                check=check,
            )
        else:
            found = _recognised(context, clip, recogniser, tracks)
        span.set(words=len(found.words), language=found.language, confidence=found.confidence)
    return found


def _recognised(context: "RunContext", clip: AudioClip, recogniser: Recogniser, tracks: SoundTracks) -> Transcript:
    language = whisper_language(context.job.language) if context.job.language else None

    def heard_on(device: str) -> Transcript:
        engine = recogniser.open(context.weights, device)
        return engine.transcribe(clip, language, tracks=tracks, check=context.stop.check)

    device = transcriber_device(context.settings)
    try:
        try:
            return heard_on(device)
        except (RuntimeError, OSError) as error:
            if device == CPU or context.settings.transcriber_device != AUTO:
                raise
            tell(left_device=device, left_because=str(error))
            return heard_on(CPU)
    except AvatarError:
        raise
    except (RuntimeError, ValueError, OSError, MemoryError, ImportError) as error:
        raise TranscriptionError(
            f"{recogniser.label} failed: {type(error).__name__}: {error}.",
            cure="Choose another transcriber, or give a transcript with the sound.",
        ) from error
