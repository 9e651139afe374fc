"""The data channel's messages, where something fails."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from aiortc import RTCDataChannel

from live.messages import SERVER, ClientMessage, Ended, Pong
from live.webrtc.channel import MessageChannel
from tests.live.loops import run


class Transport:
    """What SCTP holds."""

    def __init__(self) -> None:
        self._outbound_queue: deque[str] = deque()
        self._sent_queue: deque[str] = deque()


class OpenChannel:
    """Takes what is sent into SCTP at once, so that nothing is buffered before it."""

    label = "messages"
    readyState = "open"  # noqa: N815 - as aiortc has it
    bufferedAmount = 0  # noqa: N815

    def __init__(self) -> None:
        self.transport = Transport()
        self.sent: list[Any] = []

    def on(self, _event: str, take: Callable[[str], None]) -> None:
        self.take = take

    def send(self, text: str) -> None:
        self.sent.append(SERVER.validate_json(text))
        self.transport._sent_queue.append(text)


def attached(channel: OpenChannel, messages: MessageChannel) -> None:
    messages.attach(cast(RTCDataChannel, channel))


def test_a_message_that_fails_is_told_and_the_next_one_answered() -> None:
    async def scenario() -> None:
        async def receive(message: ClientMessage) -> None:
            if message.type == "clear":
                raise ZeroDivisionError
            messages.tell(Pong(sent=1.0, at=0.0))

        channel, messages = OpenChannel(), MessageChannel(receive)
        attached(channel, messages)
        reading = asyncio.create_task(messages.read())
        for text in ('{"type":"clear"}', "no JSON", '{"type":"ping"}'):
            channel.take(text)
        for _ in range(20):
            await asyncio.sleep(0)
        reading.cancel()
        failed, unread, pong = channel.sent
        assert (failed.code, unread.code, pong.type) == ("failed", "input", "pong")
        assert "ZeroDivisionError" in failed.message

    run(scenario)


def test_the_last_message_is_waited_for_until_the_client_has_confirmed_it() -> None:
    async def scenario() -> None:
        async def receive(_: ClientMessage) -> None:
            return

        channel, messages = OpenChannel(), MessageChannel(receive)
        attached(channel, messages)
        messages.tell(Ended(reason="stopped"))
        await asyncio.sleep(0)
        flushing = asyncio.create_task(messages.flush())
        await asyncio.sleep(0.05)
        assert not flushing.done()
        channel.transport._sent_queue.clear()
        await flushing
        assert channel.sent == [Ended(reason="stopped")]

    run(scenario)
