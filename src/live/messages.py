"""What a client and a live session say to each other, over a WebSocket or a data channel: one JSON object a message.

`type` tells which. Sound and pictures travel in binary frames (`live.media`). Nothing is converted, and a field that
nobody reads is refused, so that a mistake is told and not passed over.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from avatar.errors import InputError
from avatar.performance import Action, ControlParameters
from video_processor.framing import Framing

PROTOCOL: Final = 1
SMALLEST_SIDE, USUAL_SIDE, LARGEST_SIDE = 128, 512, 1080
LONGEST_TEXT: Final = 5_000
LARGEST_IMAGE_CHARACTERS: Final = 16_000_000
"""Of a picture in base64: 12 MB."""

Picture = Literal["fmp4", "jpeg", "none"]
Shown = Literal["fmp4", "jpeg", "track", "none"]
Codec = Literal["pcm16", "opus"]
Attention = Literal["idle", "listening", "thinking", "speaking"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Unit = Annotated[float, Field(ge=0, le=1)]
Signed = Annotated[float, Field(ge=-1, le=1)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class SoundForm(_Message):
    """The sound that the client sends. Opus comes in packets, one a binary frame."""

    codec: Codec = Field("pcm16", description="pcm16 is signed, 16 bits, little-endian, channels interleaved.")
    rate: int = Field(16_000, ge=8_000, le=96_000, description="Samples a second of each channel; Opus: 48000.")
    channels: int = Field(1, ge=1, le=2, description="They are mixed to one.")


class StartStream(_Message):
    """Opens the session. The first message on a connection, and the only one of its kind."""

    type: Literal["start_stream"] = "start_stream"
    image: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_IMAGE_CHARACTERS)] = Field(
        description="Who speaks: a character's id, an upload's id or path in the data folder, or a picture in base64, "
        "with or without `data:image/...;base64,` before it."
    )
    audio_stream: bool = Field(
        False, description="The avatar's lips follow the sound in the client's binary frames, which is played with it."
    )
    pace: Literal["free", "live"] = Field(
        "free",
        description="live: the client's sound is spoken as it is sent, as by a microphone; what is quiet of it is left "
        "out where more than 0.4 s of it wait, so that a stall of the network is made up for.",
    )
    listen: bool = Field(
        False, description="The client's sound is a person whom the avatar hears and answers; not with `audio_stream`."
    )
    audio: SoundForm = Field(SoundForm(), description="The form of the client's sound.")
    video: Picture = Field(
        "fmp4",
        description="fmp4: fragments with picture and sound for MediaSource; jpeg: single pictures, and sound as "
        "pcm16; none: sound as pcm16 alone.",
    )
    sound: bool = Field(True, description="Whether the avatar's sound is sent.")
    sound_codec: Literal["aac", "opus"] = Field(
        "aac",
        description="Of the sound in fmp4. Opus is there up to 40 ms sooner; ask MediaSource.isTypeSupported for it.",
    )
    blendshapes: bool = Field(False, description="Whether 52 blendshapes and the head's pose are sent for every frame.")
    size: int = Field(
        USUAL_SIDE, ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=2, description="Side of the picture in pixels."
    )
    fps: int = Field(25, ge=5, le=50, description="Frames a second.")
    framing: Framing | None = Field(None, description="How the picture is cut; the character's own where left out.")
    renderer: Name = Field("auto", description="Engine: auto, puppet, wav2lip or wav2lip-gan.")
    controls: dict[str, Any] = Field({}, description="Control parameters to begin with, as in a performance.")
    language: Name | None = Field(None, description="Of text to speak, such as en, zh, es; `auto` tells it by itself.")
    voice: Name | None = Field(None, description="Who speaks; the character's own where left out.")
    speaker: Name | None = Field(None, description="Engine that speaks: auto, espeak, or another that is installed.")
    persona: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] | None = Field(
        None, description="Whom the avatar is in a conversation; the character's own direction where left out."
    )
    thread: Name | None = Field(
        None, description="The memory of a conversation: the same name goes on with what was said before."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Of all that is random in the motion.")

    @model_validator(mode="after")
    def _has_one_use_for_sound(self) -> "StartStream":
        if self.listen and self.audio_stream:
            raise ValueError("sound is either spoken (audio_stream) or heard (listen), not both")
        return self


class Say(_Message):
    """The avatar speaks the text, after what it is saying."""

    type: Literal["say"] = "say"
    text: Text
    id: Name | None = Field(None, description="Comes back in what is told of this utterance.")
    language: Name | None = None
    voice: Name | None = None
    interrupt: bool = Field(False, description="Stops what is being said first.")


class Ask(_Message):
    """Typed in place of spoken: the avatar answers it as a conversation."""

    type: Literal["ask"] = "ask"
    text: Text


class Sound(_Message):
    """Sound in base64, for clients that send no binary frames."""

    type: Literal["audio"] = "audio"
    data: Annotated[str, StringConstraints(min_length=1, max_length=2_000_000)]


class EndOfSpeech(_Message):
    """The client's sound has come to the end of a segment: what is held back for more of it is spoken."""

    type: Literal["end_of_speech"] = "end_of_speech"


