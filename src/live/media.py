"""Binary frames from a session to its client: twelve bytes of head, then sound or picture.

Byte 0 is the kind, byte 1 is 1 on a frame that needs none before it, bytes 2 and 3 are 0; bytes 4 to 11 are the time on
the media clock in seconds, a big-endian double. Frames from the client have no head: they are its sound.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from avatar.errors import InputError

HEAD: Final = struct.Struct(">BBxxd")


class MediaKind(IntEnum):
    """`SOUND`: pcm16, little-endian, one channel, at the rate that `started` tells. `JPEG`: a picture.

    `INITIALISATION`: what a fragmented MP4 begins with. `FRAGMENT`: a piece of it.
    """

    SOUND = 1
    JPEG = 2
    INITIALISATION = 3
    FRAGMENT = 4


@dataclass(frozen=True, slots=True)
class Media:
    """A piece of sound or picture. `at`: its start on the media clock, seconds. A `key` needs none before it."""

    kind: MediaKind
    at: float
    data: bytes
    key: bool = True

    def packed(self) -> bytes:
        return HEAD.pack(self.kind, self.key, self.at) + self.data


def unpacked(frame: bytes) -> Media:
    """Raises `InputError` for what is no such frame."""
    try:
        kind, key, at = HEAD.unpack_from(frame)
        return Media(MediaKind(kind), at, frame[HEAD.size :], bool(key))
    except (struct.error, ValueError):
        raise InputError("The binary frame has no head of a known kind.", cure="See docs/live-protocol.md.") from None
