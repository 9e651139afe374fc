"""Text spoken by the service, and who can speak it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

import httpx

from client.records import record

SoundFormat = Literal["wav", "mp3", "opus", "ogg"]


class SpeechFields(TypedDict, total=False):
    """As `voices` lists them; what is left out is the `character`'s, a recorded voice too."""

    voice: str
    language: str
    speaker: str
    character: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenSound:
    """A spoken text: the bytes of a file of `format`, whose sound has `rate` samples a second where it was made.

    `speaker` is the engine that spoke, `why` says why it was chosen.
    """

    data: bytes
    format: str
    speaker: str
    why: str
    voice: str
    language: str
    rate: int

    def save(self, path: str | Path) -> Path:
        Path(path).write_bytes(self.data)
        return Path(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice of an engine; `languages` are empty where it speaks all of the engine's."""

    name: str
    languages: list[str] = field(default_factory=list)
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """An engine that speaks. One that is not `available` `lacks` something; `cure` says what brings it."""

    name: str
    summary: str = ""
    available: bool = False
    lacks: str = ""
    cure: str = ""
    languages: list[str] = field(default_factory=list)
    clones: bool = False
    rate: int = 0
    licence: str = ""
    weights_licences: list[str] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The engines that speak, the best first, and the names of languages by their codes."""

    default_language: str
    default_speaker: str
    languages: dict[str, str]
    speakers: list[Speaker]


def spoken_of(response: httpx.Response, form: str) -> SpokenSound:
    told = response.headers
    return SpokenSound(
        data=response.content,
        format=form,
        speaker=told.get("X-Speaker", ""),
        why=told.get("X-Speaker-Why", ""),
        voice=told.get("X-Voice", ""),
        language=told.get("X-Language", ""),
        rate=int(told.get("X-Sample-Rate", 0)),
    )


def voices_of(values: Mapping[str, Any]) -> Voices:
    return Voices(
        default_language=values["default_language"],
        default_speaker=values["default_speaker"],
        languages={each["code"]: each["name"] for each in values["languages"]},
        speakers=[_speaker(each) for each in values["speakers"]],
    )


def _speaker(values: Mapping[str, Any]) -> Speaker:
    return record(Speaker, {**values, "voices": [record(Voice, voice) for voice in values["voices"]]})
