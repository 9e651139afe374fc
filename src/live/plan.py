"""What a live worker is told of a session that it is to open."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from live.messages import USUAL_SIDE, StartStream

USUAL_FPS: Final = 25
LEAST_WEIGHT: Final = 0.1
"""Of a session, whatever its size: it has sound, a motion and a conversation."""


class SessionPlan(BaseModel):
    """A client's wishes, and what its character brings. `image` is the path of the picture, `name` what people call it.

    `start.image` is empty here: a picture that came in base64 lies at `image`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str
    start: StartStream
    image: str
    name: str
    face: int = 0
    framing: str = "auto"
    background: str = "keep"
    direction: str = ""
    controls: dict[str, Any] = Field(default_factory=dict)
    voice: str | None = None
    language: str | None = None
    speaker: str | None = None

    @property
    def weight(self) -> float:
        """Pixels a second, against those of a session of the usual size and rate."""
        usual = USUAL_SIDE**2 * USUAL_FPS
        return max(LEAST_WEIGHT, self.start.size**2 * self.start.fps / usual)
