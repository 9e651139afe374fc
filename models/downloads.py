"""One file over https: it goes on where it broke off, and takes its name when it is whole and right."""

import http.client
import os
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from avatar.errors import DownloadError, WeightsError
from avatar.files import file_digest, require_free_space
from models.sources import WeightFile

DOWNLOAD_COMMAND: Final = "python main.py models download"
VERIFY_COMMAND: Final = "python main.py models verify"
BLOCK_BYTES: Final = 1 << 18
TIMEOUT_S: Final = 30.0
RETRY_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
BUSY_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far a download is: `done` of `total` bytes of the thing called `name`; 0 where nobody tells the total."""

    name: str
    done: int
    total: int


OnProgress = Callable[[Transfer], None]


class _UnreachableError(DownloadError):
    """No connection came about, so that trying again at once is of no use."""


def download(file: WeightFile, url: str, folder: Path, on_progress: OnProgress) -> None:
    """Bring `file` from `url` into `folder`, going on from its `.part` file where there is one.

    A file that turns out wrong after going on is taken anew, once, for the beginning may be of another version.
    Where the registry has no size the server's word counts. Raises `DownloadError` (what arrived is kept),
    `WeightsError` (nothing is kept), `DiskSpaceError`.
    """
    part = folder / part_name(file)
    require_free_space(folder, (file.size or 0) - _size(part))
    if file.size is None and part.exists() and not wrong_content(part, file):
        settle(part, file, folder)
        return
    went_on = _complete(file, url, part, on_progress)
    if went_on and wrong_content(part, file):
        part.unlink()
        _complete(file, url, part, on_progress)
    settle(part, file, folder)


def part_name(file: WeightFile) -> str:
    """The name of what has arrived of `file` so far."""
    return f"{file.file}.part"


def settle(part: Path, file: WeightFile, folder: Path) -> None:
    """Give the finished `part` the name of `file`, atomically. Raises `WeightsError`, and deletes it, if wrong."""
    if problem := wrong_content(part, file):
        part.unlink()
        raise WeightsError(
            f"{file.file} ({file.key}) arrived wrong and was deleted: {problem}{_witness(file)}.",
            cure=f"Run {download_command([file.key])}; if it stays wrong, its entry in configs/weights.yaml is.",
        )
    if file.size is None:
        note_size(part, folder, file)
    with part.open("r+b") as content:
        os.fsync(content.fileno())
    part.replace(folder / file.file)


def wrong_content(path: Path, file: WeightFile) -> str:
    """What is wrong with the file at `path`, its size or its SHA-256; empty where it is `file`."""
    if file.size is not None and (size := path.stat().st_size) != file.size:
        return f"it has {size} bytes instead of {file.size}"
    digest = file_digest(path)
    return "" if digest == file.sha256 else f"its SHA-256 is {digest} instead of {file.sha256}"


def note_size(path: Path, folder: Path, file: WeightFile) -> None:
    """Notes in `folder` the size of `file`, which lies at `path` whole and right, and whose size nobody tells."""
    _size_note(folder, file).write_text(str(path.stat().st_size), encoding="ascii")


def noted_size(folder: Path, file: WeightFile) -> int | None:
    """The size in bytes that was noted; None where none was."""
    try:
        return int(_size_note(folder, file).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _size_note(folder: Path, file: WeightFile) -> Path:
    return folder / f".{file.file}.size"


def _witness(file: WeightFile) -> str:
    """Whose word was not kept, where it is not the publisher's."""
    if file.hash_from == "publisher":
        return ""
    return ", which is what third parties tell of it and not its publisher, who may have put up another file"


def download_command(keys: Iterable[str]) -> str:
    """What brings these files, as one types it, in backticks."""
    return f"`{DOWNLOAD_COMMAND} {' '.join(keys)}`"


def verify_command(keys: Iterable[str]) -> str:
    """What looks at the content of these files, as one types it, in backticks."""
    return f"`{VERIFY_COMMAND} {' '.join(keys)}`"


def _complete(file: WeightFile, url: str, part: Path, on_progress: OnProgress) -> bool:
    """Fill `part`, trying again while that brings more; whether it went on from what was there before."""
    if file.size is not None and _size(part) > file.size:
        part.unlink()
    first = best = _size(part)
    pauses = iter(RETRY_PAUSES_S)
    total = file.size
    while total is None or _size(part) < total:
        try:
            total = _receive(file, url, part, on_progress)
        except DownloadError as error:
            if _size(part) > best:
                best, pauses = _size(part), iter(RETRY_PAUSES_S)
            elif isinstance(error, _UnreachableError) and best == first:
                raise
            if (pause := next(pauses, None)) is None:
                raise
            time.sleep(pause)
    return first > 0 or best > 0


