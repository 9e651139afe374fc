"""What `configs/weights.yaml` may say: files, and the two kinds of place they come from."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT

REGISTRY_FILE: Final = PROJECT_ROOT / "configs" / "weights.yaml"
EVERYTHING: Final = "all"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Size = Annotated[int, Field(gt=0)]
Witness = Literal["publisher", "third parties"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UrlSource(_Entry):
    """A file behind https; plain http is for this machine alone."""

    url: str = Field(pattern=r"^(https://[^/\s]+|http://127\.0\.0\.1(:\d+)?)/\S*$")


class MemberSource(_Entry):
    """A file inside the wheel called `wheel`; `member` is its path there."""

    wheel: Name
    member: str = Field(pattern=r"^[^/\\\s][^\\]*$")


class Wheel(_Entry):
    """A package wheel for one Python and one platform, whatever this machine is; `size` in bytes."""

    name: Name
    package: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str = Field(pattern=r"^[0-9][A-Za-z0-9.!+]*$")
    python: str = Field(pattern=r"^\d+\.\d+$")
    platform: str = Field(pattern=r"^[a-z0-9_]+$")
    size: Size

    @property
    def label(self) -> str:
        return f"{self.package} {self.version}"


def _source_kind(value: Any) -> str:
    is_url = "url" in value if isinstance(value, dict) else isinstance(value, UrlSource)
    return "url" if is_url else "member"


Source = Annotated[
    Annotated[UrlSource, Tag("url")] | Annotated[MemberSource, Tag("member")], Discriminator(_source_kind)
]


class WeightFile(_Entry):
    """One file: `size` in bytes, `sha256` in lower-case hex, `commercial` whether its licence allows such use.

    Nobody tells the size of some files behind a URL: it is then None. `hash_from` is who tells hash and size; what
    third parties tell is likely, and proved by the first download.
    """

    key: Name
    purpose: str = Field(min_length=1)
    group: Name
    required: bool
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    size: Size | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    hash_from: Witness = "publisher"
    licence: str = Field(min_length=1)
    commercial: bool
    source: Source


class Registry(_Entry):
    """The whole of `configs/weights.yaml`."""

    wheels: list[Wheel] = []
    files: list[WeightFile]

    def wheel(self, name: str) -> Wheel:
        return next(wheel for wheel in self.wheels if wheel.name == name)


def load_registry(path: Path = REGISTRY_FILE) -> Registry:
    """The registry in the YAML file at `path`.

    Raises `ConfigurationError`, which names the entry and its key, where a value is wrong, a name stands twice,
    or a source names a wheel that is not listed.
    """
    try:
        found = path.stat()
        return _read(path, found.st_ino, found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise _wrong(path, " ".join(str(error).split())) from None


@lru_cache(maxsize=4)
def _read(path: Path, *_version: int) -> Registry:
    """Read once while the file is the same: a service asks for it all the time."""
    content: Any = None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        registry = Registry.model_validate(content)
    except ValidationError as error:
        raise _wrong(path, _describe(content, error)) from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(path, " ".join(str(error).split())) from None
    _check_names(path, registry)
    return registry


def _check_names(path: Path, registry: Registry) -> None:
    for what, names in (
        ("wheels, name", [wheel.name for wheel in registry.wheels]),
        ("files, key", [file.key for file in registry.files]),
        ("files, file", [file.file for file in registry.files]),
    ):
        if twice := _repeated(names):
            raise _wrong(path, f"{what}: '{twice}' stands there twice")
    wheels = {wheel.name for wheel in registry.wheels}
    for file in registry.files:
        if EVERYTHING in (file.key, file.group):
            raise _wrong(path, f"entry '{file.key}': '{EVERYTHING}' is no name for a key or group; it means every file")
        if isinstance(file.source, MemberSource) and file.size is None:
            raise _wrong(path, f"entry '{file.key}', key 'size': the size of a wheel's member is needed")
        if isinstance(file.source, MemberSource) and file.source.wheel not in wheels:
            raise _wrong(path, f"entry '{file.key}', key 'source.wheel': no wheel '{file.source.wheel}' is listed")


def _repeated(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _describe(content: Any, error: ValidationError) -> str:
    """The first error as `entry 'face-mesh', key 'size': message`; an entry without a name is counted from 1."""
    first = error.errors()[0]
    location = list(first["loc"])
    entry = ""
    if len(location) > 1 and isinstance(location[1], int):
        section, index = str(location[0]), location[1]
        given = content[section][index]
        named = given.get("key", given.get("name")) if isinstance(given, dict) else None
        entry = f"entry '{named}', " if named else f"{section}, entry {index + 1}, "
        location = location[2:]
    if location[:1] == ["source"]:
        location = location[:1] + location[2:]
    key = ".".join(str(part) for part in location)
    return f"{entry}{f'key {key!r}: ' if key else ''}{first['msg']}, not {first['input']!r}"


def _wrong(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError(f"{path.name}: {message}.", cure=f"Correct {path}.")
