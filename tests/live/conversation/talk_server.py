"""A server on loopback that streams answers as a model's server does, with tokens and tools, at scripted times."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.orchestrator.director.scripted_model import Exchange, Turn

USAGE = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}


def speaks(text: str, *, first: float = 0.0, pause: float = 0.0, size: int = 6) -> Turn:
    """The text in parts of `size` letters: the first after `first` seconds, `pause` seconds between them."""

    def play(exchange: Exchange) -> None:
        exchange.open_stream()
        exchange.rest(first)
        for place in range(0, len(text), size):
            exchange.hear(text[place : place + size])
            if exchange.rest(pause):
                return
        _end(exchange, "stop")

    return play


def calls(*named: tuple[str, str], text: str = "") -> Turn:
    """Calls of tools, whose arguments come in two pieces, and perhaps a text before them."""

    def play(exchange: Exchange) -> None:
        exchange.open_stream()
        if text:
            exchange.hear(text)
        for index, (name, arguments) in enumerate(named):
            middle = len(arguments) // 2
            _call(
                exchange,
                {"index": index, "id": f"c{index}", "function": {"name": name, "arguments": arguments[:middle]}},
            )
            _call(exchange, {"index": index, "function": {"name": None, "arguments": arguments[middle:]}})
        _end(exchange, "tool_calls")

    return play


def asked(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Role and text of every message but the first, which is the persona."""
    messages: Sequence[Mapping[str, Any]] = question["messages"][1:]
    return [(message["role"], message["content"]) for message in messages]


def _call(exchange: Exchange, call: Mapping[str, Any]) -> None:
    choice = {"index": 0, "delta": {"role": "assistant", "content": "", "tool_calls": [dict(call)]}}
    exchange.event({"id": "1", "model": "scripted-7b", "choices": [choice]})


def _end(exchange: Exchange, finish: str) -> None:
    exchange.hear("", finish=finish)
    exchange.event({"id": "1", "model": "scripted-7b", "choices": [], "usage": USAGE})
    exchange.event("[DONE]")
