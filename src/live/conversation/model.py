"""What a conversation needs of a language model: an answer that comes part by part, and can be broken off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from live.conversation.halt import Halt
from orchestrator.director.chat import Message


@dataclass(frozen=True, slots=True)
class Said:
    """More of the text, cut anywhere."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A tool that the model calls; `arguments` is what it wrote, which may be no JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the answer took; None where the server does not tell."""

    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    first_token_seconds: float | None = None


Part = Said | Called | Finished


class TalkModel(Protocol):
    """One model at one endpoint, for one conversation."""

    @property
    def name(self) -> str:
        """Of the endpoint: `mistral`, `groq` or `local`."""
        ...

    @property
    def model(self) -> str: ...

    @property
    def title(self) -> str:
        """Model and endpoint, for people."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    @property
    def takes_tools(self) -> bool:
        """Whether it calls tools; one that does not writes marks into its text."""
        ...

    def answer(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], halt: Halt) -> Iterator[Part]:
        """The parts as they come, `Finished` last; ends early and quietly where `halt` is put up.

        Raises `ChatError`.
        """
        ...

    def warm(self) -> None:
        """Does what the first answer would else wait for."""
        ...

    def close(self) -> None:
        """Closes its connection."""
        ...
