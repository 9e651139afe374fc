"""Recordings of voices as clients give and get them."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.rest.schemas import DataPath, Strict
from api.rest.views import iso_time
from orchestrator.characters.character import VoiceSample
from orchestrator.characters.voices import LEAST_STATEMENT, LONGEST_NAME, LONGEST_STATEMENT, AuditLine

Statement = Annotated[str, StringConstraints(min_length=LEAST_STATEMENT, max_length=LONGEST_STATEMENT)]
STATEMENT = "This is my voice. I agree that the character Ada speaks with it."


class ConsentGiven(Strict):
    """That the voice may be cloned, said by the person whose voice it is, or by who may speak for them."""

    given_by: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)] = Field(
        description="Who says so.", examples=["Ada Lovelace"]
    )
    statement: Statement = Field(description="In which words.", examples=[STATEMENT])


class VoiceSampleRequest(Strict):
    """A recording, by `sample_path` or as the file `sample` of a form, and the consent to clone the voice in it."""

    consent: ConsentGiven
    sample_path: DataPath | None = Field(
        None,
        description="A sound in the data folder, as `POST /api/v1/upload/audio` answers it.",
        examples=["inputs/ada.wav"],
    )


class ConsentView(BaseModel):
    """The consent as it was recorded."""

    given_by: str = Field(examples=["Ada Lovelace"])
    statement: str = Field(examples=[STATEMENT])
    recorded_at: str = Field(description="ISO 8601, UTC.")


class VoiceSampleView(BaseModel):
    """A recording whose voice a character takes."""

    digest: str = Field(description="SHA-256 of the recording as it is kept.")
    duration: float = Field(description="Seconds.")
    spoken: float = Field(description="Seconds of it that are speech.")
    level_db: float = Field(description="Mean level of the speech, in dB of full scale.")
    consent: ConsentView


class AuditLineView(BaseModel):
    """Something that was done with a recording."""

    character: str = Field(description="The character's number.")
    name: str = Field(description="What it was called.")
    at: str = Field(description="ISO 8601, UTC.")
    action: str = Field(examples=["recorded", "removed"])
    by: str = Field(description="Who consented, or why it was removed.")
    statement: str
    digest: str


class AuditView(BaseModel):
    """The newest first. The lines stay when the recording is gone."""

    lines: list[AuditLineView]


def sample_view(sample: VoiceSample) -> VoiceSampleView:
    consent = sample.consent
    return VoiceSampleView(
        digest=sample.digest,
        duration=sample.duration,
        spoken=sample.spoken,
        level_db=sample.level_db,
        consent=ConsentView(
            given_by=consent.given_by, statement=consent.statement, recorded_at=iso_time(consent.recorded_at)
        ),
    )


def audit_view(lines: list[AuditLine]) -> AuditView:
    return AuditView(
        lines=[
            AuditLineView(
                character=line.character,
                name=line.name,
                at=iso_time(line.at),
                action=line.action,
                by=line.by,
                statement=line.statement,
                digest=line.digest,
            )
            for line in lines
        ]
    )