class Control(_Message):
    """Changes some of the control parameters; the others stay as they are."""

    type: Literal["control"] = "control"
    controls: dict[str, Any] = Field(description="As in a performance: numbers beyond their range go to its end.")


class LiveCue(_Message):
    """One action of the face."""

    type: Literal["cue"] = "cue"
    action: Action
    intensity: Unit = 0.7
    duration: Annotated[float, Field(ge=0.05, le=10)] = 0.6
    direction: Signed = 0.0
    delay: Annotated[float, Field(ge=0, le=60)] = Field(0.0, description="Seconds from now to its peak.")


class Clear(_Message):
    """Stops what is being said, and drops what waits to be said."""

    type: Literal["clear"] = "clear"


class Stop(_Message):
    """Ends the session."""

    type: Literal["stop"] = "stop"


class Ping(_Message):
    """Asks for a `pong`, so that a client can measure the way there and back."""

    type: Literal["ping"] = "ping"
    sent: float = Field(0.0, description="Comes back in `pong`: the client's own clock.")


ClientMessage = Annotated[
    StartStream | Say | Ask | Sound | EndOfSpeech | Control | LiveCue | Clear | Stop | Ping,
    Field(discriminator="type"),
]


class Chosen(_Message):
    """What was chosen for a part, and why; without a `name` there is none, and `why` says what to configure."""

    name: str | None
    why: str


class Started(_Message):
    """The session is open. Times are seconds of its media clock, which begins at 0."""

    type: Literal["started"] = "started"
    protocol: int = PROTOCOL
    session: str
    width: int
    height: int
    fps: int
    video: Shown = Field(description="How pictures come: as they were asked for; over WebRTC as a track, or none.")
    mime: str = Field("", description="Of fmp4, for MediaSource.")
    sound_rate: int = Field(description="Samples a second of the sound in binary frames: pcm16, one channel.")
    renderer: Chosen
    speaker: Chosen
    recogniser: Chosen
    dialogue: Chosen
    idle_seconds: float = Field(
        description="The session ends after so long without anything from the client but pings and silence."
    )
    longest_seconds: float = Field(description="The session ends after so long.")
    notes: tuple[str, ...] = ()


class Speaking(_Message):
    """The avatar begins an utterance, or ends it."""

    type: Literal["speaking"] = "speaking"
    on: bool
    at: float
    utterance: str
    cut: bool = Field(False, description="It ended before its end: somebody cleared or interrupted it.")


class TimedWord(_Message):
    """A word, and when it is said on the media clock."""

    text: str
    start: float
    end: float


class Caption(_Message):
    """What is said, by whom; the avatar's as it begins to say it, in `words` with their times on the media clock."""

    type: Literal["caption"] = "caption"
    who: Literal["user", "avatar"]
    text: str
    at: float
    duration: float = 0.0
    words: tuple[TimedWord, ...] = ()
    final: bool = True
    utterance: str = ""
    language: str = ""
    audible: bool = Field(True, description="False where there is no voice for it and the text stands alone.")


