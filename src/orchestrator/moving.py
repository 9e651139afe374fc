"""What moves a face: the files that a job's motion is made of, and the motion that a performance gives with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from audio_processor.analysis import load_speech
from audio_processor.decode import DECODED_NAME
from avatar.performance import Performance
from avatar.settings import parse_fps
from avatar.types import FaceMotion, frame_count
from orchestrator.director.placing import placed
from video_processor.media_info import picture_delay
from video_processor.motion.synthesis import speak_in, synthesise_motion
from video_processor.portrait import load_portrait
from video_processor.tracking.expression_store import load_expression
from video_processor.tracking.playing import play


@dataclass(frozen=True, slots=True)
class MotionSource:
    """What a job's motion is made of besides its performance.

    `speech` and `framed`, the portrait at the video's size, are artifacts, as is the `expression`, which was tracked in
    `film`; both are None where the portrait moves by itself. `lips` says what moves them.
    """

    speech: Path
    framed: Path
    fps: str
    seed: int
    lips: Literal["sound", "expression"] = "sound"
    expression: Path | None = None
    film: Path | None = None

    @property
    def rate(self) -> Fraction:
        return parse_fps(self.fps)

    @property
    def samples(self) -> Path:
        """The decoded sound, mono float32 at 16 kHz."""
        return self.speech.with_name(DECODED_NAME)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that must be there."""
        tracked = (self.expression, self.film if self.lips == "expression" else None)
        return (self.speech, self.samples, self.framed, *(path for path in tracked if path is not None))


def source_of(result: Mapping[str, Any], request: Mapping[str, Any]) -> MotionSource | None:
    """The source of a job whose `result` and `request` are JSON, as its record holds them; None where it names none."""
    if not result.get("speech") or not result.get("framed"):
        return None
    film = request.get("expression_from")
    own_lips = film is not None and request.get("audio") is None and request.get("text") is None
    if film is not None and not result.get("expression"):
        return None
    return MotionSource(
        speech=Path(result["speech"]),
        framed=Path(result["framed"]),
        fps=result["fps"],
        seed=request.get("seed", 0),
        lips="expression" if own_lips else "sound",
        expression=Path(result["expression"]) if film else None,
        film=Path(film) if film else None,
    )


def synthesised(source: MotionSource, performance: Performance) -> FaceMotion:
    """The motion of the whole sound, the same for the same source and performance, whoever asks."""
    rest = load_portrait(source.framed).rest
    speech = load_speech(source.speech)
    frames = frame_count(speech.duration, source.rate)
    played, _ = placed(performance, speech)
    if source.expression is None:
        return synthesise_motion(speech, played, fps=source.rate, frames=frames, rest=rest, seed=source.seed)
    expression = load_expression(source.expression)
    if source.lips == "expression":
        begin = -picture_delay(source.film) if source.film else 0.0
        return play(expression, source.rate, frames, rest, begin=begin)
    face = play(expression, source.rate, frames, rest, beyond="turn back")
    return speak_in(face, speech, played, rest=rest, seed=source.seed)
