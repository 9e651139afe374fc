"""One request to a model through LangChain's `ChatMistralAI`, which speaks to every endpoint."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import httpx

from orchestrator.director.chat import Answer, Message, encodable
from orchestrator.director.chat_forms import Form, options
from orchestrator.director.endpoints import Endpoint
from orchestrator.director.response_watch import ResponseWatch

if TYPE_CHECKING:
    import ssl

    from langchain_core.messages import BaseMessage

CLIENT: Final = "langchain_mistralai"
LOADED_EARLY: Final = (
    "langchain_core.tracers.context",
    "langchain_core.tracers.langchain",
    "langchain_core.tracers.stdout",
    "langsmith.run_helpers",
    "httpcore",
    "anyio.streams.tls",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an endpoint; `started` is when it was asked first, in seconds of `time.monotonic`."""

    endpoint: Endpoint
    messages: Sequence[Message]
    schema: Mapping[str, Any]
    started: float


class BrokenOffError(Exception):
    """A stream stopped before its end."""


def load() -> None:
    """Loads what a request takes, so that no answer waits for it.

    Raises what Python raises where the client or the certificates cannot be loaded.
    """
    import_module(CLIENT)
    for module in LOADED_EARLY:
        with suppress(ImportError):
            import_module(module)
    _certificates()


async def request(question: Question, form: Form, watch: ResponseWatch) -> Answer:
    """The answer, whose text may be empty.

    Raises what httpx and LangChain raise, `BrokenOffError`, and what `ResponseWatch` does.
    """
    from langsmith import tracing_context

    text, first, usage, model = "", None, None, None
    with tracing_context(enabled=False):
        async for message in _messages(question, form, watch):
            part = str(message.text)
            first = first or (time.monotonic() - question.started if part and form.stream else None)
            text += part
            usage = getattr(message, "usage_metadata", None) or usage
            model = message.response_metadata.get("model_name") or model
    if watch.is_stream and not watch.is_whole:
        raise BrokenOffError
    tokens_in, tokens_out = _tokens(watch.usage or usage or {})
    return Answer(
        text=encodable(text),
        model=encodable(str(model or question.endpoint.model)),
        seconds=time.monotonic() - question.started,
        first_token_seconds=first,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_usd=_cost(question.endpoint, tokens_in, tokens_out),
    )


async def _messages(question: Question, form: Form, watch: ResponseWatch) -> AsyncIterator["BaseMessage"]:
    """The parts of the answer as they come, or the answer in one piece."""
    from langchain_mistralai import ChatMistralAI

    endpoint = question.endpoint
    async with _client(endpoint, watch) as client:
        model = ChatMistralAI(
            model_name=endpoint.model,
            base_url=endpoint.url,
            api_key=endpoint.key,
            async_client=client,
            max_retries=1,
            temperature=endpoint.temperature,
            max_tokens=endpoint.max_tokens,
            model_kwargs=dict(endpoint.extra or {}),
            cache=False,
        )
        messages = _for_langchain(question.messages)
        asked = options(endpoint, form, question.schema)
        if form.stream:
            async for chunk in model.astream(messages, **asked):
                yield chunk
        else:
            yield await model.ainvoke(messages, **asked)


def _client(endpoint: Endpoint, watch: ResponseWatch) -> httpx.AsyncClient:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if endpoint.key is not None:
        headers["Authorization"] = f"Bearer {endpoint.key.get_secret_value()}"
    return httpx.AsyncClient(
        base_url=endpoint.url,
        headers=headers,
        timeout=None,  # noqa: S113 - the deadline is over the whole of it
        verify=_certificates(),
        event_hooks={"response": [watch.look]},
    )


@lru_cache(maxsize=1)
def _certificates() -> "ssl.SSLContext":
    return httpx.create_ssl_context()


def _for_langchain(messages: Sequence[Message]) -> list["BaseMessage"]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](message.text) for message in messages]


def _tokens(usage: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Tokens in and out, by OpenAI's names or by LangChain's."""
    return _count(usage, "prompt_tokens", "input_tokens"), _count(usage, "completion_tokens", "output_tokens")


def _count(usage: Mapping[str, Any], *names: str) -> int | None:
    return next((usage[name] for name in names if isinstance(usage.get(name), int)), None)


def _cost(endpoint: Endpoint, tokens_in: int | None, tokens_out: int | None) -> float | None:
    if endpoint.usd_per_token is None or tokens_in is None or tokens_out is None:
        return None
    return endpoint.usd_per_token[0] * tokens_in + endpoint.usd_per_token[1] * tokens_out
