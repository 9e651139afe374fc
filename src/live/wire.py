"""How a live worker and those who relay for it speak: packets over a connection on this machine.

A packet is its length (4 bytes, big-endian), a byte that tells its kind, and its content.
"""

import asyncio
import json
import struct
from enum import IntEnum
from typing import Any, Final, NamedTuple

HEAD: Final = struct.Struct(">IB")
LARGEST_BYTES: Final = 20_000_000
BUFFER_BYTES: Final = 65_536
"""What may wait in a connection before its writer is held up, so that a slow reader is noticed soon."""


class PacketKind(IntEnum):
    """`TEXT`: a JSON message; `BINARY`: sound or picture; `ORDER`: JSON between the service and its worker."""

    TEXT = 0
    BINARY = 1
    ORDER = 2


class Packet(NamedTuple):
    """What is sent at once."""

    kind: PacketKind
    content: bytes


def packed(packet: Packet) -> bytes:
    return HEAD.pack(len(packet.content), packet.kind) + packet.content


def order(**values: Any) -> Packet:
    return Packet(PacketKind.ORDER, json.dumps(values).encode())


def values_of(packet: Packet) -> dict[str, Any]:
    """Of an order."""
    found: dict[str, Any] = json.loads(packet.content)
    return found


async def read_packet(reader: asyncio.StreamReader) -> Packet | None:
    """The next packet; None where the connection has ended. Raises ValueError for what is none."""
    try:
        size, kind = HEAD.unpack(await reader.readexactly(HEAD.size))
        if size > LARGEST_BYTES:
            raise ValueError(f"a packet of {size} bytes; at most {LARGEST_BYTES} are taken")
        return Packet(PacketKind(kind), await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def hold_little(writer: asyncio.StreamWriter) -> None:
    """Lets little wait in the connection."""
    writer.transport.set_write_buffer_limits(high=BUFFER_BYTES)
