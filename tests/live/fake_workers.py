"""What live workers do in their process, without a session: they hang, are silent, or answer as they are told."""

import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

from avatar.settings import Settings
from live.reports import Farewell, Hello, Report
from live.wire import order, packed, read_packet

PACE: float = 0.01


def hang(line: Connection, settings: Settings) -> None:
    """It can be spoken to, and never says anything again."""
    line.recv()
    line.send(Hello(1, os.getpid()))
    line.send(Report(0, 2, PACE))
    while True:
        time.sleep(60.0)


def answer_nothing(line: Connection, settings: Settings) -> None:
    """It reports, and takes orders, but answers none."""
    asyncio.run(_serve(line, None))


def answer(line: Connection, settings: Settings) -> None:
    """Every order is answered with the worker's number; worker 0 says that it is busy."""
    number = int(multiprocessing.current_process().name.rpartition("-")[2])
    said: dict[str, Any] = {"error": ["BusyError", "No place.", ""]} if number == 0 else {"answer": {"worker": number}}
    asyncio.run(_serve(line, said))


async def _serve(line: Connection, said: dict[str, Any] | None) -> None:
    line.recv()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_packet(reader)
        if said is not None:
            writer.write(packed(order(**said)))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    line.send(Hello(server.sockets[0].getsockname()[1], os.getpid()))
    while not (line.poll() and isinstance(line.recv(), Farewell)):
        line.send(Report(0, 2, PACE))
        await asyncio.sleep(0.05)
