"""A language model at one of the director's endpoints, streamed over a connection that stays open between turns."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx

from avatar.errors import AvatarError
from avatar.settings import Settings
from live.conversation.answer_parts import CallReader, TokenCount, for_langchain
from live.conversation.halt import Halt
from live.conversation.model import Part, Said
from orchestrator.director import chat_failures as failures
from orchestrator.director.chat import ChatError, Message, encodable
from orchestrator.director.chat_request import load
from orchestrator.director.endpoints import Endpoint, endpoint
from orchestrator.director.response_watch import EndlessError, ResponseWatch, StatusError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage

CONNECT_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 120.0
"""A connection that nobody uses is kept open so long."""

CLOSE_SECONDS: Final = 1.0
AGAIN_AFTER_SECONDS: Final = 0.3
MOST_BYTES: Final = 4_000_000
MOST_ROUNDS: Final = 2
"""A model that called tools and said nothing is asked again, with their results."""

_log = logging.getLogger(__name__)
_watched: Final[ContextVar[ResponseWatch | None]] = ContextVar("live_response_watch", default=None)
_toolless: Final[set[tuple[str, str]]] = set()
"""By address and model: those that this process has found to refuse tools."""


class EndpointModel:
    """For one conversation: one answer at a time. Raises `ConfigurationError` where the endpoint is not set up."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._endpoint = replace(
            endpoint(settings, name),
            temperature=settings.dialogue_temperature,
            max_tokens=settings.dialogue_max_tokens,
        )
        self._seconds = settings.dialogue_timeout_seconds
        self._wants_tools = settings.dialogue_cues == "tools" or (
            settings.dialogue_cues == "auto" and name == "mistral"
        )
        self._client: httpx.AsyncClient | None = None
        self._model: Any = None

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def model(self) -> str:
        return self._endpoint.model

    @property
    def title(self) -> str:
        return f"{self._endpoint.model} of {self._endpoint.title}"

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"temperature": self._endpoint.temperature, "max_tokens": self._endpoint.max_tokens}

    @property
    def takes_tools(self) -> bool:
        return self._wants_tools and (self._endpoint.url, self.model) not in _toolless

    def answer(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], halt: Halt) -> Iterator[Part]:
        parts: queue.SimpleQueue[Part | Exception | None] = queue.SimpleQueue()
        asked = asyncio.run_coroutine_threadsafe(self._pump(messages, tools, parts), _loop())
        halt.bind(asked.cancel)
        asked.add_done_callback(lambda _: parts.put(None))
        try:
            while (part := parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            asked.cancel()

    def warm(self) -> None:
        """Loads the client, which takes seconds, so that the first answer need not wait for it."""
        _loop()

    def close(self) -> None:
        """Waits for a moment; a connection that does not close by then is left to the server."""
        if self._client is None:
            return
        closing = asyncio.run_coroutine_threadsafe(self._client.aclose(), _loop())
        try:
            closing.result(CLOSE_SECONDS)
        except Exception as error:
            closing.cancel()
            _log.warning("the connection to %s did not close: %s: %s", self.title, type(error).__name__, error)

    async def _pump(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        parts: "queue.SimpleQueue[Part | Exception | None]",
    ) -> None:
        """The parts, or why there are none."""
        try:
            async for part in self._persistently(messages, tools):
                parts.put(part)
        except Exception as error:
            parts.put(self._failure(error))

    async def _persistently(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]
    ) -> AsyncIterator[Part]:
        """Asks once more where nothing has been said and the failure may pass, or may be the tools'."""
        for is_last in (False, True):
            has_begun, watch = False, ResponseWatch(MOST_BYTES)
            _watched.set(watch)
            try:
                async for part in self._rounds(messages, tools, watch):
                    has_begun = True
                    yield part
                return
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                if is_last or has_begun:
                    raise
            except StatusError as error:
                refuses_tools = bool(tools) and error.status in (400, 404, 422, 500, 501)
                if is_last or has_begun or not (refuses_tools or failures.is_passing(error.status)):
                    raise
                if refuses_tools:
                    tools = ()
                    if error.status != 500:
                        _toolless.add((self._endpoint.url, self.model))
                else:
                    await asyncio.sleep(AGAIN_AFTER_SECONDS)

    def _failure(self, error: Exception) -> Exception:
        place = self._endpoint
        if isinstance(error, AvatarError):
            return error
        if isinstance(error, httpx.TimeoutException):
            return self._too_slow()
        if isinstance(error, StatusError):
            return failures.of_status(place, error.status, error.body)
        if isinstance(error, EndlessError):
            return failures.broken(place, "answers without an end")
        if isinstance(error, httpx.ConnectError | httpx.ProxyError):
            return failures.unreachable(place, str(error))
        if isinstance(error, httpx.HTTPError):
            return failures.broken(place, "broke off the connection in the middle of its answer")
        _log.info("an answer could not be read", exc_info=error)
        return failures.broken(place, "does not answer in the form of chat completions")

    async def _rounds(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], watch: ResponseWatch
    ) -> AsyncIterator[Part]:
        started, first, tokens = time.monotonic(), None, TokenCount()
        conversation = for_langchain(messages)
        for _ in range(MOST_ROUNDS):
            calls, has_spoken = CallReader(), False
            async for chunk in self._stream(conversation, tools):
                tokens.see(chunk)
                text = encodable(str(chunk.text))
                if first is None and (text or chunk.tool_call_chunks):
                    first = time.monotonic() - started
                if text:
                    has_spoken = True
                    yield Said(text)
                for call in calls.push(chunk):
                    yield call
            for call in calls.flush():
                yield call
            if watch.error is not None:
                raise failures.of_status(self._endpoint, 500, watch.error)
            tokens.close(watch.usage)
            if has_spoken or not calls.told:
                break
            conversation = [*conversation, *calls.results()]
            tools = ()
        yield tokens.finished(self._endpoint, first)

    async def _stream(
        self, conversation: Sequence["BaseMessage"], tools: Sequence[Mapping[str, Any]]
    ) -> AsyncIterator["AIMessageChunk"]:
        from langsmith import tracing_context

        asked: dict[str, Any] = {"tools": list(tools), "tool_choice": "auto"} if tools else {}
        if self._endpoint.asks_for_usage:
            asked["stream_options"] = {"include_usage": True}
        with tracing_context(enabled=False):
            async for chunk in self._opened().astream(list(conversation), **asked):
                yield chunk

    def _opened(self) -> Any:
        """The client, which is made where it is used: in the loop's own thread."""
        if self._model is None:
            from langchain_mistralai import ChatMistralAI

            place = self._endpoint
            self._client = _client(place, self._seconds)
            self._model = ChatMistralAI(
                model_name=place.model,
                base_url=place.url,
                api_key=place.key,
                async_client=self._client,
                max_retries=1,
                temperature=place.temperature,
                max_tokens=place.max_tokens,
                model_kwargs=dict(place.extra or {}),
                cache=False,
            )
        return self._model

    def _too_slow(self) -> ChatError:
        return ChatError(
            f"{self._endpoint.title} has said nothing with {self.model} for {self._seconds:g} s.",
            reason="timeout",
            cure="Raise DIALOGUE_TIMEOUT_SECONDS, or choose a smaller model.",
        )


def _client(place: Endpoint, seconds: float) -> httpx.AsyncClient:
    """No pause of the server may be longer than `seconds`."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if place.key is not None:
        headers["Authorization"] = f"Bearer {place.key.get_secret_value()}"
    return httpx.AsyncClient(
        base_url=place.url,
        headers=headers,
        timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        limits=httpx.Limits(max_connections=2, keepalive_expiry=KEPT_SECONDS),
        event_hooks={"response": [_look]},
    )


async def _look(response: httpx.Response) -> None:
    watch = _watched.get()
    if watch is not None:
        await watch.look(response)


class _Loop:
    """The loop of all conversations of this process, in a thread of its own from its first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                load()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="dialogue", daemon=True).start()
            return self._loop


_loop: Final = _Loop()
