"""Characters in the database."""

from typing import Any, Final

from sqlalchemy import JSON, Column, Float, Integer, MetaData, String, Table, Text
from sqlalchemy.engine import RowMapping

from orchestrator.characters.character import Character, Profile
from video_processor.backgrounds import KEEP

metadata: Final = MetaData()
characters: Final = Table(
    "characters",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("portrait", Text, nullable=False),
    Column("voice", Text),
    Column("language", Text),
    Column("direction", Text, nullable=False),
    Column("controls", JSON, nullable=False),
    Column("framing", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("face", Integer, nullable=False, server_default="0"),
    Column("background", Text, nullable=False, server_default=KEEP),
    Column("speaker", Text, nullable=False, server_default=""),
)
"""`portrait` is the file's name in the folder of portraits, so that DATA_DIR may move. An empty `speaker` is none."""

OTHER_NAMES: Final = {"shoulders": "portrait", "whole": "full"}
"""Names of framings in databases of earlier versions, and what they are called."""


def profile_values(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "voice": profile.voice,
        "language": profile.language,
        "direction": profile.direction,
        "controls": dict(profile.controls),
        "framing": profile.framing,
        "background": profile.background,
        "face": profile.face,
        "speaker": profile.speaker or "",
    }


def character_of(row: RowMapping, folder: str) -> Character:
    values = dict(row)
    values["portrait"] = f"{folder}/{row['portrait']}"
    values["notes"] = tuple(row["notes"])
    values["framing"] = OTHER_NAMES.get(row["framing"], row["framing"])
    values["speaker"] = row["speaker"] or None
    return Character(**values, built_in=False)