def _receive(file: WeightFile, url: str, part: Path, on_progress: OnProgress) -> int:
    """The size of the whole file, which lies in `part`. Raises `DownloadError` where it broke off."""
    response, done = _open(file, url, part)
    with response:
        _check_offer(file, response, done)
        total = file.size or _told_size(response, done)
        if file.size is None:
            require_free_space(part.parent, total - done)
        with part.open("r+b" if done else "wb") as out:
            out.seek(done)
            out.truncate()
            on_progress(Transfer(file.file, done, total))
            for block in _blocks(file, response):
                out.write(block)
                out.flush()
                done += len(block)
                on_progress(Transfer(file.file, done, total))
                if total and done > total:
                    break
    if done < total:
        raise _broken_off(file, "the connection ended")
    return total or done


def _told_size(response: http.client.HTTPResponse, start: int) -> int:
    """Bytes of the whole file as the server tells them, 0 where it does not."""
    length = response.headers.get("Content-Length", "")
    return start + int(length) if re.fullmatch(r"\d+", length) else 0


def _open(file: WeightFile, url: str, part: Path) -> tuple[http.client.HTTPResponse, int]:
    """The response, and from which byte it goes: the end of `part`, or 0 where the server gives only the whole file."""
    start, place = _size(part), part.parent / file.file
    response = _request(file, url, start, place)
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return response, 0
    if _goes_on(response.headers.get("Content-Range", ""), start, file.size):
        return response, start
    response.close()
    return _request(file, url, 0, place), 0


def _goes_on(content_range: str, start: int, size: int | None) -> bool:
    """Whether an answer holds a file of `size` bytes from byte `start` to its end."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", content_range)
    if found is None:
        return False
    first, last, total = map(int, found.groups())
    return first == start and last == total - 1 and total == (size or total)


def _request(file: WeightFile, url: str, start: int, place: Path) -> http.client.HTTPResponse:
    headers = {"User-Agent": "avatar-orchestrator", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = Request(url, headers=headers)  # noqa: S310 - the registry allows https, and http to this machine
    try:
        response: http.client.HTTPResponse = urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - the same
    except HTTPError as error:
        with error:
            if start and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return _request(file, url, 0, place)
            raise _refused(file, url, error, place) from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(file, url, error) from None
    return response


def _check_offer(file: WeightFile, response: http.client.HTTPResponse, start: int) -> None:
    told = _told_size(response, start)
    if told and file.size is not None and told != file.size:
        raise WeightsError(
            f"{file.file} ({file.key}): {response.url} holds {told - start} bytes instead of {file.size}"
            f"{_witness(file)}.",
            cure="Another file lies there, or a sign-in page of the network answers: try the address in a browser.",
        )


def _blocks(file: WeightFile, response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while block := response.read1(BLOCK_BYTES):
            yield block
    except (OSError, http.client.HTTPException) as error:
        raise _broken_off(file, _reason(error)) from None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _broken_off(file: WeightFile, reason: str) -> DownloadError:
    return DownloadError(
        f"The download of {file.file} ({file.key}) broke off: {reason}.",
        cure=f"What arrived is kept; to go on, run {download_command([file.key])}.",
    )


def _refused(file: WeightFile, url: str, error: HTTPError, place: Path) -> WeightsError:
    message = f"{file.file} ({file.key}): the server answered {error.code} ({error.reason}) for {url}."
    if error.code in BUSY_STATUSES:
        return DownloadError(message, cure=f"Later, run {download_command([file.key])}.")
    return WeightsError(
        message,
        cure=f"Its address may have changed or ask for a sign-in: get the file with a browser and put it at {place}, "
        "or correct its address in configs/weights.yaml.",
    )


def _unreachable(file: WeightFile, url: str, error: Exception) -> DownloadError:
    host, reason = urlsplit(url).hostname, _reason(error)
    untrusted = isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError)
    first = "Let SSL_CERT_FILE name the certificates of this network, then" if untrusted else "When you are online,"
    return _UnreachableError(
        f"{file.file} ({file.key}) cannot be downloaded: {host} cannot be reached ({reason}).",
        cure=f"{first} run {download_command([file.key])}.",
    )


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
