"""Text spoken while the caller listens."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Final, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints

from api.rest.inputs import about
from api.rest.openapi import body, json_body
from api.rest.problems import PROBLEMS
from api.rest.receiving import JSON_TYPE, content_kind, parse_json, wrong_content_type
from api.rest.routes.media import BINARY
from api.rest.schemas import Name, Strict
from api.rest.service import Current, Service
from api.rest.speakers import check_speaker
from api.rest.views import API
from audio_processor.sound_stream import MEDIA_TYPES, SoundStream
from audio_processor.speaking.base import SpokenPiece, Voice
from audio_processor.speaking.choice import AUTO, ESPEAK
from audio_processor.tts import check_text
from orchestrator.speaking_desk import Utterance

LONGEST_TEXT: Final = 10_000
"""Ten minutes of English."""

TEXT_HEADERS: Final = {
    "X-Speaker": "The engine that speaks.",
    "X-Speaker-Why": "Why it was chosen, and whom it was chosen before.",
    "X-Voice": "The voice.",
    "X-Language": "The language.",
    "X-Sample-Rate": "Rate of the engine's sound in Hz.",
}
SOUND: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The sound, mono, sentence by sentence as it is made. A WAV does not tell its length.",
        "content": dict.fromkeys(dict.fromkeys(MEDIA_TYPES.values()), BINARY),
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in TEXT_HEADERS.items()},
    }
}
EXAMPLES: Final = {
    "short": {"text": "Good morning!"},
    "chosen": {"text": "¿Cómo estás?", "language": "es", "voice": "f2", "speaker": "espeak", "format": "mp3"},
}

router = APIRouter(prefix=API, tags=["speech"], responses=PROBLEMS)


class SpeechSpec(Strict):
    """A text to be spoken. What is left out takes the service's defaults."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)] = Field(examples=["Good morning!"])
    language: Name | None = Field(None, description="Code of its language.", examples=["en-gb"])
    voice: Name | None = Field(None, description="A voice of `GET /api/v1/voices`.", examples=["f2"])
    speaker: Name | None = Field(
        None, description="The engine: auto, or one of `GET /api/v1/voices`.", examples=["espeak"]
    )
    character: Name | None = Field(
        None, description="A character whose language, voice and engine are taken where no other are given."
    )
    format: Literal["wav", "mp3", "opus", "ogg"] = Field("wav", description="opus and ogg are both Opus in Ogg.")


@router.post(
    "/speech",
    response_class=StreamingResponse,
    responses=SOUND,
    openapi_extra=body(json=json_body(SpeechSpec, EXAMPLES)),
)
async def speech(request: Request, service: Current) -> StreamingResponse:
    """Speak a text. The answer begins with the first sentence, while the others are made."""
    if content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    content = await request.body()
    spec = await run_sync(parse_json, SpeechSpec, content, limiter=service.heavy)
    spoken, stream, first = await run_sync(_begun, service, spec, limiter=service.looks)
    return StreamingResponse(
        _coded(service, spoken.pieces, stream, first), media_type=MEDIA_TYPES[spec.format], headers=_headers(spoken)
    )


def _begun(service: Service, spec: SpeechSpec) -> tuple[Utterance, SoundStream, bytes]:
    """The text with its first sentence spoken, so that what cannot be spoken has a status. Raises problems."""
    with about("text"):
        check_text(spec.text)
    speaker, language, voice = _wanted(service, spec)
    check_speaker(service, speaker=speaker, language=language, voice=voice)
    spoken = service.speaking.utter(spec.text, wish=speaker, language=language, voice=voice)
    stream = SoundStream(spec.format, spoken.rate)
    with about("text"):
        piece = next(spoken.pieces, None)
    return spoken, stream, stream.add(piece.samples) if piece else b""


def _wanted(service: Service, spec: SpeechSpec) -> tuple[str | None, str | None, Voice | str | None]:
    """Engine, language and voice; another engine than the character's does not have its voice."""
    if spec.character is None:
        return spec.speaker, spec.language, spec.voice
    with about("character"):
        character = service.characters.get(spec.character)
    language = spec.language or character.language
    if spec.speaker not in (None, character.speaker):
        return spec.speaker, language, spec.voice
    usual = AUTO if character.sample is not None else ESPEAK if character.voice else None
    return spec.speaker or character.speaker or usual, language, spec.voice or character.spoken_voice


async def _coded(
    service: Service, pieces: Iterator[SpokenPiece], stream: SoundStream, first: bytes
) -> AsyncIterator[bytes]:
    """The bytes as they come; a caller who hangs up ends the work."""

    def more() -> bytes | None:
        piece = next(pieces, None)
        return None if piece is None else stream.add(piece.samples)

    try:
        yield first
        while (part := await run_sync(more, limiter=service.looks)) is not None:
            yield part
        yield stream.finish()
    finally:
        if (close := getattr(pieces, "close", None)) is not None:
            close()


def _headers(spoken: Utterance) -> dict[str, str]:
    why = "; not ".join([spoken.choice.why, *spoken.choice.passed_over])
    texts = {
        "X-Speaker": spoken.choice.name,
        "X-Speaker-Why": why,
        "X-Voice": spoken.voice,
        "X-Language": spoken.language,
        "X-Sample-Rate": str(spoken.rate),
    }
    return {name: " ".join(text.split()).encode("ascii", "replace").decode() for name, text in texts.items()}
