"""What comes in a live session: pictures, sound, and what is told. Times are seconds on the session's media clock."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Final, Literal

from client.live.errors import FAILED, LiveError

HEAD: Final = struct.Struct(">BBxxd")
"""Kind, whether it needs none before it, and the time."""

BYTES_A_SAMPLE: Final = 2


class _Kind(IntEnum):
    SOUND = 1
    PICTURE = 2
    BEGINNING = 3
    PIECE = 4


@dataclass(frozen=True, slots=True)
class Sound:
    """pcm16, little-endian, one channel, `rate` samples a second."""

    at: float
    data: bytes
    rate: int

    @property
    def duration(self) -> float:
        return len(self.data) / BYTES_A_SAMPLE / self.rate


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class FilmPiece:
    """A piece of a fragmented MP4: one after the other they are a film. A `key` piece needs none but the first."""

    at: float
    data: bytes
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was chosen for a part, and why; without a `name` there is none, and `why` says what to configure."""

    name: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The session is open. `mime` is that of the film; `sound_rate` in Hz."""

    session: str
    width: int
    height: int
    fps: int
    video: str
    sound_rate: int
    renderer: Chosen
    speaker: Chosen
    recogniser: Chosen
    dialogue: Chosen
    mime: str = ""
    idle_seconds: float = 0.0
    longest_seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """The avatar begins an utterance, or ends it; `cut` before its end."""

    on: bool
    at: float
    utterance: str
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word, and when it is said."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What is said. It is not `audible` where nobody here speaks the language; not `final` while it may change."""

    who: Literal["user", "avatar"]
    text: str
    at: float
    duration: float = 0.0
    words: list[TimedWord] = field(default_factory=list)
    final: bool = True
    utterance: str = ""
    language: str = ""
    audible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the avatar does in a conversation."""

    state: Literal["idle", "listening", "thinking", "speaking"]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blendshapes:
    """The face in one frame: 52 ARKit values 0..1; pitch, yaw, roll in degrees and x, y, z."""

    frame: int
    at: float
    values: list[float]
    pose: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Once a second. `buffered` is in seconds of sound, `draw_ms` and `encode_ms` are means of that second."""

    at: float
    frames: int
    late: int
    dropped: int
    draw_ms: float
    encode_ms: float
    buffered: float
    viewers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How long the steps of an answer took, in milliseconds from the end of the question; None was not taken."""

    turn: int
    end_of_turn: float | None = None
    recognised: float | None = None
    first_token: float | None = None
    first_sentence: float | None = None
    first_sound: float | None = None
    first_frame: float | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the user should know."""

    code: str
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProblem:
    """Something went wrong, and the session goes on. After a `retryable` one the same may work again."""

    code: str
    message: str
    cure: str = ""
    retryable: bool = False

    def error(self) -> LiveError:
        return LiveError(self.message, kind=self.code, cure=self.cure, retryable=self.retryable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The last event."""

    reason: str


Event = (
    Sound
    | Picture
    | FilmPiece
    | Started
    | Speaking
    | Caption
    | State
    | Blendshapes
    | Stats
    | Turn
    | Notice
    | LiveProblem
    | Ended
)

TOLD: Final[Mapping[str, type]] = {
    "started": Started,
    "speaking": Speaking,
    "caption": Caption,
    "state": State,
    "blendshapes": Blendshapes,
    "stats": Stats,
    "turn": Turn,
    "notice": Notice,
    "error": LiveProblem,
    "ended": Ended,
}
PARTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("renderer", "speaker", "recogniser", "dialogue"), lambda told: _record(Chosen, told)),
    "words": lambda words: [_record(TimedWord, word) for word in words],
}


def event_of(frame: str | bytes, rate: int) -> Event | None:
    """None for what a newer service adds. `rate` of its sound in Hz. Raises `LiveError` for an error that is fatal."""
    if isinstance(frame, bytes):
        return _media(frame, rate)
    told = json.loads(frame)
    kind = TOLD.get(told.get("type", ""))
    if kind is None:
        return None
    if told.get("fatal"):
        problem: LiveProblem = _record(LiveProblem, told)
        raise problem.error()
    event: Event = _record(kind, told)
    return event


def _media(frame: bytes, rate: int) -> Event | None:
    if len(frame) < HEAD.size:
        raise LiveError("A binary frame has no head.", kind=FAILED, cure="See docs/live-protocol.md.")
    kind, key, at = HEAD.unpack_from(frame)
    data = frame[HEAD.size :]
    if kind == _Kind.SOUND:
        return Sound(at, data, rate)
    if kind == _Kind.PICTURE:
        return Picture(at, data)
    return FilmPiece(at, data, bool(key)) if kind in (_Kind.BEGINNING, _Kind.PIECE) else None


def _record(kind: type, told: Mapping[str, Any]) -> Any:
    known = {item.name for item in fields(kind)}
    values = {name: PARTS[name](value) if name in PARTS else value for name, value in told.items() if name in known}
    return kind(**values)
