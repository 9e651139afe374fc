"""What LangChain's messages hold of an answer: calls of tools, and counts of tokens."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from live.conversation.model import Called, Finished
from orchestrator.director.chat import Message, encodable
from orchestrator.director.endpoints import Endpoint

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage

DONE: Final = '{"done": true}'
MOST_CALLS: Final = 20
LONGEST_ARGUMENTS: Final = 2_000


def for_langchain(messages: Sequence[Message]) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](message.text) for message in messages]


@dataclass
class _Call:
    """A call as far as it has come."""

    key: Any
    name: str = ""
    arguments: str = ""
    is_told: bool = False


class CallReader:
    """Puts calls together that come in pieces; each is told as soon as its arguments are whole. For one answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    @property
    def told(self) -> bool:
        """Whether there was any."""
        return bool(self._calls)

    def push(self, chunk: "AIMessageChunk") -> Iterator[Called]:
        for piece in chunk.tool_call_chunks:
            call = self._find(piece.get("index"), piece.get("id"))
            if call is None:
                continue
            call.name += encodable(piece.get("name") or "") if not call.name else ""
            call.arguments = (call.arguments + encodable(piece.get("args") or ""))[:LONGEST_ARGUMENTS]
            if not call.is_told and _is_whole(call.arguments):
                call.is_told = True
                yield Called(call.name, call.arguments)

    def flush(self) -> Iterator[Called]:
        """Those whose arguments never became whole."""
        for call in self._calls:
            if not call.is_told:
                call.is_told = True
                yield Called(call.name, call.arguments)

    def results(self) -> "list[BaseMessage]":
        """The turn with the calls, and that they were done."""
        from langchain_core.messages import AIMessage, ToolMessage
        from langchain_core.messages.tool import tool_call

        named = [
            tool_call(name=call.name, args=_parsed(call.arguments), id=f"call{number:05d}")
            for number, call in enumerate(self._calls)
        ]
        done = [ToolMessage(DONE, tool_call_id=str(call["id"]), name=call["name"]) for call in named]
        return [AIMessage("", tool_calls=named), *done]

    def _find(self, index: Any, name: Any) -> _Call | None:
        """The call that a piece belongs to: by its place or its id, else the last; a new one where that is told."""
        key = index if index is not None else name
        found = next((call for call in self._calls if key is not None and call.key == key), None)
        if found is None and key is None and self._calls and not self._calls[-1].is_told:
            return self._calls[-1]
        if found is not None and not (found.is_told and name):
            return found
        if len(self._calls) >= MOST_CALLS:
            return None
        self._calls.append(_Call(key))
        return self._calls[-1]


class TokenCount:
    """The server's own counts, over all rounds of an answer."""

    def __init__(self) -> None:
        self._model: str | None = None
        self._tokens: dict[str, int] = {}
        self._round: Mapping[str, Any] = {}

    def see(self, chunk: "AIMessageChunk") -> None:
        self._round = chunk.usage_metadata or self._round
        self._model = chunk.response_metadata.get("model_name") or self._model

    def close(self, usage: Mapping[str, Any] | None) -> None:
        """A round is over; `usage` is what its response told of it."""
        told = usage or self._round
        for side, names in (("in", ("prompt_tokens", "input_tokens")), ("out", ("completion_tokens", "output_tokens"))):
            count = next((told[name] for name in names if isinstance(told.get(name), int)), None)
            if count is not None:
                self._tokens[side] = self._tokens.get(side, 0) + count
        self._round = {}

    def finished(self, place: Endpoint, first_token_seconds: float | None) -> Finished:
        tokens_in, tokens_out, price = self._tokens.get("in"), self._tokens.get("out"), place.usd_per_token
        cost = None
        if price is not None and tokens_in is not None and tokens_out is not None:
            cost = price[0] * tokens_in + price[1] * tokens_out
        return Finished(
            model=encodable(self._model or place.model),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=cost,
            first_token_seconds=first_token_seconds,
        )


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _parsed(arguments: str) -> dict[str, Any]:
    return json.loads(arguments) if _is_whole(arguments) else {}
