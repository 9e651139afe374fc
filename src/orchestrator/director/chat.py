"""What the directors need of a language model, wherever it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from avatar.errors import AvatarError

Role = Literal["system", "user", "assistant"]

Reason = Literal[
    "refused",
    "timeout",
    "unauthorised",
    "rate_limited",
    "unknown_model",
    "rejected",
    "server_error",
    "empty_answer",
    "failed",
]
"""Why there is no answer. `rejected` is any other refusal of the request itself, such as one that is too long.
`failed` is an error on this side.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model wrote, whole, and what it took: None where the server does not tell."""

    text: str
    model: str
    seconds: float
    first_token_seconds: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None


class ChatError(AvatarError):
    """There is no answer; the message names the endpoint and the cure."""

    def __init__(self, message: str, *, reason: Reason, cure: str) -> None:
        super().__init__(message, cure=cure)
        self.reason = reason


def encodable(text: str) -> str:
    """The text with U+FFFD for every lone surrogate, of which UTF-8 has none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Chat(Protocol):
    """One model at one endpoint; safe for several threads at once."""

    @property
    def name(self) -> str:
        """Of the endpoint: `mistral`, `groq` or `local`."""
        ...

    @property
    def model(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is asked with, such as the temperature."""
        ...

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], deadline: float) -> Answer:
        """The answer, held to the JSON Schema as far as the server can, by `deadline` (seconds of `time.monotonic`).

        Raises `ChatError`.
        """
        ...
