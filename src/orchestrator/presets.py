"""Presets, from `configs/presets.yaml`: what they fill in where it is left open, and how a video is encoded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from avatar.errors import ConfigurationError, InputError
from avatar.settings import PROJECT_ROOT, Settings, parse_fps
from video_processor.enhancement.choice import Enhance
from video_processor.formats import PRESETS, CodecName
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE, Framing

PRESETS_FILE: Final = PROJECT_ROOT / "configs" / "presets.yaml"
SHOWN_CHARACTERS: Final = 40
FILLED_IN: Final = ("width", "height", "fps", "renderer", "enhance")
"""Fields of a `JobRequest` that a preset fills in where they are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How picture and sound are encoded: `crf` and `effort` as x264 and x265 know them, `audio_bitrate` in bits/s."""

    codec: CodecName
    crf: int
    effort: str
    audio_bitrate: int


def _rate(text: str) -> str:
    return str(parse_fps(text))


def _effort(text: str) -> str:
    if text not in PRESETS:
        raise ValueError(f"there is no effort '{text}'; there are {', '.join(PRESETS)}")
    return text


class Preset(BaseModel):
    """One of the file's: `shorter_side` in pixels, `renderer` the engine that `auto` begins with."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    summary: str = Field(min_length=1)
    shorter_side: int = Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE * 9 // 16, multiple_of=2)
    fps: Annotated[str, AfterValidator(_rate)]
    renderer: str = Field(min_length=1)
    enhance: Enhance
    codec: Literal["h264", "h265"]
    crf: int = Field(ge=0, le=51)
    effort: Annotated[str, AfterValidator(_effort)]
    audio_bitrate: int = Field(ge=16_000, le=512_000)

    @property
    def coding(self) -> Coding:
        return Coding(codec=self.codec, crf=self.crf, effort=self.effort, audio_bitrate=self.audio_bitrate)

    def sides(self, framing: Framing) -> tuple[int, int] | None:
        """Width and height: 16 to 9, or a square. None with `full`, which has the picture's own proportions."""
        if framing == "full":
            return None
        longer = self.shorter_side if framing == "square" else round(self.shorter_side * 8 / 9) * 2
        return longer, self.shorter_side


class _Presets(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    presets: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")], Preset] = Field(min_length=1)


def load_presets(path: Path | None = None) -> Mapping[str, Preset]:
    """The presets by their names. Raises `ConfigurationError`, which names the first wrong value."""
    path = path or PRESETS_FILE
    try:
        return _load(path, path.stat().st_mtime_ns)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(
            path, f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _wrong(path, " ".join(str(error).split())) from None


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int) -> Mapping[str, Preset]:
    return _Presets.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).presets


def chosen_preset(name: str | None) -> Preset | None:
    """The preset of that name; None where none is asked for. Raises `InputError` for one that there is not."""
    if name is None:
        return None
    presets = load_presets()
    if name not in presets:
        raise InputError(
            f"There is no preset '{name[:SHOWN_CHARACTERS]}'.", cure=f"Choose one of: {', '.join(presets)}."
        )
    return presets[name]


def another_preset(name: str) -> dict[str, Any]:
    """What changes in a request whose video is made anew with that preset: it fills in anew. Raises `InputError`."""
    chosen_preset(name)
    return {"preset": name, **dict.fromkeys(FILLED_IN)}


def usual_coding(settings: Settings) -> Coding:
    """Of a video without a preset."""
    return Coding(
        codec=settings.video_codec,
        crf=settings.video_crf,
        effort=settings.video_preset,
        audio_bitrate=settings.audio_bitrate,
    )


def _wrong(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"{path.name} cannot be used: {what}.", cure=f"Correct configs/{path.name}.")
