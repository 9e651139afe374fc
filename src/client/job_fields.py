"""What a video is asked for with, and which of it are files of this machine."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict

LONGEST_LABEL: Final = 80

LOCAL: Final = {
    "image": ("image", "image_path"),
    "audio": ("audio", "audio_path"),
    "expression": ("video", "expression_path"),
    "background_image": ("background", "background"),
}
"""Files of this machine, what they are uploaded as, and the fields that name them then."""


class Controls(TypedDict, total=False):
    """Control parameters that replace the director's."""

    blink_rate: float
    head_tilt: float
    expression_intensity: float
    mouth_openness: float
    eyebrow_raise: float
    head_motion: float
    gaze_contact: float
    smile: float
    energy: float
    emotion: Mapping[str, Any]


class JobFields(TypedDict, total=False):
    """One of `image`, `image_path` and `character`; one of `audio`, `audio_path` and `text`; the rest as wanted.

    `image`, `audio`, `expression` and `background_image` are files of this machine; `image_path`, `audio_path`,
    `expression_path` and a picture in `background` what `upload` told. An expression is a video whose face is played,
    and whose sound where none is given. `resolution` is a side in pixels or a size such as `1280x720`; `preset`
    (`standard`, `high`) fills in what is left open. With `review` the job waits for `resume`. `label` is what people
    call the job by; a local `image` gives it its name where it is left out. `transcript` are the words of the sound, or
    the content of an SRT or VTT file; `transcript_file` is such a file of this machine. `session_id`, `user_id` and
    `tags` mark the job's trace.
    `enhance` is `auto`, `none`, `detail` or `gfpgan`, at `enhance_strength` in 0..1 on every `enhance_every`-th frame;
    `upscale` is `none`, `720p` or `1080p`.
    """

    image: str | Path
    image_path: str
    character: str
    audio: str | Path
    audio_path: str
    text: str
    expression: str | Path
    expression_path: str
    language: str
    voice: str
    speaker: str
    fps: float | str
    resolution: int | str
    preset: str
    renderer: str
    director: str
    direction: str
    framing: str
    background: str
    background_image: str | Path
    format: str
    face: int
    controls: Controls
    performance: Mapping[str, Any]
    transcript: str
    transcript_file: str | Path
    transcriber: str
    transcriber_size: str
    burn_captions: bool
    enhance: str
    enhance_strength: float
    enhance_every: int
    upscale: str
    session_id: str
    user_id: str
    tags: Sequence[str]
    seed: int
    review: bool
    label: str


class RerenderFields(TypedDict, total=False):
    """How another video of the same speech differs. `controls` go over the performance; `direction` and `director` ask
    for another one. `image` is a file of this machine.
    """

    performance: Mapping[str, Any]
    controls: Controls
    direction: str
    director: str
    review: bool
    image: str | Path
    image_path: str
    character: str
    face: int
    framing: str
    background: str
    background_image: str | Path
    resolution: int | str
    preset: str
    renderer: str
    enhance: str
    enhance_strength: float
    enhance_every: int
    upscale: str
    fps: float | str
    format: str
    seed: int
    label: str


def uploaded(asked: Mapping[str, Any], path_of: Callable[[str, Path], str]) -> dict[str, Any]:
    """The fields as JSON takes them. `path_of(kind, file)` brings a file of this machine to the service."""
    fields = {name: value for name, value in asked.items() if name not in LOCAL and value is not None}
    for name, (kind, field) in LOCAL.items():
        if asked.get(name) is not None:
            fields[field] = path_of(kind, Path(asked[name]))
    if (words := fields.pop("transcript_file", None)) is not None:
        fields["transcript"] = Path(words).read_text(encoding="utf-8-sig")
    if asked.get("image") is not None:
        fields.setdefault("label", _label(asked))
    return fields


def _label(asked: Mapping[str, Any]) -> str:
    """Who speaks and what, as the service writes it: an upload has lost its name."""
    sounds = ("audio", "audio_path", "expression", "expression_path")
    spoken = asked.get("text") or Path(next(filter(None, map(asked.get, sounds)), "")).name
    return " · ".join(filter(None, [Path(asked["image"]).name, " ".join(spoken.split())]))[:LONGEST_LABEL]
