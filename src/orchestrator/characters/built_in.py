"""The characters that come with the program."""

from pathlib import Path
from typing import Final

from avatar.errors import NotFoundError
from avatar.settings import PROJECT_ROOT
from models.weights import WeightStore
from orchestrator.characters.character import Character
from video_processor.backgrounds import KEEP

GRACE_HOPPER: Final = "grace-hopper"
ASTRONAUT: Final = "astronaut"
NOVA: Final = "nova"

PORTRAIT_KEYS: Final = {GRACE_HOPPER: "portrait-grace-hopper", ASTRONAUT: "portrait-astronaut"}
"""Photographs that are model files: brought when they are first needed."""
DRAWN: Final = {NOVA: PROJECT_ROOT / "web" / "static" / "characters" / "nova.png"}


def built_in_characters(weights: WeightStore) -> tuple[Character, ...]:
    """Those whose portraits are here, or can be fetched."""
    return (
        Character(
            id=GRACE_HOPPER,
            name="Grace Hopper",
            portrait=str(_place(GRACE_HOPPER, weights)),
            voice="f3",
            language="en",
            direction="warm, nods a little",
            controls={},
            framing="auto",
            background=KEEP,
            built_in=True,
            created_at=0.0,
            width=512,
            height=600,
        ),
        Character(
            id=ASTRONAUT,
            name="Eileen Collins, astronaut",
            portrait=str(_place(ASTRONAUT, weights)),
            voice="f2",
            language="en-us",
            direction="confident, a little lively",
            controls={"smile": -0.1},
            framing="portrait",
            background=KEEP,
            built_in=True,
            created_at=0.0,
            width=512,
            height=512,
        ),
        Character(
            id=NOVA,
            name="Nova",
            portrait=str(_place(NOVA, weights)),
            voice="f5",
            language="en-gb",
            direction="warm, a little lively",
            controls={},
            framing="auto",
            background=KEEP,
            built_in=True,
            created_at=0.0,
            width=1024,
            height=1024,
        ),
    )


def built_in_portrait(character: str, weights: WeightStore) -> Path:
    """The portrait's file, fetched where it is missing. Raises `DownloadError`, worth another try."""
    key = PORTRAIT_KEYS.get(character)
    if key is not None and not weights.is_present(key):
        weights.fetch([key])
    path = _place(character, weights)
    if not path.is_file():
        raise NotFoundError(f"The portrait of '{character}' is missing: {path}.", cure="Check out the project again.")
    return path


def _place(character: str, weights: WeightStore) -> Path:
    key = PORTRAIT_KEYS.get(character)
    return DRAWN[character] if key is None else weights.folder / weights.entry(key).file
