"""What is asked of the orchestrator, and a job: the same with every default filled in and every value checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from audio_processor.captions.formats import CaptionForm
from avatar.errors import ConfigurationError
from avatar.performance import Performance
from avatar.settings import Settings, parse_fps
from avatar.types import Size
from orchestrator.artifacts import artifact_key
from orchestrator.director.choice import director_identity
from orchestrator.presets import Coding
from video_processor.backgrounds import TRANSPARENT
from video_processor.enhancement.choice import Enhance
from video_processor.enhancement.upscaling import Upscale
from video_processor.formats import FORMATS, FormatName, VideoFormat, in_codec
from video_processor.framing import Framing


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A video to make: a picture, and a sound, a text or an expression. None takes the default of the settings.

    `expression_from` is a film of a person whose face the portrait plays: all of it, with the film's own sound, where
    neither sound nor text is given; else all but the lips.

    `controls` are control parameters that replace the director's; `performance` is a whole `Performance` as
    JSON in place of the director's. With `review` the job waits, once the performance is written, until it is
    asked for again with a `performance`. `framing` is one of `FRAMINGS`; `direction` says in words how to perform.
    `background` is one of `plain_background`, or the path of a picture. The ending of `output` names the format. The
    framing `full` without a width and a height gives the picture's own size.
    `preset` fills in what is left open (size, frame rate, the engine that `auto` begins with, who enhances), and tells
    how the video is encoded.
    `face` counts the picture's faces by size: 0, the default, is the largest.
    `language` is that of the text, or of what is said in the sound. `speaker` is the engine that speaks the text, and
    `voice_sample` a recording whose voice it takes in place of `voice`. `transcript` tells the words of the sound: the
    text itself, or the content of an SRT or VTT file; without it `transcriber` recognises them, with the most able
    checkpoint that is here up to `transcriber_size`. `captions` are written beside the output; `burn_captions` draws
    them into the picture. `session_id`, `user_id` and `tags` are for the job's trace; they change nothing of the video.
    `enhance` is one of `ENHANCES`, `enhance_strength` in 0..1, `enhance_every` the distance of the frames that a
    network restores, and `upscale`, one of `UPSCALES`, how large the file becomes that is made of the frames.
    `forked_from` names the `thread` whose checkpoint the video begins with, as far as that fits, and the `job` that it
    was.
    """

    image: str | Path
    output: str | Path
    audio: str | Path | None = None
    text: str | None = None
    expression_from: str | Path | None = None
    language: str | None = None
    voice: str | None = None
    speaker: str | None = None
    voice_sample: str | Path | None = None
    fps: str | None = None
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    renderer: str | None = None
    director: str | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)
    performance: Mapping[str, Any] | None = None
    seed: int = 0
    review: bool = False
    framing: str | None = None
    background: str | Path | None = None
    direction: str = ""
    face: int | None = None
    transcript: str | None = None
    transcriber: str | None = None
    transcriber_size: str | None = None
    captions: tuple[CaptionForm, ...] = ()
    burn_captions: bool = False
    forked_from: Mapping[str, str] | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: tuple[str, ...] = ()
    enhance: str | None = None
    enhance_strength: float | None = None
    enhance_every: int | None = None
    upscale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request, complete: absolute paths, checked values, digests of the input files (empty where there is none).

    `width` and `height` are None where the video takes the picture's own, whose `shorter_side` then has so many pixels
    if that is not None. `begin_with` is the engine that `auto` begins with, empty for the best. `background` is one of
    `plain_background`, or the path of a picture, whose digest is `background_digest`. `lips` says what moves them: the
    sound, or the film whose expression is played, which then is the `audio` too. The `language` of a sound is empty
    where nobody said it. `speaker` is the engine that is asked to speak the text, or `auto`; empty for a sound.
    `given_notes` tell what was out of range in the controls and the performance.
    """

    image: str
    output: str
    audio: str | None
    text: str | None
    expression_from: str | None
    lips: Literal["sound", "expression"]
    language: str
    voice: str | None
    speaker: str
    voice_sample: str | None
    fps: str
    format: FormatName
    width: int | None
    height: int | None
    shorter_side: int | None
    preset: str | None
    coding: Coding
    renderer: str
    begin_with: str
    director: str
    controls: dict[str, Any]
    performance: dict[str, Any] | None
    seed: int
    review: bool
    framing: Framing
    background: str
    direction: str
    face: int
    transcript: str | None
    transcriber: str
    transcriber_size: str
    burn_captions: bool
    enhance: Enhance
    enhance_strength: float
    enhance_every: int
    upscale: Upscale
    given_notes: tuple[str, ...]
    image_digest: str
    audio_digest: str
    background_digest: str
    expression_digest: str
    voice_digest: str

    @property
    def rate(self) -> Fraction:
        return parse_fps(self.fps)

    @property
    def size(self) -> Size | None:
        """None where it is the picture's own."""
        return None if self.width is None or self.height is None else Size(self.width, self.height)

    @property
    def video_format(self) -> VideoFormat:
        return in_codec(FORMATS[self.format], self.coding.codec)

    @property
    def transparent(self) -> bool:
        return self.background == TRANSPARENT

    @property
    def behind(self) -> str:
        """What makes the background, wherever it lies."""
        return self.background_digest or self.background

    @property
    def sound(self) -> list[str | None]:
        """What makes the sound, wherever it lies."""
        if self.audio:
            return [self.audio_digest]
        return [self.text, self.language, self.voice, self.voice_digest]

    @property
    def words(self) -> list[str | None]:
        """What tells the words of a recording, but for who recognises them."""
        return [self.language, self.transcript] if self.audio else []

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def thread_id(self, settings: Settings) -> str:
        """The identity of the video: the same wherever its inputs and its output lie.

        A job that waits for review keeps its identity whatever performance comes back. Another model is another
        director, and makes another video. Raises `InputError` for a director that there is not, and
        `ConfigurationError` for one that is to be asked and is not set up.
        """
        values = self.to_json()
        for place in ("image", "audio", "expression_from", "voice_sample", "output"):
            del values[place]
        values["background"] = self.behind
        if self.review:
            del values["performance"], values["given_notes"]
        if values.get("performance") is None:
            values["directed_by"] = self._directed_by(settings)
        return artifact_key("thread", values, video_settings(settings))

    def _directed_by(self, settings: Settings) -> list[Any]:
        """Whom nobody asks again need not be set up any more."""
        try:
            return director_identity(self.director, settings)
        except ConfigurationError:
            if self.performance is None:
                raise
            return [self.director]

    def is_played_by(self, performance: Mapping[str, Any]) -> bool:
        """Whether that is the performance that the job brings; True where it brings none.

        Without review a job that brings another performance is another job.
        """
        if self.performance is None or not self.review:
            return True
        overridden = Performance.model_validate(self.performance).overridden(self.controls)
        return performance in (self.performance, overridden.model_dump(mode="json"))


def video_settings(settings: Settings) -> dict[str, Any]:
    """The settings that change a video, but for how it is encoded: see `Job.coding`."""
    names = ("chunk_seconds", "min_face_pixels", "puppet_device")
    return {name: getattr(settings, name) for name in names}
