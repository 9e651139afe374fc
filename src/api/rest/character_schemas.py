"""Characters as clients give and get them."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.rest.schemas import Controls, DataPath, FaceNumber, Name, Strict
from api.rest.views import API, iso_time
from api.rest.voice_schemas import VoiceSampleView, sample_view
from orchestrator.characters.character import LONGEST_NAME, Character
from orchestrator.given import LONGEST_DIRECTION
from video_processor.framing import Framing

CharacterName = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]


class CharacterChange(Strict):
    """What is to be another one; what is left out stays. Null gives the default back."""

    name: CharacterName = Field("", description="What people call it.", examples=["Ada"])
    voice: Name | None = Field(None, description="For texts: one of `GET /api/v1/voices`.", examples=["f3"])
    language: Name | None = Field(None, description="Of texts.", examples=["en-gb"])
    speaker: Name | None = Field(
        None, description="The engine that speaks texts; `GET /api/v1/voices` lists them.", examples=["espeak"]
    )
    direction: Annotated[str, StringConstraints(max_length=LONGEST_DIRECTION)] = Field(
        "", description="How it performs, in words, where a request says nothing.", examples=["warm, nods a little"]
    )
    controls: Controls | None = Field(
        None, description="Control parameters that replace the director's.", examples=[{"smile": 0.2}]
    )
    framing: Framing = Field("auto", description="How much of the picture is shown.", examples=["portrait"])
    background: Name = Field(
        "keep",
        description="What lies behind the person: `keep`, `blur`, `transparent` or a colour.",
        examples=["blur", "#00ff00"],
    )
    face: FaceNumber = Field(0, description="Of several faces in the portrait, by size: 0 is the largest.")
    image_path: DataPath | None = Field(
        None,
        description="The portrait: a picture in the data folder, as `POST /api/v1/upload/image` answers it.",
        examples=["inputs/me.png"],
    )

    def profile_values(self) -> dict[str, Any]:
        """Fields of a `Profile`, those that the request has."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"image_path", "from_"}}
        if "controls" in given:
            given["controls"] = self.controls.given() if self.controls else {}
        return given


class CharacterRequest(CharacterChange):
    """A new character: a `name`, and a portrait by `image_path` or as the file `image` of a form. One that is made
    `from` another has all of the other that the request does not give.
    """

    from_: Name | None = Field(
        None, alias="from", description="The character that this is a copy of.", examples=["grace-hopper"]
    )


class CharacterView(BaseModel):
    """A character. What is null takes the service's default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "grace-hopper",
                    "name": "Grace Hopper",
                    "voice": "f3",
                    "language": "en",
                    "speaker": None,
                    "voice_sample": None,
                    "direction": "warm, nods a little",
                    "controls": {},
                    "framing": "auto",
                    "background": "keep",
                    "face": 0,
                    "built_in": True,
                    "created_at": None,
                    "width": 512,
                    "height": 600,
                    "notes": [],
                    "url": "http://127.0.0.1:8005/api/v1/characters/grace-hopper",
                    "portrait_url": "http://127.0.0.1:8005/api/v1/characters/grace-hopper/portrait",
                }
            ]
        }
    )

    id: str
    name: str
    voice: str | None
    language: str | None
    speaker: str | None
    voice_sample: VoiceSampleView | None = Field(description="The recording whose voice it takes in place of `voice`.")
    direction: str
    controls: dict[str, Any]
    framing: Framing
    background: str
    face: int = Field(description="Of several faces in the portrait, by size: 0 is the largest.")
    built_in: bool = Field(description="Whether it comes with the program, and so stays as it is.")
    created_at: str | None = Field(description="ISO 8601, UTC.")
    width: int = Field(description="Of the portrait, in pixels.")
    height: int
    notes: list[str] = Field(description="What the user should know of the portrait.")
    url: str
    portrait_url: str = Field(description="A JPEG of head and shoulders; `?size=` sets its side.")


class CharacterList(BaseModel):
    """Those that come with the program, then the others, newest first."""

    characters: list[CharacterView]


def character_view(character: Character, request: Request) -> CharacterView:
    url = f"{str(request.base_url).rstrip('/')}{API}/characters/{character.id}"
    return CharacterView(
        id=character.id,
        name=character.name,
        voice=character.voice,
        language=character.language,
        speaker=character.speaker,
        voice_sample=None if character.sample is None else sample_view(character.sample),
        direction=character.direction,
        controls=character.controls,
        framing=character.framing,
        background=character.background,
        face=character.face,
        built_in=character.built_in,
        created_at=None if character.built_in else iso_time(character.created_at),
        width=character.width,
        height=character.height,
        notes=list(character.notes),
        url=url,
        portrait_url=f"{url}/portrait",
    )
