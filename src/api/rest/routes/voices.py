"""Languages and voices in which text can be spoken."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.rest.problems import PROBLEMS
from api.rest.service import Current
from api.rest.views import API
from audio_processor.speaking.choice import (
    engine_cure,
    engine_names,
    engine_problem,
    engine_voices,
    licence_of,
    speaker_of,
)
from audio_processor.tts import languages, voices
from avatar.settings import Settings
from models.weights import WeightStore

router = APIRouter(prefix=API, tags=["speech"], responses=PROBLEMS)


class LanguageView(BaseModel):
    """A language that can be spoken."""

    code: str = Field(examples=["pt-br"])
    name: str = Field(examples=["Portuguese (Brazil)"])


class VoiceView(BaseModel):
    """A voice of an engine."""

    name: str = Field(examples=["f2"])
    languages: list[str] = Field(description="What it speaks; empty: every language of the engine.", examples=[["en"]])
    summary: str


class SpeakerView(BaseModel):
    """An engine that turns text into speech."""

    name: str = Field(description="What `speaker` of a request may be.", examples=["espeak"])
    summary: str
    available: bool = Field(description="Whether it can speak here.")
    lacks: str = Field(description="What keeps it from that.", examples=["not installed: onnxruntime"])
    cure: str = Field(description="What brings it; empty where nothing is lacking.")
    languages: list[str]
    clones: bool = Field(description="Whether it speaks with the voice of a recording.")
    rate: int = Field(description="Of its sound, in Hz.", examples=[22050])
    licence: str = Field(description="Of its program.", examples=["GPL-3.0-or-later"])
    weights_licences: list[str] = Field(description="Of its model files.")
    voices: list[VoiceView]


class VoicesView(BaseModel):
    """What `speaker`, `language` and `voice` of a request may be.

    `languages` and `voices` are those of espeak-ng, every voice of which speaks every language.
    """

    default_language: str = Field(examples=["en"])
    default_speaker: str = Field(examples=["auto"])
    languages: list[LanguageView] = Field(description="By name.")
    voices: list[str] = Field(description="Without a voice the language's own one speaks.", examples=[["f1", "m1"]])
    speakers: list[SpeakerView] = Field(description="The engines, the best first.")


@router.get("/voices")
async def voices_(
    service: Current,
    response: Response,
    language: Annotated[str | None, Query(max_length=40, description="Only what speaks this language.")] = None,
) -> VoicesView:
    """The engines that speak, their languages and voices."""
    settings = service.settings
    spoken = sorted((await run_sync(languages)).items(), key=lambda language: language[1])
    named = await run_sync(voices)
    response.headers["Cache-Control"] = "private, max-age=60"
    return VoicesView(
        default_language=settings.default_language,
        default_speaker=settings.default_speaker,
        languages=[LanguageView(code=code, name=name) for code, name in spoken],
        voices=list(named),
        speakers=await run_sync(_speakers, settings, language),
    )


def _speakers(settings: Settings, language: str | None) -> list[SpeakerView]:
    shown = (_speaker(name, settings, language) for name in engine_names())
    return [view for view in shown if view.voices]


def _speaker(name: str, settings: Settings, language: str | None) -> SpeakerView:
    speaker, store = speaker_of(name, settings), WeightStore.of(settings)
    capabilities, lacks = speaker.capabilities, engine_problem(name, settings)
    return SpeakerView(
        name=name,
        summary=capabilities.summary,
        available=not lacks,
        lacks=lacks,
        cure=engine_cure(name, settings) if lacks else "",
        languages=list(capabilities.languages),
        clones=capabilities.clones,
        rate=capabilities.rate,
        licence=licence_of(name),
        weights_licences=list(dict.fromkeys(store.entry(key).licence for key in capabilities.weights)),
        voices=[
            VoiceView(name=voice.name, languages=list(voice.languages), summary=voice.summary)
            for voice in engine_voices(speaker, language)
        ],
    )
