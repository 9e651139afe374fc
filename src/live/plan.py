"""What a live worker is told of a session that it is to open."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from live.messages import StartStream


class SessionPlan(BaseModel):
    """A client's wishes, and what its character brings. `image` is the path of the picture, `name` what people call it.

    `start.image` is empty here: a picture that came in base64 lies at `image`. `caller` is the name of the token that
    the session belongs to, empty where the service has none; `for_players` that it was opened by a player, which says
    nothing itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str
    start: StartStream
    image: str
    name: str
    caller: str = ""
    for_players: bool = False
    face: int = 0
    framing: str = "auto"
    background: str = "keep"
    direction: str = ""
    controls: dict[str, Any] = Field(default_factory=dict)
    voice: str | None = None
    language: str | None = None
    speaker: str | None = None
