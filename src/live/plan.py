"""What a live worker is told of a session that it is to open."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from live.messages import USUAL_SIDE, StartStream
from orchestrator.characters.character import Character

USUAL_FPS: Final = 25
LEAST_WEIGHT: Final = 0.1
"""Of a session, whatever its size: it has sound, a motion and a conversation."""


class SessionPlan(BaseModel):
    """A client's wishes, and what its character brings. `image` is the path of the picture, `name` what people call it.

    `character` is the character's id, or what is the same for the same picture only; `caller` is the name of the token
    that the session belongs to, empty where the service has none. `for_players` tells that it was opened by a player,
    which says nothing itself. `voice_sample` is the path of a recording whose voice it takes in place of `voice`.

    `beside`: seconds of a core that the sessions of other workers, and those that are being opened, take for a frame of
    each.

    `start.image` is `-` here: a picture that came in base64 lies at `image`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str
    start: StartStream
    image: str
    name: str
    character: str = ""
    caller: str = ""
    for_players: bool = False
    face: int = 0
    framing: str = "auto"
    background: str = "keep"
    direction: str = ""
    controls: dict[str, Any] = Field(default_factory=dict)
    voice: str | None = None
    voice_sample: str | None = None
    language: str | None = None
    speaker: str | None = None
    beside: float = Field(0.0, ge=0.0)

    @property
    def weight(self) -> float:
        """Pixels a second, against those of a session of the usual size and rate."""
        usual = USUAL_SIDE**2 * USUAL_FPS
        return max(LEAST_WEIGHT, self.start.size**2 * self.start.fps / usual)


def live_voice(character: Character, start: StartStream) -> dict[str, str | None]:
    """Fields of the plan. The character's own voice, or the recording of it, comes along only where no other voice or
    speaker is asked for.
    """
    if start.speaker not in (None, character.speaker):
        return {"speaker": start.speaker, "voice": start.voice}
    sample = character.sample.path if character.sample is not None and start.voice is None else None
    voice = start.voice or (character.voice if sample is None else None)
    return {"speaker": character.speaker, "voice": voice, "voice_sample": sample}
