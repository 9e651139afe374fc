"""A model asked through LangChain's `ChatMistralAI`, which speaks to every endpoint."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import httpx

from orchestrator.director import chat_failures as failures
from orchestrator.director.chat import Answer, ChatError, Message
from orchestrator.director.chat_forms import Form, forms_to_try, options, remember
from orchestrator.director.endpoints import Endpoint
from orchestrator.director.response_watch import EndlessError, ResponseWatch, StatusError

if TYPE_CHECKING:
    import ssl

    from langchain_core.messages import BaseMessage

MOST_TRIES: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
LOADED_EARLY: Final = (
    "langchain_mistralai",
    "langchain_core.tracers.context",
    "langchain_core.tracers.langchain",
    "langchain_core.tracers.stdout",
    "langsmith.run_helpers",
    "httpcore",
    "anyio.streams.tls",
)
LEAVING_SECONDS: Final = 0.1
"""How long before the deadline a connection is given up, so that it is closed in time."""

BYTES_PER_TOKEN: Final = 1024
"""More than any server takes for one token, with what it wraps round each."""


class MistralChat:
    """One model at one endpoint; safe for several threads at once, each of which has its own connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        _load()
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def model(self) -> str:
        return self._endpoint.model

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"temperature": self._endpoint.temperature, "max_tokens": self._endpoint.max_tokens}

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], deadline: float) -> Answer:
        """As `Chat.ask` says. Tries again what passes, as long as the server asks for, where the deadline allows it."""
        started = time.monotonic()
        late = failures.too_slow(self._endpoint, max(deadline - started, 0.0))
        if deadline <= started:
            raise late
        question = _Question(self._endpoint, messages, schema, started, deadline - LEAVING_SECONDS)

        async def answer_in_time() -> Answer:
            return await asyncio.wait_for(question.answer(), deadline - LEAVING_SECONDS - time.monotonic())

        try:
            return _in_thread(lambda: asyncio.run(answer_in_time()), deadline)
        except (asyncio.TimeoutError, FutureTimeoutError, httpx.TimeoutException):
            raise late from None


class _Question:
    """One `ask` under way."""

    def __init__(
        self,
        endpoint: Endpoint,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        started: float,
        deadline: float,
    ) -> None:
        self._endpoint = endpoint
        self._messages = _for_langchain(messages)
        self._schema = schema
        self._started = started
        self._deadline = deadline

    async def answer(self) -> Answer:
        """The answer in the best form that the server takes. Raises `ChatError`."""
        forms = forms_to_try(self._endpoint)
        while True:
            form = forms.pop(0)
            try:
                answer = await self._persistently(form)
            except _NoStreamError:
                forms.insert(0, replace(form, stream=False))
            except ChatError as error:
                if error.reason != "rejected" or not forms:
                    raise
            else:
                remember(self._endpoint, form)
                return answer

    async def _persistently(self, form: Form) -> Answer:
        """Tries again where the failure may pass before the deadline."""
        for tried in range(1, MOST_TRIES + 1):
            pause = FIRST_PAUSE_SECONDS * 2.0 ** (tried - 1)
            try:
                return await self._once(form)
            except StatusError as error:
                failure = failures.of_status(self._endpoint, error.status, error.body)
                if not failures.is_passing(error.status):
                    raise failure from None
                asked = failures.retry_after(error.headers, time.time())
                pause = pause if asked is None else asked
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                failure = failures.broken(self._endpoint, "broke off the connection in the middle of its answer")
            if tried == MOST_TRIES or time.monotonic() + pause >= self._deadline:
                raise failure from None
            await asyncio.sleep(pause)
        raise AssertionError

    async def _once(self, form: Form) -> Answer:
        endpoint = self._endpoint
        watch = ResponseWatch(1_000_000 + BYTES_PER_TOKEN * endpoint.max_tokens)
        try:
            return await self._read(form, watch)
        except (httpx.TimeoutException, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            raise
        except EndlessError:
            raise failures.broken(endpoint, "answers without an end") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise failures.unreachable(endpoint, _cause(error)) from None
        except httpx.HTTPError as error:
            if not watch.is_stream and form.stream:
                raise _NoStreamError from None
            raise failures.broken(endpoint, f"cannot be spoken to ({type(error).__name__})") from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise failures.broken(endpoint, "does not answer in the form of chat completions") from None

    async def _read(self, form: Form, watch: ResponseWatch) -> Answer:
        from langsmith import tracing_context

        text, first, usage, model = "", None, None, None
        with tracing_context(enabled=False):
            async for message in self._messages_from(form, watch):
                part = str(message.text)
                first = first or (time.monotonic() - self._started if part and form.stream else None)
                text += part
                usage = getattr(message, "usage_metadata", None) or usage
                model = message.response_metadata.get("model_name") or model
        if watch.error is not None:
            raise failures.of_status(self._endpoint, 500, watch.error)
        if not text.strip():
            raise failures.empty(self._endpoint)
        tokens_in, tokens_out = _tokens(watch.usage or usage)
        return Answer(
            text=text,
            model=model or self._endpoint.model,
            seconds=time.monotonic() - self._started,
            first_token_seconds=first,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=_cost(self._endpoint, tokens_in, tokens_out),
        )

    async def _messages_from(self, form: Form, watch: ResponseWatch) -> AsyncIterator["BaseMessage"]:
        """The parts of the answer as they come, or the answer in one piece."""
        from langchain_mistralai import ChatMistralAI

        endpoint = self._endpoint
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
            asked = options(endpoint, form, self._schema)
            if form.stream:
                async for chunk in model.astream(self._messages, **asked):
                    yield chunk
            else:
                yield await model.ainvoke(self._messages, **asked)


class _NoStreamError(Exception):
    """The server answers in one piece where a stream was asked for."""


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


def _load() -> None:
    """Loads what an answer takes, so that no answer waits for it."""
    for module in LOADED_EARLY:
        import_module(module)
    _certificates()


@lru_cache(maxsize=1)
def _certificates() -> "ssl.SSLContext":
    return httpx.create_ssl_context()


def _for_langchain(messages: Sequence[Message]) -> list["BaseMessage"]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](message.text) for message in messages]


def _cause(error: BaseException) -> str:
    """What the system said, under the layers that carried it."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, socket.gaierror):
            return str(inner.strerror)
        if isinstance(inner, OSError) and inner.errno:
            return os.strerror(inner.errno)
        inner = inner.__cause__ or inner.__context__
    return str(error)


def _tokens(usage: Mapping[str, Any] | None) -> tuple[int | None, int | None]:
    """Tokens in and out, by OpenAI's names or by LangChain's."""
    if usage is None:
        return None, None
    return _count(usage, "prompt_tokens", "input_tokens"), _count(usage, "completion_tokens", "output_tokens")


def _count(usage: Mapping[str, Any], *names: str) -> int | None:
    return next((usage[name] for name in names if isinstance(usage.get(name), int)), None)


def _cost(endpoint: Endpoint, tokens_in: int | None, tokens_out: int | None) -> float | None:
    if endpoint.usd_per_token is None or tokens_in is None or tokens_out is None:
        return None
    return endpoint.usd_per_token[0] * tokens_in + endpoint.usd_per_token[1] * tokens_out


def _in_thread(work: Callable[[], Answer], deadline: float) -> Answer:
    """What `work` returns or raises, in a thread of its own, which is left behind where it outlasts the deadline.

    Looking up a host's name cannot be broken off, so that nothing but this keeps the deadline.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="chat", daemon=True).start()
    return future.result(timeout=max(deadline - time.monotonic(), 0.0))
