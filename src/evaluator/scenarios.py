"""Scenarios: which videos are made to be measured, and what is expected of them. Written in YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from avatar.errors import InputError
from avatar.settings import PROJECT_ROOT, parse_fps
from evaluator.bounds import Bound
from evaluator.metrics import METRICS
from orchestrator.characters.built_in import DRAWN, PORTRAIT_KEYS
from orchestrator.given import checked_controls
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE

DEFAULT_FILE: Final = PROJECT_ROOT / "configs" / "scenarios" / "default.yaml"
CHARACTERS: Final = (*PORTRAIT_KEYS, *DRAWN)
PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
SOUNDS: Final = frozenset({".wav", ".mp3", ".flac", ".ogg", ".m4a", ".opus"})
CURE: Final = "docs/evaluation.md shows what a scenario file holds."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Common(_Strict):
    """How videos are made; a scenario's own values come before the file's."""

    size: int | None = Field(None, ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=2)
    fps: str | None = None
    renderer: str | None = None
    seed: int | None = Field(None, ge=0)
    controls: dict[str, Any] | None = None
    thresholds: dict[str, Bound] = Field(default_factory=dict)

    @field_validator("fps", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> Any:
        if value is not None:
            parse_fps(str(value))
            return str(value)
        return value

    @field_validator("controls")
    @classmethod
    def _known_controls(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        try:
            return value if value is None else checked_controls(value, "The controls")
        except InputError as error:
            raise ValueError(str(error)) from None

    @field_validator("thresholds")
    @classmethod
    def _known_metrics(cls, value: dict[str, Bound]) -> dict[str, Bound]:
        if unknown := sorted(value.keys() - METRICS.keys()):
            raise ValueError(f"there is no metric '{unknown[0]}'; there are {', '.join(METRICS)}")
        return value


class ScenarioGiven(Common):
    """A scenario as written. `portrait` and `audio` may be folders, of which every picture meets every sound."""

    name: str = Field(min_length=1, max_length=80)
    portrait: str = Field(min_length=1)
    text: str | None = Field(None, min_length=1)
    language: str | None = None
    voice: str | None = None
    audio: str | None = None
    seconds: float | None = Field(None, gt=0, le=3600)
    reference: str | None = None
    reference_offset_ms: float = 0.0

    @model_validator(mode="after")
    def _one_sound(self) -> "ScenarioGiven":
        if (self.text is None) == (self.audio is None):
            raise ValueError("give either a text or an audio")
        if self.text is None and self.voice is not None:
            raise ValueError("a voice is for a text")
        return self


class ScenarioFile(Common):
    """A whole file."""

    scenarios: list[ScenarioGiven] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One video to make. `portrait` is a character of the project or a file; paths are absolute.

    `seconds`: a text is repeated until it lasts as long, a sound is cut there. `reference_offset`: seconds by which the
    lips of the reference come after the sound. `enhance` is who enhances the frames, as in a request.
    """

    name: str
    portrait: str | Path
    text: str | None = None
    language: str | None = None
    voice: str | None = None
    audio: Path | None = None
    seconds: float | None = None
    reference: Path | None = None
    reference_offset: float = 0.0
    film: Path | None = None
    size: int | None = None
    fps: str | None = None
    renderer: str | None = None
    enhance: str | None = None
    seed: int = 0
    controls: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Bound] = field(default_factory=dict)


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Every video that the file asks for. Raises `InputError`, which names the file, the place and the cure."""
    given = _parsed(path, _content(path))
    found = [scenario for item in given.scenarios for scenario in _expanded(item, given, path)]
    names = [scenario.name for scenario in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: two scenarios are called '{twice[0]}'.", cure="Give each a name of its own.")
    return tuple(found)


def _content(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The scenario file {path} cannot be read: {error.strerror}.", cure=CURE) from None
    except UnicodeDecodeError:
        raise InputError(f"The scenario file {path} is not in UTF-8.", cure="Save it in that encoding.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}.", cure="Correct the file.") from None


def _parsed(path: Path, content: Any) -> ScenarioFile:
    if not isinstance(content, dict):
        raise InputError(f"{path} does not hold `scenarios:`.", cure=CURE)
    try:
        return ScenarioFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{path}, {where}: {first['msg'].removeprefix('Value error, ')}.", cure=CURE) from None


def _expanded(given: ScenarioGiven, file: ScenarioFile, path: Path) -> list[Scenario]:
    portraits = _portraits(given, path)
    sounds = [None] if given.audio is None else _files(path, given.audio, SOUNDS, "sounds")
    one = _scenario(given, file, path)
    return [
        replace(
            one,
            name=given.name
            + (f" {Path(portrait).stem}" if len(portraits) > 1 else "")
            + (f" {sound.stem}" if sound is not None and len(sounds) > 1 else ""),
            portrait=portrait,
            audio=sound,
        )
        for portrait in portraits
        for sound in sounds
    ]


def _scenario(given: ScenarioGiven, file: ScenarioFile, path: Path) -> Scenario:
    def chosen(name: str) -> Any:
        own = getattr(given, name)
        return getattr(file, name) if own is None else own

    return Scenario(
        name=given.name,
        portrait=given.portrait,
        text=given.text,
        language=given.language,
        voice=given.voice,
        seconds=given.seconds,
        reference=None if given.reference is None else _files(path, given.reference, None, "curves")[0],
        reference_offset=given.reference_offset_ms / 1000,
        size=chosen("size"),
        fps=chosen("fps"),
        renderer=chosen("renderer"),
        seed=chosen("seed") or 0,
        controls=chosen("controls") or {},
        thresholds={**file.thresholds, **given.thresholds},
    )


def _portraits(given: ScenarioGiven, path: Path) -> list[str | Path]:
    if given.portrait in CHARACTERS:
        return [given.portrait]
    return list(_files(path, given.portrait, PICTURES, f"pictures, and it is none of {', '.join(CHARACTERS)}"))


def _files(path: Path, place: str, suffixes: frozenset[str] | None, what: str) -> list[Path]:
    """The file, or those of a folder, that a scenario names beside its own file."""
    found = (path.absolute().parent / Path(place).expanduser()).resolve()
    if found.is_file():
        return [found]
    inside = sorted(file for file in found.glob("*") if suffixes and file.suffix.lower() in suffixes)
    if not inside:
        raise InputError(f"{path}: '{place}' is no file, and no folder with {what}.", cure="Correct the path.")
    return inside