class State(_Message):
    """What the avatar does in a conversation."""

    type: Literal["state"] = "state"
    state: Attention
    at: float


class Blendshapes(_Message):
    """The face in one frame: 52 values in ARKit's order, and pitch, yaw, roll in degrees and x, y, z."""

    type: Literal["blendshapes"] = "blendshapes"
    frame: int
    at: float
    values: tuple[float, ...]
    pose: tuple[float, ...]


class Stats(_Message):
    """Once a second. Milliseconds are means of that second, of the session alone."""

    type: Literal["stats"] = "stats"
    at: float
    frames: int = Field(description="Drawn since the start.")
    late: int = Field(description="Not drawn, since the machine was too slow for them.")
    dropped: int = Field(description="Drawn and not sent, since the client was too slow for them.")
    draw_ms: float
    encode_ms: float
    buffered: float = Field(description="Seconds of sound that wait to be played.")
    viewers: int = 1


class Turn(_Message):
    """How long each step of an answer took, in milliseconds from the end of what it answers; None was not taken."""

    type: Literal["turn"] = "turn"
    turn: int
    end_of_turn: float | None = Field(None, description="Silence that was waited for before the turn counted as over.")
    recognised: float | None = None
    first_token: float | None = None
    first_sentence: float | None = None
    first_sound: float | None = None
    first_frame: float | None = None
    interrupted: bool = False


class Notice(_Message):
    """Something that the user should know, and that ends nothing: a part that is missing, sound that was dropped."""

    type: Literal["notice"] = "notice"
    code: str
    message: str
    cure: str = ""


class Problem(_Message):
    """Something went wrong. A `fatal` one ends the session; after a `retryable` one the same may work again."""

    type: Literal["error"] = "error"
    code: str
    message: str
    cure: str = ""
    fatal: bool = False
    retryable: bool = False


class Ended(_Message):
    """The last message of a session."""

    type: Literal["ended"] = "ended"
    reason: Literal["stopped", "idle", "too_long", "error", "worker_lost", "shutting_down", "client_gone"]


class Pong(_Message):
    """The answer to a `ping`."""

    type: Literal["pong"] = "pong"
    sent: float
    at: float


ServerMessage = Annotated[
    Started | Speaking | Caption | State | Blendshapes | Stats | Turn | Notice | Problem | Ended | Pong,
    Field(discriminator="type"),
]

CLIENT: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)
SERVER: Final[TypeAdapter[ServerMessage]] = TypeAdapter(ServerMessage)


def read_client(text: str | bytes) -> ClientMessage:
    """The message. Raises `InputError`, which names the first field that cannot be used."""
    try:
        return CLIENT.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise InputError(
            f"The message cannot be used: {where}: {first['msg']}.",
            cure="docs/live-protocol.md and GET /api/v1/schemas/live list every message.",
        ) from None


def checked_controls(given: dict[str, Any], base: ControlParameters) -> ControlParameters:
    """`base` with what is given; numbers out of range go to its end. Raises `InputError` for what is no control."""
    if unknown := [name for name in given if name not in ControlParameters.model_fields]:
        raise InputError(
            f"There is no control '{unknown[0][:40]}'.", cure=f"Use one of {', '.join(ControlParameters.model_fields)}."
        )
    try:
        return ControlParameters.model_validate({**base.model_dump(), **given})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"The control {where} cannot be used: {first['msg']}.", cure="Correct it.") from None


def live_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of all messages, as `$defs`, with those of the client and of the server as unions."""
    client = CLIENT.json_schema(ref_template="#/$defs/{model}")
    server = SERVER.json_schema(ref_template="#/$defs/{model}", mode="serialization")
    definitions = client.pop("$defs") | server.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:avatar-orchestrator:live:{PROTOCOL}",
        "title": "Messages of a live session",
        "$defs": {**definitions, "ClientMessage": client, "ServerMessage": server},
        "anyOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
    }
