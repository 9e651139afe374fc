"""A model at an endpoint, asked until it answers or its time is over."""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from typing import Any, Final

import httpx

from orchestrator.director import chat_failures as failures
from orchestrator.director.chat import Answer, ChatError, Message
from orchestrator.director.chat_forms import Form, forms_to_try, remember
from orchestrator.director.chat_request import BrokenOffError, Question, load, request
from orchestrator.director.endpoints import Endpoint
from orchestrator.director.response_watch import EndlessError, ResponseWatch, StatusError

MOST_TRIES: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
LEAVING_SECONDS: Final = 0.1
"""How long before the deadline a connection is given up, so that it is closed in time."""

BYTES_PER_TOKEN: Final = 1024
"""More than any server takes for one token, with what it wraps round each."""

_log = logging.getLogger(__name__)


class MistralChat:
    """One model at one endpoint; safe for several threads at once, each of which has its own connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._unready: Exception | None = None
        try:
            load()
        except Exception as error:
            _log.exception("the client for the director %s could not be loaded", endpoint.name)
            self._unready = error

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
        if self._unready is not None:
            raise failures.unready(self._endpoint, self._unready)
        if not _is_sendable(self._endpoint):
            raise failures.unsendable_key(self._endpoint)
        started = time.monotonic()
        late = failures.too_slow(self._endpoint, max(deadline - started, 0.0))
        if deadline <= started:
            raise late
        leaving = deadline - LEAVING_SECONDS
        question = Question(self._endpoint, messages, schema, started)

        async def answer_in_time() -> Answer:
            return await asyncio.wait_for(_answer(question, leaving), leaving - time.monotonic())

        try:
            return _in_thread(lambda: asyncio.run(answer_in_time()), deadline)
        except (asyncio.TimeoutError, FutureTimeoutError, httpx.TimeoutException):
            raise late from None


def _is_sendable(endpoint: Endpoint) -> bool:
    """Whether a header can carry the key."""
    key = endpoint.key.get_secret_value() if endpoint.key else ""
    return key.isascii() and key.isprintable()


async def _answer(question: Question, deadline: float) -> Answer:
    """The answer in the best form that the server takes. Raises `ChatError`."""
    forms = forms_to_try(question.endpoint)
    while True:
        form = forms.pop(0)
        try:
            answer = await _persistently(question, form, deadline)
        except _NoStreamError:
            forms.insert(0, replace(form, stream=False))
        except ChatError as error:
            if error.reason != "rejected" or not forms:
                raise
        else:
            remember(question.endpoint, form)
            return answer


async def _persistently(question: Question, form: Form, deadline: float) -> Answer:
    """Tries again where the failure may pass before the deadline."""
    endpoint = question.endpoint
    for tried in range(1, MOST_TRIES + 1):
        pause = FIRST_PAUSE_SECONDS * 2.0 ** (tried - 1)
        try:
            return await _once(question, form)
        except StatusError as error:
            failure = failures.of_status(endpoint, error.status, error.body)
            if failure.reason == "rejected" or not failures.is_passing(error.status):
                raise failure from None
            asked = failures.retry_after(error.headers, time.time())
            pause = pause if asked is None else asked
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, BrokenOffError):
            failure = failures.broken(endpoint, "broke off the connection in the middle of its answer")
        if tried == MOST_TRIES or time.monotonic() + pause >= deadline:
            raise failure from None
        await asyncio.sleep(pause)
    raise AssertionError


async def _once(question: Question, form: Form) -> Answer:
    """Raises `ChatError` for what will not pass, and what `_persistently` tries again."""
    endpoint = question.endpoint
    watch = ResponseWatch(1_000_000 + BYTES_PER_TOKEN * endpoint.max_tokens)
    try:
        answer = await request(question, form, watch)
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
        raise _unreadable(endpoint, watch) from None
    if watch.error is not None or not answer.text.strip():
        raise _unreadable(endpoint, watch) if watch.error is not None else failures.empty(endpoint)
    return answer


class _NoStreamError(Exception):
    """The server answers in one piece where a stream was asked for."""


def _unreadable(endpoint: Endpoint, watch: ResponseWatch) -> ChatError:
    """The failure behind what LangChain cannot read."""
    if watch.error is not None:
        return failures.of_status(endpoint, 500, watch.error)
    if watch.is_stream and watch.is_whole:
        return failures.empty(endpoint)
    return failures.broken(endpoint, "does not answer in the form of chat completions")


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
