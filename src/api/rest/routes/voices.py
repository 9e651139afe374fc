"""Languages and voices in which text can be spoken."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.rest.problems import PROBLEMS
from api.rest.service import Current
from api.rest.views import API
from audio_processor.tts import languages, voices

router = APIRouter(prefix=API, tags=["service"], responses=PROBLEMS)


class LanguageView(BaseModel):
    """A language that can be spoken."""

    code: str = Field(examples=["pt-br"])
    name: str = Field(examples=["Portuguese (Brazil)"])


class VoicesView(BaseModel):
    """What `language` and `voice` of a request may be. Every voice speaks every language."""

    default_language: str = Field(examples=["en"])
    languages: list[LanguageView] = Field(description="By name.")
    voices: list[str] = Field(description="Without a voice the language's own one speaks.", examples=[["f1", "m1"]])


@router.get("/voices")
async def voices_(service: Current, response: Response) -> VoicesView:
    """The languages and voices of espeak-ng."""
    spoken = sorted((await run_sync(languages)).items(), key=lambda language: language[1])
    named = await run_sync(voices)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return VoicesView(
        default_language=service.settings.default_language,
        languages=[LanguageView(code=code, name=name) for code, name in spoken],
        voices=list(named),
    )
