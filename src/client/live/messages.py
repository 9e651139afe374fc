"""What a client says in a live session, as docs/live-protocol.md has it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict


class LiveFields(TypedDict, total=False):
    """One of `character`, `image_path` (of an upload) and `image` (a file of this machine); the rest as wanted.

    `audio_stream`: the avatar speaks the sound that is sent; `listen`: it hears it and answers. `audio` is that sound's
    form: `{"codec": "pcm16", "rate": 16000, "channels": 1}`. `video` is what comes: `fmp4`, the pieces of a film;
    `jpeg`, single pictures and sound; `none`, sound alone.
    """

    character: str
    image: str | Path
    image_path: str
    audio_stream: bool
    pace: Literal["free", "live"]
    listen: bool
    audio: Mapping[str, Any]
    video: Literal["fmp4", "jpeg", "none"]
    sound: bool
    sound_codec: Literal["aac", "opus"]
    blendshapes: bool
    size: int
    fps: int
    framing: str
    renderer: str
    controls: Mapping[str, Any]
    language: str
    voice: str
    speaker: str
    persona: str
    thread: str
    seed: int


class SayFields(TypedDict, total=False):
    """`interrupt` stops first what is being said."""

    language: str
    voice: str
    interrupt: bool


class CueFields(TypedDict, total=False):
    """`intensity` 0..1; `duration` and `delay` (to its peak) in seconds; `direction` -1..1."""

    intensity: float
    duration: float
    direction: float
    delay: float


def message(kind: str, fields: Mapping[str, Any] | None = None) -> str:
    given = {name: value for name, value in (fields or {}).items() if value is not None}
    return json.dumps({"type": kind, **given}, ensure_ascii=False)
